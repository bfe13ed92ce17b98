"""The word index of the cards: names, titles, e-mails and numbers, by prefix, without accents.

SQLite: an FTS5 table; PostgreSQL: a tsvector with GIN. Both hold words folded by `crm.text`, so
that they agree. Deleted and converted cards are not in it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import phonenumbers
from sqlalchemy import Select, column, func, literal_column, select, table, text
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from crm.clients.models import Card, Email, Phone
from crm.clients.numbers import significant
from crm.text import words

CARD_SEARCH = table("card_search", column("rowid"), column("card_id"), column("type"))
_NUMBER_LIKE = re.compile(r"\+?[0-9 ()/.\-\u00a0]*[0-9][0-9 ()/.\-\u00a0]*")
MOST_WORDS = 8
SUFFIXES = (4, 6)  # people remember the last digits of a number


def number_words(number: str) -> list[str]:
    """A number is found by its beginning with or without the country, and by its last digits."""
    national = significant(number)
    return [number.lstrip("+"), national, *(national[-n:] for n in SUFFIXES if len(national) > n)]


def index_text(name: str, title: str | None, emails: Iterable[str], numbers: Iterable[str]) -> str:
    found = words(name) + words(title or "")
    for email in emails:
        found += words(email)
    for number in numbers:
        found += number_words(number)
    return " ".join(dict.fromkeys(found))


def query_words(q: str) -> list[list[str]]:
    """What must be found: every inner list by one of its prefixes. Empty: nothing to look for."""
    q = q.strip()[:200]
    if _NUMBER_LIKE.fullmatch(q):
        digits = re.sub(r"[^0-9]", "", q)
        return [list(dict.fromkeys(d for d in (digits, digits.lstrip("0")) if d))]
    return [[word] for word in words(q)[:MOST_WORDS]]


def reindex(session: Session, card_ids: Sequence[int]) -> None:
    """Bring the index up to date for these cards, within the transaction that changed them."""
    if not card_ids:
        return
    session.flush()
    key = "rowid" if session.get_bind().dialect.name == "sqlite" else "card_id"
    remove = text(f"DELETE FROM card_search WHERE {key} = :id")  # noqa: S608 - two constants
    session.execute(remove, [{"id": card_id} for card_id in card_ids])
    numbers = _by_card(session, select(Phone.card_id, Phone.number), card_ids)
    emails = _by_card(session, select(Email.card_id, Email.address), card_ids)
    rows = [
        {
            "id": row.id,
            "type": row.type,
            "words": index_text(
                row.name, row.title, emails.get(row.id, ()), numbers.get(row.id, ())
            ),
        }
        for row in session.execute(
            select(Card.id, Card.type, Card.name, Card.title).where(
                Card.id.in_(card_ids), Card.deleted_at.is_(None), Card.converted_to_id.is_(None)
            )
        )
    ]
    insert_rows(session, rows)


def insert_rows(session: Session, rows: list[dict[str, Any]]) -> None:
    """`rows`: id, type, words; of cards not in the index."""
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        sql = "INSERT INTO card_search (rowid, type, words) VALUES (:id, :type, :words)"
    else:
        sql = (
            "INSERT INTO card_search (card_id, type, words) "
            "VALUES (:id, :type, array_to_tsvector(string_to_array(:words, ' ')))"
        )
    session.execute(text(sql), rows)


def _by_card(
    session: Session, query: Select[int, str], card_ids: Sequence[int]
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    column_ = query.selected_columns[0]
    for card_id, value in session.execute(query.where(column_.in_(card_ids))):
        found.setdefault(card_id, []).append(value)
    return found


def matching(dialect: str, type_: str | None, needles: list[list[str]]) -> ColumnElement[bool]:
    """The condition on `card_search`. The needles are words: letters and digits only."""
    if dialect == "sqlite":
        groups = ["(" + " OR ".join(f'words : "{w}" *' for w in group) + ")" for group in needles]
        if type_ is not None:
            groups.insert(0, f'type : "{type_}"')
        found: ColumnElement[bool] = literal_column("card_search").op("MATCH")(" AND ".join(groups))
        return found
    groups = ["(" + " | ".join(f"'{w}':*" for w in group) + ")" for group in needles]
    condition: ColumnElement[bool] = column("words").op("@@")(
        func.to_tsquery(text("'simple'"), " & ".join(groups))
    )
    return condition if type_ is None else condition & (CARD_SEARCH.c.type == type_)


def search_key(dialect: str) -> ColumnElement[int]:
    """The column of `card_search` that holds the card's id."""
    return CARD_SEARCH.c.rowid if dialect == "sqlite" else CARD_SEARCH.c.card_id


def country_prefix(country: str) -> str:
    """`+420` of CZ; `+` where there is no such country."""
    return f"+{phonenumbers.country_code_for_region(country) or ''}"
