"""What only leads have: statuses, and becoming a contact and a company."""

import re
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.bus import Bus
from crm.clients import search, store
from crm.clients.models import Activity, Card, CardType, LeadStatus, StatusKind
from crm.clients.rules import CardChange, check_card
from crm.clients.services import ClientService
from crm.clients.views import CardData, CardView, Conversion, StatusView
from crm.db import Clock, Database
from crm.errors import Conflict, Invalid, NotFound
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require
from crm.telephony.models import CallCard, MissedCall
from crm.text import words

COLORS = ("blue", "azure", "green", "lime", "yellow", "orange", "red", "purple", "secondary")


class LeadService:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        bus: Bus,
        directories: Directories,
        clients: ClientService,
        country: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._clients = clients
        self._country = country

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
        lead = await self._clients.get_card(actor, CardType.LEAD, lead_id)
        company_change = self._check(CardType.COMPANY, company) if company else None
        contact_change = None
        if contact_id is None:
            contact_change = self._check(CardType.CONTACT, _contact_of(lead, contact or {}))

        def work(session: Session) -> tuple[CardView, CardView | None, CardView]:
            _still_open(session, lead_id)
            firm = company_id
            if company_change is not None:
                firm = self._clients.insert(session, actor, CardType.COMPANY, company_change)
            if contact_change is not None:
                more: dict[str, Any] = {"source": lead.source, "comment": lead.comment}
                if firm is not None:
                    more["company_id"] = firm
                person = self._clients.insert(
                    session,
                    actor,
                    CardType.CONTACT,
                    contact_change,
                    **{k: v for k, v in more.items() if k not in contact_change.columns},
                    source_line_id=lead.source_line.id if lead.source_line else None,
                )
            else:
                person = contact_id or 0
                self._join(session, actor, lead, person, firm)
            self._follow(session, actor, lead_id, person)
            return (
                self._clients.card(session, CardType.CONTACT, person),
                self._clients.card(session, CardType.COMPANY, firm) if firm else None,
                self._clients.card(session, CardType.LEAD, lead_id),
            )

        made, firm_view, converted = await self._db.write(work)
        self._clients.announce(made, "created" if contact_id is None else "changed")
        if firm_view is not None and company_change is not None:
            self._clients.announce(firm_view, "created")
        self._clients.announce(converted, "converted")
        return Conversion(made, firm_view)

    async def save_status(
        self,
        actor: Actor,
        name: str,
        *,
        status_id: int | None = None,
        kind: StatusKind = StatusKind.OPEN,
        color: str = "blue",
        position: int | None = None,
    ) -> StatusView:
        """Make a status, or change one. Raises Invalid, NotFound, Conflict."""
        require(actor, Action.MANAGE)
        name = " ".join(name.split())
        if not 1 <= len(name) <= 60:
            raise Invalid({"name": "must have 1 to 60 characters"})
        if color not in COLORS:
            raise Invalid({"color": f"must be one of {', '.join(COLORS)}"})

        def work(session: Session) -> StatusView:
            if status_id is None:
                status = LeadStatus(code=_code(name), position=0)
            else:
                found = session.get(LeadStatus, status_id)
                if found is None:
                    raise NotFound("status", status_id)
                status = found
            last = session.scalar(select(func.max(LeadStatus.position))) or 0
            status.name, status.kind, status.color = name, StatusKind(kind), color
            if position is not None or status_id is None:
                status.position = last + 1 if position is None else position
            session.add(status)
            try:
                session.flush()
            except IntegrityError as error:
                raise Conflict("A status of this name exists already") from error
            session.execute(
                update(Card)
                .where(Card.status_id == status.id)
                .values(is_open=status.kind == StatusKind.OPEN)
            )
            _keep_an_open_status(session)
            audit.note(session, actor, self._clock(), "saved", "status", status.id, name=name)
            return store.statuses(session)[status.id]

        return await self._db.write(work)

    async def delete_status(self, actor: Actor, status_id: int, *, move_to: int) -> None:
        """Its leads get the status `move_to`. Raises NotFound, Conflict, Invalid."""
        require(actor, Action.MANAGE)
        if status_id == move_to:
            raise Invalid({"move_to": "must be another status"})

        def work(session: Session) -> None:
            old, new = session.get(LeadStatus, status_id), session.get(LeadStatus, move_to)
            if old is None or new is None:
                raise NotFound("status", status_id if old is None else move_to)
            if old.code == "converted":
                raise Conflict("Converted leads need this status")
            values = {"status_id": new.id, "is_open": new.kind == StatusKind.OPEN}
            try:
                session.execute(update(Card).where(Card.status_id == old.id).values(values))
            except IntegrityError as error:
                raise Conflict("Two leads of one number would be open") from error
            session.delete(old)
            session.flush()
            _keep_an_open_status(session)
            audit.note(session, actor, self._clock(), "deleted", "status", status_id)

        await self._db.write(work)

    def _check(self, type_: CardType, data: CardData) -> CardChange:
        try:
            return check_card(type_, data, self._directories.now, self._country, new=True)
        except Invalid as error:
            raise Invalid({f"{type_}.{k}": text for k, text in error.fields.items()}) from error

    def _join(
        self, session: Session, actor: Actor, lead: CardView, person: int, firm: int | None
    ) -> None:
        """Into a contact that is there: it gets the numbers and e-mails that it has not."""
        contact = self._clients.card(session, CardType.CONTACT, person)
        known = {phone.number for phone in contact.phones}
        phones = contact.phones + tuple(p for p in lead.phones if p.number not in known)
        store.set_phones(session, person, phones)
        store.set_emails(session, person, dict.fromkeys((*contact.emails, *lead.emails)))
        now = self._clock()
        values = {"updated_at": now, "active_at": now, "version": Card.version + 1}
        if firm is not None and contact.company is None:
            values["company_id"] = firm
        session.execute(update(Card).where(Card.id == person).values(**values))
        search.reindex(session, [person])
        audit.note(session, actor, now, "changed", "card", person, lead=lead.id)

    def _follow(self, session: Session, actor: Actor, lead_id: int, person: int) -> None:
        """Calls (with recordings and missed calls) and notes go where the client now is."""
        now = self._clock()
        there = set(session.scalars(select(CallCard.call_id).where(CallCard.card_id == person)))
        moved = session.execute(
            select(CallCard.call_id, CallCard.attached, CallCard.started_at).where(
                CallCard.card_id == lead_id
            )
        ).all()
        new = [
            {"call_id": c, "card_id": person, "attached": attached, "started_at": at}
            for c, attached, at in moved
            if c not in there
        ]
        if new:
            session.execute(insert(CallCard), new)
        theirs = [c for c, attached, _ in moved if attached and c in there]
        session.execute(
            update(CallCard)
            .where(CallCard.card_id == person, CallCard.call_id.in_(theirs))
            .values(attached=True)
        )
        session.execute(delete(CallCard).where(CallCard.card_id == lead_id))
        session.execute(
            update(Activity)
            .where(Activity.card_id == lead_id, Activity.kind == "note")
            .values(card_id=person)
        )
        responsible = session.scalar(select(Card.responsible_id).where(Card.id == person))
        session.execute(
            update(MissedCall)
            .where(
                MissedCall.cleared_at.is_(None),
                MissedCall.call_id.in_(select(CallCard.call_id).where(CallCard.card_id == person)),
            )
            .values(responsible_id=responsible)
        )
        status = session.scalars(
            select(LeadStatus)
            .where(LeadStatus.kind == StatusKind.WON)
            .order_by(LeadStatus.position)
            .limit(1)
        ).one_or_none()
        values = {"is_open": False, "converted_to_id": person, "updated_at": now}
        if status is not None:
            values["status_id"] = status.id
        session.execute(
            update(Card).where(Card.id == lead_id).values(**values, version=Card.version + 1)
        )
        data = {"to": person}
        store.add_activity(session, lead_id, "converted", now, actor.id, data=data)
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


def _code(name: str) -> str:
    code = "_".join(re.sub(r"[^a-z0-9]", "", word) for word in words(name)).strip("_")[:30]
    if not code:
        raise Invalid({"name": "must have letters or digits"})
    return code


def _keep_an_open_status(session: Session) -> None:
    """A new lead must have one to begin with."""
    query = select(LeadStatus.id).where(LeadStatus.kind == StatusKind.OPEN).limit(1)
    if session.scalar(query) is None:
        raise Conflict("One status must stay open: new leads get it")
