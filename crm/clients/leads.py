"""A lead becomes a contact, and what hung on it follows."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.bus import Bus
from crm.clients import search, store
from crm.clients.events import card_event
from crm.clients.following import follow
from crm.clients.models import Card, CardType
from crm.clients.rules import CardChange, check_card
from crm.clients.statuses import StatusService, converted_status
from crm.clients.views import CardData, CardView, Conversion
from crm.clients.writing import CardWriter
from crm.db import Clock, Database
from crm.errors import Conflict, Invalid, NotFound
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require


class LeadService:
    def __init__(
        self, db: Database, clock: Clock, bus: Bus, directories: Directories, country: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._country = country
        self._writer = CardWriter(clock, directories)
        statuses = StatusService(db, clock)
        self.save_status = statuses.save_status
        self.move_status = statuses.move_status
        self.delete_status = statuses.delete_status
        self.count_by_status = statuses.count_by_status

    async def convert(
        self,
        actor: Actor,
        lead_id: int,
        *,
        contact: CardData | None = None,
        contact_id: int | None = None,
        company: CardData | None = None,
        company_id: int | None = None,
    ) -> Conversion:
        """The lead becomes a contact: a new one (`contact`: what differs from the lead's own
        name, numbers and e-mails), or the existing `contact_id`; of a company if one is given.

        Its calls, recordings, notes and missed calls follow. Raises NotFound, Invalid, and
        Conflict when the lead was converted before.
        """
        require(actor, Action.EDIT_CLIENTS)
        lead = await self._db.read(lambda s: self._writer.card(s, CardType.LEAD, lead_id))
        new_company = self._check(CardType.COMPANY, company) if company else None
        new_contact = None
        if contact_id is None:
            new_contact = self._check(CardType.CONTACT, _contact_of(lead, contact or {}))

        def work(session: Session) -> tuple[CardView, CardView | None, CardView]:
            _still_open(session, lead_id)
            firm = company_id
            if new_company is not None:
                firm = self._writer.insert(session, actor, CardType.COMPANY, new_company)
            if new_contact is not None:
                person = self._insert(session, actor, lead, new_contact, firm)
            else:
                person = contact_id or 0
                self._join(session, actor, lead, person, firm)
            self._close(session, actor, lead_id, person)
            return (
                self._writer.card(session, CardType.CONTACT, person),
                self._writer.card(session, CardType.COMPANY, firm) if firm else None,
                self._writer.card(session, CardType.LEAD, lead_id),
            )

        made, firm_view, converted = await self._db.write(work)
        now = self._clock()
        events = [card_event(made, "created" if contact_id is None else "changed", now)]
        if firm_view is not None and new_company is not None:
            events.append(card_event(firm_view, "created", now))
        self._bus.publish([*events, card_event(converted, "converted", now)])
        return Conversion(made, firm_view)

    def _check(self, type_: CardType, data: CardData) -> CardChange:
        try:
            return check_card(type_, data, self._directories.now, self._country, new=True)
        except Invalid as error:
            raise Invalid({f"{type_}.{k}": text for k, text in error.fields.items()}) from error

    def _insert(
        self,
        session: Session,
        actor: Actor,
        lead: CardView,
        contact: CardChange,
        firm: int | None,
    ) -> int:
        kept: dict[str, Any] = {"source": lead.source, "comment": lead.comment}
        if firm is not None:
            kept["company_id"] = firm
        if lead.source_line is not None:
            kept["source_line_id"] = lead.source_line.id
        more = {name: value for name, value in kept.items() if name not in contact.columns}
        return self._writer.insert(session, actor, CardType.CONTACT, contact, **more)

    def _join(
        self, session: Session, actor: Actor, lead: CardView, person: int, firm: int | None
    ) -> None:
        """Into a contact that is there: it gets the numbers and e-mails that it has not."""
        contact = self._writer.card(session, CardType.CONTACT, person)
        known = {phone.number for phone in contact.phones}
        phones = contact.phones + tuple(p for p in lead.phones if p.number not in known)
        store.set_phones(session, person, phones)
        store.set_emails(session, person, dict.fromkeys((*contact.emails, *lead.emails)))
        now = self._clock()
        values: dict[str, Any] = {"updated_at": now, "active_at": now}
        if firm is not None and contact.company is None:
            values["company_id"] = self._writer.card(session, CardType.COMPANY, firm).id
        session.execute(
            update(Card).where(Card.id == person).values(**values, version=Card.version + 1)
        )
        search.reindex(session, [person])
        audit.note(session, actor, now, "changed", "card", person, lead=lead.id)

    def _close(self, session: Session, actor: Actor, lead_id: int, person: int) -> None:
        now = self._clock()
        follow(session, lead_id, person)
        values: dict[str, Any] = {"is_open": False, "converted_to_id": person, "updated_at": now}
        if (status := converted_status(session)) is not None:
            values["status_id"] = status
        session.execute(
            update(Card).where(Card.id == lead_id).values(**values, version=Card.version + 1)
        )
        store.add_activity(session, lead_id, "converted", now, actor.id, data={"to": person})
        store.add_activity(session, person, "converted", now, actor.id, data={"from": lead_id})
        search.reindex(session, [lead_id])
        audit.note(session, actor, now, "converted", "card", lead_id, to=person)


def _contact_of(lead: CardView, given: CardData) -> CardData:
    data = CardData(
        name=lead.name,
        phones=[{"number": phone.number, "kind": phone.kind} for phone in lead.phones],
        emails=list(lead.emails),
        fields=lead.fields,
    )
    if lead.responsible is not None:
        data["responsible_id"] = lead.responsible.id
    data.update(given)
    return data


def _still_open(session: Session, lead_id: int) -> None:
    """Within the transaction: two people may press the button."""
    row = session.execute(
        select(Card.converted_to_id, Card.deleted_at).where(Card.id == lead_id).with_for_update()
    ).one()
    if row.deleted_at is not None:
        raise NotFound(CardType.LEAD, lead_id)
    if row.converted_to_id is not None:
        raise Conflict("This lead was converted before")
