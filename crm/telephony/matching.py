"""Which cards a call belongs to, and the lead that is made when there is none (T1 to T4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, insert, select, update
from sqlalchemy.orm import Session

from crm.clients import numbers, search
from crm.clients.models import Activity, Card, CardType, LeadStatus, Phone, StatusKind
from crm.telephony.models import CallCard
from crm.text import clean, fold
from crm.upsert import insert_missing, insert_unless_there

# What a lead is called, in the company's language: text of the database, not of a page.
_TITLES = {
    "en": ("Call from {number}", "Call to {number}", "Call from a withheld number"),
    "cs": ("Hovor z čísla {number}", "Hovor na číslo {number}", "Hovor se skrytým číslem"),
}


@dataclass(frozen=True, slots=True)
class NewLead:
    """What a call tells of the lead to be made. `number` None: withheld, and the line wants one."""

    call_id: int
    number: str | None
    name: str | None
    inbound: bool
    line_id: int | None
    responsible_id: int | None
    at: datetime


_RANK = case((Card.is_open, 0), (Card.type != CardType.LEAD, 1), else_=2)
_WITH_NUMBER = (
    select(Card.id)
    .join(Phone, Phone.card_id == Card.id)
    .where(
        Phone.number == bindparam("of_number"),
        Card.deleted_at.is_(None),
        Card.converted_to_id.is_(None),
    )
    .group_by(Card.id)
    .order_by(_RANK, Card.active_at.desc(), Card.id.desc())
    .limit(50)
)
_BELONGS = select(CallCard.card_id).where(
    CallCard.call_id == bindparam("of_call"), CallCard.attached
)
_MADE_BY = select(Card.id).where(
    Card.id
    == select(Activity.card_id)
    .where(Activity.call_id == bindparam("of_call"), Activity.kind == "created")
    .scalar_subquery(),
    Card.is_open,
    Card.version == 1,  # nobody has worked on it yet
)
_ADD_PHONE = insert(Phone.__table__)  # type: ignore[arg-type]  # declared tables are Tables
_ADD_ACTIVITY = insert(Activity.__table__)  # type: ignore[arg-type]
_RESPONSIBLE = (
    select(Card.responsible_id)
    .join(CallCard, CallCard.card_id == Card.id)
    .where(CallCard.call_id == bindparam("of_call"), CallCard.attached)
)
_FIRST_STATUS = (
    select(LeadStatus.id)
    .where(LeadStatus.kind == StatusKind.OPEN)
    .order_by(LeadStatus.position)
    .limit(1)
)
_ACTIVE = (
    update(Card.__table__)  # type: ignore[arg-type]  # declared tables are Tables
    .where(Card.id == bindparam("of_card"), Card.active_at < bindparam("at"))
    .values(active_at=bindparam("at"))
)


def cards_of(session: Session, number: str) -> list[int]:
    """Ids of the cards with this number: open work first, then clients, newest first in each.

    A lead that was converted lives on in its contact and is not among them.
    """
    return list(session.connection().execute(_WITH_NUMBER, {"of_number": number}).scalars())


def attach(session: Session, call_id: int, cards: list[int], started_at: datetime) -> None:
    """Put the call on these cards; it belongs to the first, unless it belongs to one already."""
    belongs = session.connection().execute(_BELONGS, {"of_call": call_id}).scalar()
    insert_missing(
        session,
        CallCard,
        [
            {
                "call_id": call_id,
                "card_id": card,
                "attached": position == 0 and not belongs,
                "started_at": started_at,
            }
            for position, card in enumerate(cards)
        ],
    )
    if cards:
        session.connection().execute(_ACTIVE, {"of_card": cards[0], "at": started_at})


def make_lead(session: Session, lead: NewLead, language: str) -> tuple[int, bool]:
    """The open lead of this number, and whether it was made now.

    The unique index on open leads decides between calls that come at the same moment.
    """
    inbound_title, outbound_title, withheld_title = _TITLES.get(language, _TITLES["en"])
    readable = numbers.international(lead.number) if lead.number else ""
    if lead.number is None:
        title = withheld_title
    else:
        title = (inbound_title if lead.inbound else outbound_title).format(number=readable)
    name = _usable_name(lead.name) or readable or title
    row: dict[str, Any] = {
        "type": CardType.LEAD,
        "name": name,
        "name_key": fold(name)[:200],
        "title": title,
        "status_id": _first_status(session),
        "is_open": True,
        "call_number": lead.number,
        "responsible_id": lead.responsible_id,
        "source": "call",
        "source_line_id": lead.line_id,
        "created_at": lead.at,
        "updated_at": lead.at,
        "active_at": lead.at,
        "comment": "",
        "fields": {},
        "version": 1,
    }
    card_id: int | None = insert_unless_there(session, Card, row)
    if card_id is None:
        found = session.scalar(
            select(Card.id).where(
                Card.call_number == lead.number,
                Card.type == CardType.LEAD,
                Card.is_open,
                Card.deleted_at.is_(None),
            )
        )
        assert found is not None, "the unique index refused a lead that nobody has"
        return found, False
    if lead.number:
        phone = {"card_id": card_id, "number": lead.number, "kind": "main"}
        session.connection().execute(_ADD_PHONE, phone)
    created = {
        "card_id": card_id,
        "kind": "created",
        "at": lead.at,
        "call_id": lead.call_id,
        "text": "",
        "data": {"by": "call"},
    }
    session.connection().execute(_ADD_ACTIVITY, created)
    known = [lead.number] if lead.number else []
    found_by = search.index_text(name, title, (), known)
    search.insert_rows(session, [{"id": card_id, "type": CardType.LEAD, "words": found_by}])
    return card_id, True


def responsible_for(session: Session, call_id: int) -> int | None:
    """The user who is responsible for the card that the call belongs to."""
    found: int | None = session.connection().execute(_RESPONSIBLE, {"of_call": call_id}).scalar()
    return found


def give_lead_to(session: Session, call_id: int, user_id: int) -> int | None:
    """Whoever answers the call that made a lead becomes responsible for it. The lead's id."""
    card_id: int | None = session.connection().execute(_MADE_BY, {"of_call": call_id}).scalar()
    if card_id is not None:
        session.execute(update(Card).where(Card.id == card_id).values(responsible_id=user_id))
    return card_id


def _first_status(session: Session) -> int | None:
    found: int | None = session.connection().execute(_FIRST_STATUS).scalar()
    return found


def _usable_name(name: str | None) -> str | None:
    """Networks send the number, or nonsense, as the name."""
    text = clean(name or "", 200)
    if not any(c.isalpha() for c in text) or fold(text) in ("anonymous", "unknown", "unavailable"):
        return None
    return text
