"""What stands beside a card: people of its company, cards with the same numbers, open leads."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.clients import store
from crm.clients.models import Card, CardType, Phone, StatusKind
from crm.clients.views import CardRef, Related
from crm.errors import NotFound
from crm.people.directory import Directory

SHOWN_RELATED = 20


def related(session: Session, directory: Directory, card_id: int) -> Related:
    """Raises NotFound."""
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
    same = with_numbers(session, numbers, card_id)
    leads = [
        lead
        for lead in store.load(
            session, directory, [ref.id for ref in same if ref.type is CardType.LEAD]
        )
        if lead.status is not None and lead.status.kind is StatusKind.OPEN
    ]
    return Related(people, tuple(leads), same)


def with_numbers(
    session: Session, numbers: Sequence[str], except_id: int | None
) -> tuple[CardRef, ...]:
    """Cards that have one of these E.164 numbers, the newest activity first."""
    if not numbers:
        return ()
    cards = select(Phone.card_id).where(Phone.number.in_(numbers))
    return _refs(
        session, Card.id.in_(cards), Card.id != (except_id or 0), Card.converted_to_id.is_(None)
    )


def named(session: Session, ids: Sequence[int]) -> dict[int, CardRef]:
    """Cards by id, also those that were deleted."""
    query = select(Card.id, Card.type, Card.name).where(Card.id.in_(ids))
    return {row.id: CardRef(CardType(row.type), row.id, row.name) for row in session.execute(query)}


def _refs(session: Session, *conditions: Any) -> tuple[CardRef, ...]:
    rows = session.execute(
        select(Card.id, Card.type, Card.name)
        .where(Card.deleted_at.is_(None), *conditions)
        .order_by(Card.active_at.desc(), Card.id.desc())
        .limit(SHOWN_RELATED)
    )
    return tuple(CardRef(CardType(row.type), row.id, row.name) for row in rows)
