"""Number to cards, as fast as it goes: what `GET /lookup` and every ringing call ask.

On SQLite one thread with its own read-only connection answers whatever has gathered since it last
looked, so a thousand requests a second cost a few hops between threads.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any
from urllib.parse import quote

from sqlalchemy import bindparam, make_url, select
from sqlalchemy.orm import Session

from crm.clients.models import Card, CardType, Phone
from crm.clients.numbers import is_e164, normalize
from crm.clients.views import CardRef
from crm.db import Database
from crm.errors import DatabaseUnavailable, Invalid
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require

MOST_CARDS = 50


@dataclass(frozen=True, slots=True)
class Lookup:
    """`number`: E.164 of what was asked, None if it is none; `cards`: open work first."""

    number: str | None
    cards: tuple[CardRef, ...]


# The same order as in `telephony.matching`: open leads, clients, closed leads; newest first.
_SQL = (
    "SELECT DISTINCT c.id, c.type, c.name, "  # noqa: S608 - no value in it
    "CASE WHEN c.is_open THEN 0 WHEN c.type <> 'lead' THEN 1 ELSE 2 END AS rank, c.active_at "
    "FROM phones p JOIN cards c ON c.id = p.card_id WHERE p.number = ? "
    "AND c.deleted_at IS NULL AND c.converted_to_id IS NULL "
    f"ORDER BY rank, c.active_at DESC, c.id DESC LIMIT {MOST_CARDS}"
)
_QUERY = (
    select(Card.id, Card.type, Card.name)
    .where(
        Card.id.in_(select(Phone.card_id).where(Phone.number == bindparam("number"))),
        Card.deleted_at.is_(None),
        Card.converted_to_id.is_(None),
    )
    .order_by(Card.is_open.desc(), Card.type == "lead", Card.active_at.desc(), Card.id.desc())
    .limit(MOST_CARDS)
)
_Rows = list[tuple[Any, ...]]
_Job = tuple[str, "asyncio.Future[_Rows]"]


class SqliteReader:
    """One thread, one read-only connection, prepared statement; answers in batches."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._waiting: deque[_Job] = deque()
        self._wake: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def find(self, number: str) -> _Rows:
        """Raises DatabaseUnavailable."""
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, name="lookup", daemon=True)
            self._thread.start()
        future: asyncio.Future[_Rows] = asyncio.get_running_loop().create_future()
        self._waiting.append((number, future))
        self._wake.put(True)
        return await future

    async def close(self) -> None:
        if self._thread is not None:
            self._wake.put(False)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _run(self) -> None:
        assert self._loop is not None
        connection: sqlite3.Connection | None = None
        while self._wake.get():
            jobs: list[_Job] = []
            while self._waiting:
                jobs.append(self._waiting.popleft())
            if not jobs:
                continue
            try:
                if connection is None:
                    connection = self._connect()
                find = connection.execute
                answers: list[_Rows | Exception] = [
                    find(_SQL, (number,)).fetchall() for number, _ in jobs
                ]
            except sqlite3.Error as error:
                answers = [DatabaseUnavailable(str(error))] * len(jobs)
            self._loop.call_soon_threadsafe(_answer, jobs, answers)
        if connection is not None:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5)
        connection.isolation_level = None
        connection.execute("PRAGMA cache_size=-8000")  # kB; not mmap, which counts as our memory
        return connection


def _answer(jobs: list[_Job], answers: list[_Rows | Exception]) -> None:
    for (_, future), answer in zip(jobs, answers, strict=True):
        if future.done():
            continue  # its asker has gone
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)


class LookupService:
    """`country`: of numbers without a prefix."""

    def __init__(self, db: Database, url: str, directories: Directories, country: str) -> None:
        self._db = db
        self._directories = directories
        self._country = country
        self._reader = None
        if db.dialect == "sqlite":
            self._reader = SqliteReader(quote(make_url(url).database or ""))

    async def find(self, actor: Actor, number: str, country: str | None = None) -> Lookup:
        """`number` in any usual way, `country` of a number without a prefix.

        Extensions, short codes and the company's own numbers have no cards.
        """
        require(actor, Action.VIEW_CLIENTS)
        if len(number) > 100:
            raise Invalid({"number": "must have at most 100 characters"})
        # Programs ask in E.164, and a number that we have needs no judging.
        if is_e164(number) and (cards := await self._clients_of(number)):
            return Lookup(number, cards)
        e164 = normalize(number, country or self._country)
        return Lookup(e164, () if e164 is None else await self._clients_of(e164))

    async def _clients_of(self, e164: str) -> tuple[CardRef, ...]:
        if e164 in self._directories.now.not_clients:
            return ()
        return await self.cards(e164)

    async def cards_with(self, actor: Actor, number: str) -> tuple[CardRef, ...]:
        """Of an E.164 number that is an employee's, too, for which `find` knows no clients."""
        require(actor, Action.VIEW_CLIENTS)
        return await self.cards(number)

    async def cards(self, number: str) -> tuple[CardRef, ...]:
        """Of an E.164 number, open work first. For the program itself: no permission is asked."""
        rows = await (self._reader.find(number) if self._reader else self._ask(number))
        return tuple(CardRef(CardType(row[1]), row[0], row[2]) for row in rows)

    async def close(self) -> None:
        if self._reader is not None:
            await self._reader.close()

    async def _ask(self, number: str) -> _Rows:
        def work(session: Session) -> _Rows:
            return [tuple(row) for row in session.execute(_QUERY, {"number": number})]

        return await self._db.read(work)
