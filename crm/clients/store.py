"""Reading and writing cards within a session: the statements, no rules of who may."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from crm.clients.models import Activity, Card, CardType, Email, LeadStatus, Phone, StatusKind
from crm.clients.views import CardRef, CardView, LineRef, PhoneView, StatusView
from crm.people.directory import Directory
from crm.people.views import UserRef
from crm.text import fold

_Company = aliased(Card)
_Target = aliased(Card)
_CARDS: Select[Card, str | None, str | None, str | None, str | None] = (
    select(
        Card,
        _Company.type.label("company_type"),
        _Company.name.label("company_name"),
        _Target.type.label("target_type"),
        _Target.name.label("target_name"),
    )
    .outerjoin(_Company, (_Company.id == Card.company_id) & _Company.deleted_at.is_(None))
    .outerjoin(_Target, _Target.id == Card.converted_to_id)
)


def statuses(session: Session) -> dict[int, StatusView]:
    """By id, in their order."""
    rows = session.scalars(select(LeadStatus).order_by(LeadStatus.position, LeadStatus.id))
    return {
        row.id: StatusView(
            row.id, row.code, row.name, StatusKind(row.kind), row.color, row.position
        )
        for row in rows
    }


def load(session: Session, directory: Directory, ids: Sequence[int]) -> list[CardView]:
    """These cards in this order, deleted ones among them; four queries for any number."""
    if not ids:
        return []
    rows = {row[0].id: row for row in session.execute(_CARDS.where(Card.id.in_(ids)))}
    phones: dict[int, list[PhoneView]] = {}
    for phone in session.execute(
        select(Phone.card_id, Phone.number, Phone.kind)
        .where(Phone.card_id.in_(ids))
        .order_by(Phone.card_id, Phone.position, Phone.id)
    ):
        phones.setdefault(phone.card_id, []).append(PhoneView(phone.number, phone.kind))
    emails: dict[int, list[str]] = {}
    for card_id, address in session.execute(
        select(Email.card_id, Email.address)
        .where(Email.card_id.in_(ids))
        .order_by(Email.card_id, Email.position, Email.id)
    ):
        emails.setdefault(card_id, []).append(address)
    known = statuses(session)
    lines = {line.id: LineRef(line.id, line.name, line.label) for line in directory.lines.values()}
    views = []
    for card_id in ids:
        if card_id in rows:
            view = _view(rows[card_id], known, directory, lines)
            views.append(
                replace(
                    view,
                    phones=tuple(phones.get(card_id, ())),
                    emails=tuple(emails.get(card_id, ())),
                )
            )
    return views


def _view(
    row: Row[Card, str | None, str | None, str | None, str | None],
    known: dict[int, StatusView],
    directory: Directory,
    lines: dict[int, LineRef],
) -> CardView:
    card: Card = row[0]
    person = directory.people.get(card.responsible_id or 0)
    company = target = None
    if card.company_id is not None and row.company_name is not None:
        company = CardRef(CardType(row.company_type), card.company_id, row.company_name)
    if card.converted_to_id is not None and row.target_name is not None:
        target = CardRef(CardType(row.target_type), card.converted_to_id, row.target_name)
    return CardView(
        id=card.id,
        type=CardType(card.type),
        name=card.name,
        title=card.title,
        status=known.get(card.status_id or 0),
        phones=(),
        emails=(),
        company=company,
        position=card.position,
        responsible=UserRef(person.id, person.name) if person else None,
        source=card.source,
        source_line=lines.get(card.source_line_id or 0),
        comment=card.comment,
        fields=card.fields,
        created_at=card.created_at,
        updated_at=card.updated_at,
        active_at=card.active_at,
        version=card.version,
        deleted_at=card.deleted_at,
        converted_to=target,
    )


def set_phones(session: Session, card_id: int, phones: Iterable[PhoneView]) -> None:
    session.execute(delete(Phone).where(Phone.card_id == card_id))
    rows = [
        {"card_id": card_id, "number": phone.number, "kind": phone.kind, "position": position}
        for position, phone in enumerate(phones)
    ]
    if rows:
        session.execute(insert(Phone), rows)


def set_emails(session: Session, card_id: int, emails: Iterable[str]) -> None:
    session.execute(delete(Email).where(Email.card_id == card_id))
    rows = [
        {"card_id": card_id, "address": address, "position": position}
        for position, address in enumerate(emails)
    ]
    if rows:
        session.execute(insert(Email), rows)


def add_activity(
    session: Session,
    card_id: int | None,
    kind: str,
    at: datetime,
    author_id: int | None,
    *,
    text: str = "",
    call_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> int:
    """Its id. Also moves the card up in lists ordered by activity."""
    activity = Activity(
        card_id=card_id,
        kind=kind,
        at=at,
        author_id=author_id,
        text=text,
        call_id=call_id,
        data=data or {},
    )
    session.add(activity)
    session.flush()
    if card_id is not None:
        touch(session, [card_id], at)
    return activity.id


def touch(session: Session, card_ids: Iterable[int], at: datetime) -> None:
    """Something happened on these cards."""
    session.execute(
        update(Card).where(Card.id.in_(list(card_ids)), Card.active_at < at).values(active_at=at)
    )


def name_key(name: str) -> str:
    return fold(name)[:200]
