"""Leads, contacts and companies: find, make, change, delete and bring back."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.bus import Audience, Bus, BusEvent
from crm.clients import listing, search, store
from crm.clients.models import Card, CardType, LeadStatus, Phone, StatusKind
from crm.clients.numbers import normalize
from crm.clients.rules import CardChange, check_card
from crm.clients.views import (
    BulkResult,
    CardData,
    CardFilter,
    CardRef,
    CardView,
    Related,
    Skipped,
    StatusView,
)
from crm.db import Clock, Database
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.paging import Page
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require

MOST_AT_ONCE = 500
SHOWN_RELATED = 20


class ClientService:
    """`country`: of numbers typed without a prefix, ISO 3166-1 alpha-2."""

    def __init__(
        self, db: Database, clock: Clock, bus: Bus, directories: Directories, country: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._country = country
        self._totals = listing.Totals(clock)

    async def list_cards(
        self,
        actor: Actor,
        type_: CardType,
        wanted: CardFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[CardView]:
        """Raises Invalid for an unknown order, status, line or cursor."""
        require(actor, Action.VIEW_CLIENTS)
        wanted = wanted or CardFilter()
        directory = self._directories.now
        return await self._db.read(
            lambda s: listing.page_of_cards(
                s, directory, self._totals, type_, wanted, limit, cursor
            )
        )

    async def quick_search(self, actor: Actor, q: str, limit: int = 10) -> tuple[CardRef, ...]:
        """Cards of any type by words, e-mail or number, for the search box."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: listing.quick_search(s, q, limit))

    async def get_card(
        self, actor: Actor, type_: CardType | None, card_id: int, *, deleted: bool = False
    ) -> CardView:
        """Raises NotFound, also for a card of another type; `deleted`: deleted ones too."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: self.card(s, type_, card_id, deleted=deleted))

    async def related(self, actor: Actor, card_id: int) -> Related:
        """At most 20 of each kind."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(lambda s: _related(s, self._directories, card_id))

    async def duplicates(
        self, actor: Actor, phones: Sequence[str], *, except_id: int | None = None
    ) -> tuple[CardRef, ...]:
        """Cards that have one of these numbers, typed in any usual way: a hint while typing."""
        require(actor, Action.VIEW_CLIENTS)
        numbers = [n for n in (normalize(p, self._country) for p in phones) if n]
        return await self._db.read(lambda s: _with_numbers(s, numbers, except_id))

    async def create_card(self, actor: Actor, type_: CardType, data: CardData) -> CardView:
        """The actor is responsible unless `responsible_id` is given. Raises Invalid."""
        require(actor, Action.EDIT_CLIENTS)
        change = check_card(type_, data, self._directories.now, self._country, new=True)

        def work(session: Session) -> CardView:
            card_id = self.insert(session, actor, type_, change)
            return self.card(session, type_, card_id)

        card = await self._db.write(work)
        self.announce(card, "created")
        return card

    async def update_card(
        self,
        actor: Actor,
        type_: CardType,
        card_id: int,
        data: CardData,
        *,
        version: int | None = None,
    ) -> CardView:
        """Raises Invalid, NotFound, and Conflict if `version` is given and no longer the card's."""
        require(actor, Action.EDIT_CLIENTS)
        change = check_card(type_, data, self._directories.now, self._country, new=False)

        def work(session: Session) -> CardView:
            self._change(session, actor, type_, card_id, change, version)
            return self.card(session, type_, card_id)

        card = await self._db.write(work)
        self.announce(card, "changed")
        return card

    async def delete_card(self, actor: Actor, type_: CardType, card_id: int) -> None:
        """Can be undone by `restore_card`. Its calls and recordings stay."""

        def work(session: Session) -> CardView:
            card = self.card(session, type_, card_id)
            users = [card.responsible.id if card.responsible else None]
            require(actor, Action.DELETE_CLIENTS, users=users)
            now = self._clock()
            session.execute(
                update(Card)
                .where(Card.id == card_id)
                .values(deleted_at=now, updated_at=now, version=Card.version + 1)
            )
            search.reindex(session, [card_id])
            audit.note(session, actor, now, "deleted", "card", card_id, name=card.name)
            return card

        self.announce(await self._db.write(work), "deleted")

    async def restore_card(self, actor: Actor, type_: CardType, card_id: int) -> CardView:
        """Raises NotFound if it is not deleted, Conflict if another open lead has its number."""

        def work(session: Session) -> CardView:
            card = self.card(session, type_, card_id, deleted=True)
            if card.deleted_at is None:
                raise NotFound("deleted card", card_id)
            users = [card.responsible.id if card.responsible else None]
            require(actor, Action.DELETE_CLIENTS, users=users)
            now = self._clock()
            values = {"deleted_at": None, "updated_at": now, "version": Card.version + 1}
            _guarded(session, update(Card).where(Card.id == card_id).values(values))
            search.reindex(session, [card_id])
            audit.note(session, actor, now, "restored", "card", card_id)
            return self.card(session, type_, card_id)

        card = await self._db.write(work)
        self.announce(card, "restored")
        return card

    async def bulk(
        self, actor: Actor, type_: CardType, ids: Sequence[int], action: str, value: Any = None
    ) -> BulkResult:
        """`assign` (value: user id or None), `status` (code), `delete`, `restore`, card by card.

        What one card refuses does not stop the others. Raises Invalid for an unknown action.
        """
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise Invalid({"ids": f"must be 1 to {MOST_AT_ONCE}"})
        changes: dict[str, CardData] = {
            "assign": {"responsible_id": value},
            "status": {"status": value},
        }
        if action not in (*changes, "delete", "restore"):
            raise Invalid({"action": "must be assign, status, delete or restore"})
        done: list[int] = []
        skipped: list[Skipped] = []
        for card_id in dict.fromkeys(ids):
            try:
                if action == "delete":
                    await self.delete_card(actor, type_, card_id)
                elif action == "restore":
                    await self.restore_card(actor, type_, card_id)
                else:
                    await self.update_card(actor, type_, card_id, changes[action])
                done.append(card_id)
            except (NotFound, Forbidden, Conflict) as error:
                skipped.append(Skipped(card_id, str(error)))
        return BulkResult(tuple(done), tuple(skipped))

    async def list_statuses(self, actor: Actor) -> tuple[StatusView, ...]:
        """Statuses of leads, in their order."""
        require(actor, Action.VIEW_CLIENTS)
        found = await self._db.read(store.statuses)
        return tuple(found.values())

    def insert(
        self, session: Session, actor: Actor, type_: CardType, change: CardChange, **more: Any
    ) -> int:
        """A new card within a transaction of ours; its id."""
        now = self._clock()
        columns: dict[str, Any] = {"responsible_id": actor.id, "source": "manual"}
        columns |= change.columns | more
        numbers = change.phones or ()
        first = numbers[0].number if numbers else (change.emails or ("",))[0]
        columns["name"] = columns.get("name") or first
        if type_ is CardType.LEAD:
            status = _status(session, change.status)
            columns |= {"status_id": status.id, "is_open": status.kind == StatusKind.OPEN}
        _check_company(session, columns)
        card = Card(
            type=type_,
            name_key=store.name_key(columns["name"]),
            created_at=now,
            updated_at=now,
            active_at=now,
            **columns,
        )
        session.add(card)
        session.flush()
        store.set_phones(session, card.id, change.phones or ())
        store.set_emails(session, card.id, change.emails or ())
        store.add_activity(session, card.id, "created", now, actor.id)
        search.reindex(session, [card.id])
        audit.note(session, actor, now, "created", "card", card.id)
        return card.id

    def card(
        self, session: Session, type_: CardType | None, card_id: int, *, deleted: bool = False
    ) -> CardView:
        found = store.load(session, self._directories.now, [card_id])
        if (
            not found
            or (type_ is not None and found[0].type is not type_)
            or (found[0].deleted_at is not None and not deleted)
        ):
            raise NotFound(type_ or "card", card_id)
        return found[0]

    def _change(
        self,
        session: Session,
        actor: Actor,
        type_: CardType,
        card_id: int,
        change: CardChange,
        version: int | None,
    ) -> None:
        # Locked: of two who change it at the same moment the second sees what the first did.
        session.execute(select(Card.id).where(Card.id == card_id).with_for_update())
        before = self.card(session, type_, card_id)
        if version is not None and version != before.version:
            raise Conflict("Somebody else changed this card meanwhile; load it again")
        now = self._clock()
        columns = dict(change.columns)
        if "name" in columns:
            columns["name"] = columns["name"] or before.name
            columns["name_key"] = store.name_key(columns["name"])
        _check_company(session, columns, card_id)
        if change.status is not None:
            status = _status(session, change.status)
            columns |= {"status_id": status.id, "is_open": status.kind == StatusKind.OPEN}
            if before.status is None or before.status.id != status.id:
                was = before.status.code if before.status else None
                store.add_activity(
                    session,
                    card_id,
                    "status",
                    now,
                    actor.id,
                    data={"from": was, "to": status.code},
                )
        columns |= {"updated_at": now, "active_at": now, "version": Card.version + 1}
        _guarded(session, update(Card).where(Card.id == card_id).values(**columns))
        if change.phones is not None:
            store.set_phones(session, card_id, change.phones)
        if change.emails is not None:
            store.set_emails(session, card_id, change.emails)
        self._note_responsible(session, actor, before, change)
        if (
            "name" in columns
            or "title" in columns
            or change.phones is not None
            or (change.emails is not None)
        ):
            search.reindex(session, [card_id])
        fields = sorted(set(change.columns) | {"phones"} if change.phones else change.columns)
        audit.note(session, actor, now, "changed", "card", card_id, fields=fields)

    def _note_responsible(
        self, session: Session, actor: Actor, before: CardView, change: CardChange
    ) -> None:
        if "responsible_id" not in change.columns:
            return
        new = change.columns["responsible_id"]
        if new != (before.responsible.id if before.responsible else None):
            person = self._directories.now.people.get(new or 0)
            store.add_activity(
                session,
                before.id,
                "responsible",
                self._clock(),
                actor.id,
                data={"to": person.name if person else None},
            )

    def announce(self, card: CardView, what: str) -> None:
        """Publish `lead.created`, `contact.changed`, ... After the commit."""
        data = {"card": card_json(card)}
        everyone = Audience(everyone=True)
        self._bus.publish([BusEvent(f"{card.type}.{what}", self._clock(), data, everyone)])


def card_json(card: CardView) -> dict[str, Any]:
    """What an event tells of a card: enough for a list's row."""
    return {
        "type": card.type.value,
        "id": card.id,
        "name": card.name,
        "title": card.title,
        "status": card.status.code if card.status else None,
        "phones": [asdict(phone) for phone in card.phones],
        "responsible": asdict(card.responsible) if card.responsible else None,
        "line": card.source_line.name if card.source_line else None,
        "source": card.source,
        "version": card.version,
    }


def _status(session: Session, code: str | None) -> LeadStatus:
    """By code; None: the first open one."""
    query = select(LeadStatus).order_by(LeadStatus.position, LeadStatus.id).limit(1)
    query = query.where(
        LeadStatus.kind == StatusKind.OPEN if code is None else LeadStatus.code == code
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Invalid({"status": "there is no such status"})
    return found


def _check_company(session: Session, columns: dict[str, Any], card_id: int | None = None) -> None:
    company_id = columns.get("company_id")
    if company_id is None:
        return
    type_ = session.scalar(
        select(Card.type).where(Card.id == company_id, Card.deleted_at.is_(None))
    )
    if type_ != CardType.COMPANY or company_id == card_id:
        raise Invalid({"company_id": "there is no such company"})


def _guarded(session: Session, statement: Any) -> None:
    try:
        session.execute(statement)
    except IntegrityError as error:
        raise Conflict("Another open lead has this number") from error


def _related(session: Session, directories: Directories, card_id: int) -> Related:
    card = session.get(Card, card_id)
    if card is None:
        raise NotFound("card", card_id)
    company = card.id if card.type == CardType.COMPANY else card.company_id
    people: tuple[CardRef, ...] = ()
    if company is not None:
        people = _refs(
            session, Card.company_id == company, Card.id != card_id, Card.type == CardType.CONTACT
        )
    numbers = list(session.scalars(select(Phone.number).where(Phone.card_id == card_id)))
    same = _with_numbers(session, numbers, card_id)
    leads = [
        lead
        for lead in store.load(
            session, directories.now, [ref.id for ref in same if ref.type is CardType.LEAD]
        )
        if lead.status is not None and lead.status.kind is StatusKind.OPEN
    ]
    return Related(people, tuple(leads), same)


def _with_numbers(
    session: Session, numbers: Sequence[str], except_id: int | None
) -> tuple[CardRef, ...]:
    if not numbers:
        return ()
    cards = select(Phone.card_id).where(Phone.number.in_(numbers))
    return _refs(
        session, Card.id.in_(cards), Card.id != (except_id or 0), Card.converted_to_id.is_(None)
    )


def _refs(session: Session, *conditions: Any) -> tuple[CardRef, ...]:
    rows = session.execute(
        select(Card.id, Card.type, Card.name)
        .where(Card.deleted_at.is_(None), *conditions)
        .order_by(Card.active_at.desc(), Card.id.desc())
        .limit(SHOWN_RELATED)
    )
    return tuple(CardRef(CardType(row.type), row.id, row.name) for row in rows)
