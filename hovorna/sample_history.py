"""The sample company's clients and their two months of history, from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from crm.clients import search
from crm.clients.models import Activity, Card, CardType, Email, LeadStatus, Phone
from crm.clients.store import name_key
from crm.telephony.models import Call, CallCard, MissedCall
from crm.text import words
from hovorna import sample_names as names
from hovorna.sample_calls import Desk, PastCall, answered_inbound, missed_inbound, outbound
from hovorna.sample_numbers import SampleNumbers
from pbx_bridge.calls.events import CallEvent, Outcome

SEED = 20_260
COMPANIES = 60
CONTACTS = 240
DAYS = 60
CALLS = 520
NEW_CALLERS = 26  # their calls make leads
STAYS_MISSED = timedelta(hours=30)
JUST_MISSED = (50, 95, 160, 235, 330)  # minutes ago: somebody is always to be called back


@dataclass(frozen=True, slots=True)
class SamplePeople:
    """User ids by extension."""

    users: dict[str, int]


def fill_clients(session: Session, now: datetime, people: SamplePeople) -> None:
    """Companies, contacts and leads that were typed in, with notes."""
    chance = Random(SEED)
    numbers = SampleNumbers(chance)
    owners = list(people.users.values())
    cards: list[dict[str, Any]] = []
    phones: list[dict[str, Any]] = []
    emails: list[dict[str, Any]] = []
    for i in range(1, COMPANIES + 1):
        firm = names.FIRMS[(i - 1) % len(names.FIRMS)]
        created = now - timedelta(days=chance.uniform(DAYS, 700))
        cards.append(_card(i, CardType.COMPANY, firm, chance.choice(owners), created))
        british = "Ltd" in firm or "LLP" in firm
        phones.append(_phone(i, numbers.british() if british else numbers.office(), "work", 0))
        emails.append({"card_id": i, "address": f"info@{_domain(firm)}", "position": 0})
    for i in range(COMPANIES + 1, COMPANIES + CONTACTS + 1):
        _contact(chance, i, numbers, owners, now, (cards, phones, emails))
    _typed_leads(session, chance, numbers, owners, now, cards, phones)
    session.execute(insert(Card), cards)
    session.execute(insert(Phone), phones)
    session.execute(insert(Email), emails)
    _notes(session, chance, cards, owners, now)
    search.reindex(session, [card["id"] for card in cards])


def _card(
    card_id: int, type_: CardType, name: str, owner: int, created: datetime, **more: Any
) -> dict[str, Any]:
    return {
        "id": card_id,
        "type": type_,
        "name": name,
        "name_key": name_key(name),
        "title": None,
        "position": None,
        "company_id": None,
        "status_id": None,
        "is_open": False,
        "call_number": None,
        "responsible_id": owner,
        "source": "manual",
        "source_line_id": None,
        "comment": "",
        "fields": {},
        "created_at": created,
        "updated_at": created,
        "active_at": created,
        "version": 1,
    } | more


def _phone(card_id: int, number: str, kind: str, position: int) -> dict[str, Any]:
    return {"card_id": card_id, "number": number, "kind": kind, "position": position}


def _domain(name: str) -> str:
    return "-".join(words(name)[:3]) + ".example"


def _person(chance: Random) -> str:
    if chance.random() < 0.15:
        return f"{chance.choice(names.ENGLISH_FIRST)} {chance.choice(names.ENGLISH_LAST)}"
    man = chance.random() < 0.5
    first = chance.choice(names.MEN if man else names.WOMEN)
    return f"{first} {chance.choice(names.SURNAMES)[0 if man else 1]}"


def _contact(
    chance: Random,
    card_id: int,
    numbers: SampleNumbers,
    owners: list[int],
    now: datetime,
    tables: tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    cards, phones, emails = tables
    name = _person(chance)
    firm = chance.randint(1, COMPANIES) if chance.random() < 0.55 else None
    created = now - timedelta(days=chance.uniform(2, 700))
    position = chance.choice(names.POSITIONS) if firm else None
    owner = cards[firm - 1]["responsible_id"] if firm else chance.choice(owners)
    cards.append(
        _card(card_id, CardType.CONTACT, name, owner, created, company_id=firm, position=position)
    )
    phones.append(_phone(card_id, numbers.mobile(), "mobile", 0))
    if firm and chance.random() < 0.2:  # the switchboard, shared with the company's card
        phones.append(_phone(card_id, phones[firm - 1]["number"], "work", 1))
    elif chance.random() < 0.2:
        phones.append(_phone(card_id, numbers.office(), "home", 1))
    if chance.random() < 0.7:
        domain = _domain(cards[firm - 1]["name"]) if firm else "mail.example"
        address = ".".join(words(name)) + "@" + domain
        emails.append({"card_id": card_id, "address": address, "position": 0})


def _typed_leads(
    session: Session,
    chance: Random,
    numbers: SampleNumbers,
    owners: list[int],
    now: datetime,
    cards: list[dict[str, Any]],
    phones: list[dict[str, Any]],
) -> None:
    statuses = session.scalars(select(LeadStatus).where(LeadStatus.code != "converted")).all()
    for i in range(len(cards) + 1, len(cards) + 17):
        status = chance.choice(statuses)
        created = now - timedelta(days=chance.uniform(1, 45))
        cards.append(
            _card(
                i,
                CardType.LEAD,
                _person(chance),
                chance.choice(owners),
                created,
                title=chance.choice(names.SUBJECTS),
                status_id=status.id,
                is_open=status.kind == "open",
                source=chance.choice(("web", "manual")),
            )
        )
        phones.append(_phone(i, numbers.mobile(), "mobile", 0))


def _notes(
    session: Session,
    chance: Random,
    cards: list[dict[str, Any]],
    owners: list[int],
    now: datetime,
) -> None:
    rows: list[dict[str, Any]] = []
    for card in cards:
        made = {"kind": "created", "text": "", "author_id": card["responsible_id"]}
        rows.append({"card_id": card["id"], "at": card["created_at"], **made})
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
            span = (now - card["created_at"]).total_seconds()
            at = card["created_at"] + timedelta(seconds=chance.uniform(0, span))
            note = {"kind": "note", "text": chance.choice(names.NOTES)}
            author = chance.choice((card["responsible_id"], chance.choice(owners)))
            rows.append({"card_id": card["id"], "at": at, "author_id": author, **note})
    session.execute(insert(Activity), [row | {"data": {}} for row in rows])


def past_calls(
    session: Session, now: datetime, lines: Sequence[tuple[str, str, tuple[str, ...]]]
) -> list[list[CallEvent]]:
    """Events of every past call, the oldest call first."""
    chance = Random(SEED + 1)
    numbers = SampleNumbers(chance)
    desks = [Desk(*line) for line in lines]
    known = list(session.scalars(select(Phone.number).order_by(Phone.id)))
    new = [numbers.mobile() for _ in range(NEW_CALLERS)]
    regulars = chance.sample(known, 90)  # most calls come from few clients
    starts = sorted(_working_moment(chance, now) for _ in range(CALLS))
    calls: list[list[CallEvent]] = []
    for i, start in enumerate(starts):
        desk = chance.choices(desks, (3, 2))[0]
        number: str | None = chance.choice(regulars if chance.random() < 0.7 else known)
        if chance.random() < 0.07:
            number = chance.choice(new)
        elif chance.random() < 0.02:
            number = None
        call = PastCall(f"sample-{int(start.timestamp())}.{i}", start, desk, number)
        _play(chance, call, desks)
        calls.append(call.events)
    callers = [*chance.sample(known, 3), *new[:2]]
    for i, minutes in enumerate(sorted(JUST_MISSED, reverse=True)):
        start = now - timedelta(minutes=minutes)
        call = PastCall(f"sample-{int(start.timestamp())}.m{i}", start, desks[i % 2], callers[i])
        missed_inbound(chance, call, 25)
        calls.append(call.events)
    return calls


def _working_moment(chance: Random, now: datetime) -> datetime:
    """On a weekday between 7 and 17 o'clock, UTC; before those of `JUST_MISSED`."""
    while True:
        day = now - timedelta(days=chance.uniform(0, DAYS))
        hour = min(16.9, max(7.0, chance.gauss(11.5, 2.6)))
        moment = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)
        if moment.weekday() < 5 and moment < now - timedelta(hours=6):
            return moment


def _play(chance: Random, call: PastCall, desks: list[Desk]) -> None:
    everybody = ("103", "104", *dict.fromkeys(e for desk in desks for e in desk.ring))
    fate = chance.random()
    if call.number is None or fate < 0.52:
        answered_inbound(chance, call, everybody)
    elif fate < 0.68:
        missed_inbound(chance, call, 25)
    else:
        outcomes = (Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.BUSY)
        outcome = chance.choices(outcomes, (7, 2, 1))[0]
        outbound(chance, call, chance.choice(everybody), outcome)


def work_off(session: Session, now: datetime) -> None:
    """What people did after the calls: old missed ones cleared, leads moved on, notes taken."""
    chance = Random(SEED + 2)
    session.execute(
        update(MissedCall)
        .where(MissedCall.cleared_at.is_(None), MissedCall.raised_at < now - STAYS_MISSED)
        .values(cleared_at=MissedCall.raised_at, cleared_by_id=MissedCall.responsible_id)
    )
    statuses = {s.code: s for s in session.scalars(select(LeadStatus))}
    leads = session.scalars(
        select(Card).where(Card.type == CardType.LEAD, Card.source == "call").order_by(Card.id)
    )
    for lead in leads:
        code = chance.choices(("new", "in_progress", "qualified", "lost"), (5, 3, 2, 2))[0]
        lead.status_id = statuses[code].id
        lead.is_open = statuses[code].kind == "open"
        if chance.random() < 0.6:
            lead.name = _person(chance)
            lead.name_key = name_key(lead.name)
    session.flush()
    answered = session.execute(
        select(CallCard.call_id, CallCard.card_id, Call.ended_at, Call.answered_by_id)
        .join(Call, Call.id == CallCard.call_id)
        .where(CallCard.attached, Call.answered_by_id.is_not(None))
        .order_by(Call.id)
    ).all()
    rows: list[dict[str, Any]] = [
        {
            "card_id": card_id,
            "call_id": call_id,
            "kind": "note",
            "at": at,
            "author_id": author,
            "text": chance.choice(names.NOTES),
            "data": {},
        }
        for call_id, card_id, at, author in chance.sample(answered, min(70, len(answered)))
    ]
    session.execute(insert(Activity), rows)
    search.reindex(session, list(session.scalars(select(Card.id).where(Card.type == "lead"))))
