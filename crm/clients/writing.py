"""Writing cards within a transaction: insert, change, delete, restore, with what hangs on them."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.clients import search, store
from crm.clients.models import Card, CardType, LeadStatus, StatusKind
from crm.clients.rules import CardChange
from crm.clients.views import CardView
from crm.db import Clock
from crm.errors import Conflict, Invalid, NotFound
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Actor

_SEARCHED = {"name", "title", "phones", "emails"}


class CardWriter:
    """Asks no permission: the services do. Every change is in the audit."""

    def __init__(self, clock: Clock, directories: Directories) -> None:
        self._clock = clock
        self._directories = directories

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
        """Raises NotFound, also for a card of another type."""
        found = store.load(session, self._directories.now, [card_id])
        if (
            not found
            or (type_ is not None and found[0].type is not type_)
            or (found[0].deleted_at is not None and not deleted)
        ):
            raise NotFound(type_ or "card", card_id)
        return found[0]

    def change(
        self,
        session: Session,
        actor: Actor,
        type_: CardType,
        card_id: int,
        change: CardChange,
        version: int | None,
    ) -> None:
        """Raises NotFound, Invalid, and Conflict if `version` is not the card's any more."""
        # Locked: of two who change it at the same moment the second sees what the first did.
        session.execute(select(Card.id).where(Card.id == card_id).with_for_update())
        before = self.card(session, type_, card_id)
        if version is not None and version != before.version:
            raise Conflict("Somebody else changed this card meanwhile; load it again")
        columns = dict(change.columns)
        if "name" in columns:
            columns["name"] = columns["name"] or before.name
            columns["name_key"] = store.name_key(columns["name"])
        _check_company(session, columns, card_id)
        if change.status is not None:
            columns |= self._new_status(session, actor, before, change.status)
        now = self._clock()
        columns |= {"updated_at": now, "active_at": now, "version": Card.version + 1}
        _guarded(session, update(Card).where(Card.id == card_id).values(**columns))
        changed = set(change.columns)
        if change.phones is not None:
            store.set_phones(session, card_id, change.phones)
            changed.add("phones")
        if change.emails is not None:
            store.set_emails(session, card_id, change.emails)
            changed.add("emails")
        self._note_responsible(session, actor, before, change)
        if changed & _SEARCHED:
            search.reindex(session, [card_id])
        audit.note(session, actor, now, "changed", "card", card_id, fields=sorted(changed))

    def _new_status(
        self, session: Session, actor: Actor, before: CardView, code: str
    ) -> dict[str, Any]:
        if before.converted_to is not None:
            raise Conflict("This lead was converted; its work goes on at the contact")
        status = _status(session, code)
        if before.status is None or before.status.id != status.id:
            was = before.status.code if before.status else None
            data = {"from": was, "to": status.code}
            now = self._clock()
            store.add_activity(session, before.id, "status", now, actor.id, data=data)
        return {"status_id": status.id, "is_open": status.kind == StatusKind.OPEN}

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

    def set_deleted(self, session: Session, actor: Actor, card: CardView, deleted: bool) -> None:
        """Delete, or bring back: then Conflict if another open lead has its number."""
        now = self._clock()
        values = {"deleted_at": now if deleted else None, "updated_at": now}
        _guarded(
            session,
            update(Card).where(Card.id == card.id).values(**values, version=Card.version + 1),
        )
        search.reindex(session, [card.id])
        action = "deleted" if deleted else "restored"
        audit.note(session, actor, now, action, "card", card.id, name=card.name)


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
