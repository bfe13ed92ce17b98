"""Lists of calls: who may see which, filters, search, paging."""

import re
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.clients import search
from crm.clients.numbers import normalize
from crm.columns import UtcDateTime, from_micros, to_micros
from crm.errors import Invalid
from crm.paging import check_limit, decode_cursor, encode_cursor
from crm.people.directory import Directory
from crm.people.permissions import Action, Actor, Scope, scope
from crm.telephony.models import Call, CallCard, CallUser, Recording
from crm.telephony.views import CallFilter
from crm.text import clean

STATES = ("ringing", "talking", "held", "ended", "live")
DIRECTIONS = ("inbound", "outbound", "internal")
OUTCOMES = ("answered", "missed", "busy", "no_answer", "rejected", "failed", "voicemail")
MOST_FOUND_CARDS = 1000  # of a search by words; a word that common tells nothing


def visible(actor: Actor, directory: Directory) -> ColumnElement[bool] | None:
    """The condition on `calls` that `permissions` makes for this actor. None: all of them.

    The same calls as those whose audience (see `reading`) allows the actor to see them.
    """
    reach = scope(actor, Action.VIEW_CALLS)
    if reach is Scope.ANY:
        return None
    users = {actor.id}
    if reach is Scope.DEPARTMENT and actor.department_id is not None:
        users |= {p.id for p in directory.people.values() if p.department_id == actor.department_id}
    lines = [
        line.name
        for line in directory.lines.values()
        if any((person := directory.user_of(e)) and person.id in users for e in line.ring)
    ]
    concerned = Call.id.in_(select(CallUser.call_id).where(CallUser.user_id.in_(users)))
    return or_(concerned, and_(Call.direction == "inbound", Call.line.in_(lines)))


def conditions(
    session: Session, actor: Actor, directory: Directory, wanted: CallFilter, country: str
) -> list[ColumnElement[bool]]:
    """Raises Invalid for values that no call can have."""
    found: list[ColumnElement[bool]] = [Call.merged_into_id.is_(None)]
    if (seen := visible(actor, directory)) is not None:
        found.append(seen)
    if wanted.state == "live":
        found.append(Call.state != "ended")
    elif wanted.state is not None:
        found.append(Call.state == one_of("state", wanted.state, STATES))
    if wanted.direction is not None:
        found.append(Call.direction == one_of("direction", wanted.direction, DIRECTIONS))
    if wanted.outcome is not None:
        found.append(Call.outcome == one_of("outcome", wanted.outcome, OUTCOMES))
    if wanted.number is not None:
        number = normalize(wanted.number, country) or clean(wanted.number, 40)
        found.append(Call.number == number)
        found.append(~Call.withheld)
    found += _of_time_and_people(wanted)
    if wanted.q.strip():
        found.append(_search(session, wanted.q, country))
    return found


def _of_time_and_people(wanted: CallFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(Call.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(Call.started_at < wanted.until)
    if wanted.line is not None:
        found.append(Call.line == clean(wanted.line, 40))
    if wanted.employee is not None:
        mine = select(CallUser.call_id).where(CallUser.user_id == wanted.employee)
        found.append(Call.id.in_(mine))
    if wanted.extension is not None:
        extension = clean(wanted.extension, 10)
        placed = Call.extension == extension
        found.append(or_(placed, Call.answered_extension == extension))
    if wanted.card is not None:
        found.append(Call.id.in_(select(CallCard.call_id).where(CallCard.card_id == wanted.card)))
    if wanted.recorded is not None:
        recorded = select(Recording.call_id).where(
            Recording.state == "stored", Recording.condition.is_distinct_from("empty")
        )
        found.append(Call.id.in_(recorded) if wanted.recorded else Call.id.not_in(recorded))
    return found


def one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise Invalid({name: f"must be one of {', '.join(choices)}"})
    return value


def _search(session: Session, q: str, country: str) -> ColumnElement[bool]:
    """By the client's card, or by the beginning of the number."""
    dialect = session.get_bind().dialect.name
    needles = search.query_words(q)
    if not needles:
        return Call.id.is_(None)
    key = search.search_key(dialect)
    cards = (
        select(key)
        .select_from(search.CARD_SEARCH)
        .where(search.matching(dialect, None, needles))
        .order_by(key.desc())
        .limit(MOST_FOUND_CARDS)
    )
    of_cards = Call.id.in_(select(CallCard.call_id).where(CallCard.card_id.in_(cards)))
    if not re.fullmatch(r"[0-9+ ()/.\-\u00a0]+", q.strip()):
        return of_cards
    return or_(of_cards, and_(~Call.withheld, _number_begins(dialect, q, country)))


def _number_begins(dialect: str, q: str, country: str) -> ColumnElement[bool]:
    digits = re.sub(r"[^0-9]", "", q)
    whole = normalize(q, country)
    beginnings = {whole} if whole else set()
    if digits.startswith("00"):
        beginnings.add("+" + digits[2:])
    else:
        code = search.country_prefix(country)
        beginnings |= {"+" + digits, digits, code + digits.lstrip("0")}
    if dialect == "sqlite":  # GLOB uses the index, LIKE does not; the beginnings are digits
        return or_(*(Call.number.op("GLOB")(f"{b}*") for b in sorted(beginnings)))
    return or_(*(Call.number.like(f"{b}%") for b in sorted(beginnings)))


def page_of_ids(
    session: Session,
    where: list[ColumnElement[bool]],
    order: str | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[int], int, str | None]:
    """Ids of the page, the total, and the next cursor."""
    check_limit(limit)
    order = one_of("order", order or "-started", ("started", "-started"))
    newest_first = order.startswith("-")
    total = session.scalar(select(func.count()).select_from(Call).where(*where)) or 0
    query: Select[Any, int] = select(Call.started_at, Call.id).where(*where)
    if cursor is not None:
        query = query.where(_after(cursor, newest_first))
    keys = (Call.started_at, Call.id)
    rows = session.execute(
        query.order_by(*(k.desc() if newest_first else k.asc() for k in keys)).limit(limit + 1)
    ).all()
    more = len(rows) > limit
    rows = rows[:limit]
    after = encode_cursor(to_micros(rows[-1][0]), rows[-1][1]) if more else None
    return [row[1] for row in rows], total, after


def _after(cursor: str, newest_first: bool) -> ColumnElement[bool]:
    micros, last = decode_cursor(cursor, int, int)
    try:
        edge = from_micros(int(str(micros)))
    except (ValueError, OverflowError) as error:
        raise Invalid({"cursor": "is not a cursor of this list"}) from error
    place = tuple_(Call.started_at, Call.id)
    mark = tuple_(edge, last, types=[UtcDateTime(), Call.id.type])
    return place < mark if newest_first else place > mark
