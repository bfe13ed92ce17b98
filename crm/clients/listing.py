"""Lists of cards: filters, search, order, paging by cursor, total."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.clients import search, store
from crm.clients.models import Card, CardType, LeadStatus
from crm.clients.views import CardFilter, CardRef, CardView
from crm.columns import from_micros, to_micros
from crm.db import Clock
from crm.errors import Invalid
from crm.paging import Page, check_limit, decode_cursor, encode_cursor
from crm.people.directory import Directory
from crm.text import clean

_ORDERS: dict[str, ColumnElement[Any]] = {
    "name": Card.name_key.expression,
    "created": Card.created_at.expression,
    "active": Card.active_at.expression,
}

ALWAYS = 2  # conditions of every list: the type, and not deleted


class Totals:
    """Totals of long lists, for a while: counting a million cards takes longer than their page.

    Short lists are counted each time.
    """

    LONG = 20_000
    WHILE = timedelta(seconds=30)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[tuple[CardType, CardFilter], tuple[int, datetime]] = {}

    def of(self, type_: CardType, wanted: CardFilter, count: Callable[[], int]) -> int:
        key = (type_, replace(wanted, order=None))
        known, now = self._known.get(key), self._clock()
        if known is not None and now - known[1] < self.WHILE:
            return known[0]
        total = count()
        if total >= self.LONG:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[key] = (total, now)
        return total


def page_of_cards(
    session: Session,
    directory: Directory,
    totals: Totals,
    type_: CardType,
    wanted: CardFilter,
    limit: int,
    cursor: str | None,
) -> Page[CardView]:
    """Raises Invalid for an unknown order, status, line or cursor."""
    check_limit(limit)
    conditions = _conditions(session, directory, type_, wanted)
    needles = search.query_words(wanted.q) if wanted.q.strip() else None
    if needles == []:
        return Page((), 0, None)  # nothing but punctuation: no card has it
    dialect = session.get_bind().dialect.name
    counted = list(conditions)
    total = totals.of(type_, wanted, lambda: _count(session, dialect, type_, needles, counted))
    if wanted.order is None and needles is not None:
        ids, after = _newest_found(session, dialect, type_, needles, conditions, limit, cursor)
    else:
        if needles is not None:
            key = search.search_key(dialect)
            found = select(key).select_from(search.CARD_SEARCH)
            conditions.append(Card.id.in_(found.where(search.matching(dialect, type_, needles))))
        ids, after = _ordered(session, wanted.order or "-active", conditions, limit, cursor)
    return Page(tuple(store.load(session, directory, ids)), total, after)


def quick_search(session: Session, q: str, limit: int) -> tuple[CardRef, ...]:
    """Cards of any type for the search box, the newest first."""
    needles = search.query_words(q)
    if not needles:
        return ()
    dialect = session.get_bind().dialect.name
    key = search.search_key(dialect)
    rows = session.execute(
        select(Card.id, Card.type, Card.name)
        .select_from(search.CARD_SEARCH)
        .join(Card, Card.id == key)
        .where(search.matching(dialect, None, needles))
        .order_by(key.desc())
        .limit(limit)
    )
    return tuple(CardRef(CardType(row.type), row.id, row.name) for row in rows)


def _conditions(
    session: Session, directory: Directory, type_: CardType, wanted: CardFilter
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Card.type == type_, Card.deleted_at.is_(None)]
    if wanted.open is not None:
        conditions.append(Card.is_open.is_(wanted.open))
    if wanted.status is not None:
        status = session.scalar(
            select(LeadStatus.id).where(LeadStatus.code == clean(wanted.status, 30))
        )
        if status is None:
            raise Invalid({"status": "there is no such status"})
        conditions.append(Card.status_id == status)
    if wanted.responsible is not None:
        mine = Card.responsible_id == wanted.responsible
        conditions.append(mine if wanted.responsible else Card.responsible_id.is_(None))
    if wanted.company is not None:
        conditions.append(Card.company_id == wanted.company)
    if wanted.source is not None:
        conditions.append(Card.source == clean(wanted.source, 30))
    if wanted.line is not None:
        line = directory.lines.get(wanted.line)
        if line is None:
            raise Invalid({"line": "there is no such line"})
        conditions.append(Card.source_line_id == line.id)
    return conditions


def _count(
    session: Session,
    dialect: str,
    type_: CardType,
    needles: list[list[str]] | None,
    conditions: list[ColumnElement[bool]],
) -> int:
    if needles is None:
        return session.scalar(select(func.count()).select_from(Card).where(*conditions)) or 0
    query = select(func.count()).select_from(search.CARD_SEARCH)
    if len(conditions) > ALWAYS:  # what is always asked, the index knows without the cards
        query = query.join(Card, Card.id == search.search_key(dialect)).where(*conditions)
    return session.scalar(query.where(search.matching(dialect, type_, needles))) or 0


def _newest_found(
    session: Session,
    dialect: str,
    type_: CardType,
    needles: list[list[str]],
    conditions: list[ColumnElement[bool]],
    limit: int,
    cursor: str | None,
) -> tuple[list[int], str | None]:
    """The index hands its matches out by id, so a common word costs no sort."""
    key = search.search_key(dialect)
    query = (
        select(key)
        .select_from(search.CARD_SEARCH)
        .join(Card, Card.id == key)
        .where(search.matching(dialect, type_, needles), *conditions)
    )
    if cursor is not None:
        query = query.where(key < decode_cursor(cursor, int)[0])
    ids = list(session.scalars(query.order_by(key.desc()).limit(limit + 1)))
    more = len(ids) > limit
    ids = ids[:limit]
    return ids, encode_cursor(ids[-1]) if more else None


def _ordered(
    session: Session,
    order: str,
    conditions: list[ColumnElement[bool]],
    limit: int,
    cursor: str | None,
) -> tuple[list[int], str | None]:
    descending = order.startswith("-")
    column = _ORDERS.get(order.removeprefix("-"))
    if column is None:
        choices = ", ".join(_ORDERS)
        raise Invalid({"order": f"must be one of {choices}, with - before it for descending"})
    text = order.removeprefix("-") == "name"
    to_json: Callable[[Any], Any] = str if text else to_micros
    query: Select[Any, int] = select(column, Card.id).where(*conditions)
    if cursor is not None:
        value, last = decode_cursor(cursor, str if text else int, int)
        edge = value if text else _moment(value)
        place = tuple_(column, Card.id)
        mark = tuple_(literal(edge, column.type), literal(last, Card.id.type))
        query = query.where(place < mark if descending else place > mark)
    keys = (column.desc(), Card.id.desc()) if descending else (column.asc(), Card.id.asc())
    rows = session.execute(query.order_by(*keys).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    after = encode_cursor(to_json(rows[-1][0]), rows[-1][1]) if more else None
    return [row[1] for row in rows], after


def _moment(value: object) -> datetime:
    try:
        return from_micros(int(str(value)))
    except (ValueError, OverflowError) as error:
        raise Invalid({"cursor": "is not a cursor of this list"}) from error
