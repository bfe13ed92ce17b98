"""The database: where its work runs. How values are stored in it, `columns` says.

Work on the database is a plain function of a `Session`, run as a whole: on SQLite in a thread that
owns its connection, on PostgreSQL under asyncpg. One hop to the thread for a whole unit of work
costs a third of what a hop for each statement does (measured: 0.37 ms beside 1.0 ms for a
transaction of one insert), which is what 40 calls a second need. SQLite has one writer thread, so
writers of this process queue in order and never meet "database is locked".
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from crm.columns import to_json
from crm.errors import DatabaseUnavailable

T = TypeVar("T")
Clock = Callable[[], datetime]

BUSY_SECONDS = 10
READERS = 3


def utc_now() -> datetime:
    """The clock of the running program; everything takes it as a parameter."""
    return datetime.now(UTC)


class Database(Protocol):
    """One of the two below. `work` must not keep the session, nor await, nor do other I/O."""

    @property
    def dialect(self) -> str: ...

    @property
    def engines(self) -> Sequence[Engine]:
        """For listening to statements: metrics, and counting queries in tests."""
        ...

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work`; what it writes is lost."""
        ...

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction: committed when it returns, rolled back when it raises."""
        ...

    async def settle(self) -> None:
        """Wait until what was committed would survive a power cut. Raises OSError."""
        ...

    async def close(self) -> None: ...


def sqlite_engine(url: str, *, writer: bool, foreign_keys: bool = True) -> Engine:
    """Synchronous, with our pragmas; transactions begin when we say, not when sqlite3 does."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite"),
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        pool_size=1 if writer else READERS,
        max_overflow=0,
        json_serializer=to_json,
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        if not writer:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        # IMMEDIATE: take the write lock at the start, or a reader that turns writer is refused.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Of two that do this to a new file at once, one is refused without the waiting that
    `timeout` promises (https://sqlite.org/c3ref/busy_handler.html): SQLite sees a deadlock.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


class SqliteDatabase:
    """SQLite in WAL mode: one writer thread, a few readers beside it.

    Commits are not written through one by one (`synchronous=NORMAL`): a killed process loses
    nothing, a power cut the last half minute. Who relies on a commit outside of the database calls
    `settle` first.
    """

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        if not make_url(url).database or make_url(url).database == ":memory:":
            raise DatabaseUnavailable("SQLite needs a file")
        self._writer = sqlite_engine(url, writer=True)
        self._reader = sqlite_engine(url, writer=False)
        # Opened beside SQLite, as it may be: the locks are on the other two files.
        self._log = Path(f"{make_url(url).database}-wal")
        self._unsettled = True  # by whoever had it open before
        self._write_thread = ThreadPoolExecutor(1, "database-writer")
        self._read_threads = ThreadPoolExecutor(READERS, "database-reader")

    @property
    def engines(self) -> Sequence[Engine]:
        return (self._writer, self._reader)

    async def read(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._read_threads, _said(run))

    async def write(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            try:
                with Session(self._writer, expire_on_commit=False) as session, session.begin():
                    return work(session)
            finally:
                self._unsettled = True

        # Shielded by the thread: a cancelled caller does not stop a transaction half way.
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, _said(run))

    async def settle(self) -> None:
        if not self._unsettled:
            return
        self._unsettled = False  # what is committed from here on may come too late for this time
        try:
            await asyncio.to_thread(_write_through, self._log)
        except BaseException:
            self._unsettled = True
            raise

    async def close(self) -> None:
        def shut() -> None:
            self._write_thread.shutdown(wait=True)
            self._read_threads.shutdown(wait=True)
            self._reader.dispose()
            self._writer.dispose()

        await asyncio.to_thread(shut)


def _write_through(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # all of it is in the database's own file
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _said(run: Callable[[], T]) -> Callable[[], T]:
    def told() -> T:
        try:
            return run()
        except (OperationalError, InterfaceError) as error:
            raise DatabaseUnavailable(str(error.orig)) from error

    return told


class PostgresDatabase:
    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            json_serializer=to_json,
            connect_args={"server_settings": {"lock_timeout": f"{BUSY_SECONDS}s"}},
        )

    @property
    def engines(self) -> Sequence[Engine]:
        return (self._engine.sync_engine,)

    async def read(self, work: Callable[[Session], T]) -> T:
        try:
            async with AsyncSession(self._engine, autoflush=False) as session:
                return await session.run_sync(work)
        except (DBAPIError, OSError) as error:
            raise _unavailable(error) from error

    async def write(self, work: Callable[[Session], T]) -> T:
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as s, s.begin():
                return await s.run_sync(work)
        except (DBAPIError, OSError) as error:
            raise _unavailable(error) from error

    async def settle(self) -> None:
        """PostgreSQL's commits are written through one by one (`synchronous_commit`)."""

    async def close(self) -> None:
        await self._engine.dispose()


def _unavailable(error: Exception) -> Exception:
    lost = isinstance(error, OSError | OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    return DatabaseUnavailable(str(error)) if lost else error


def open_database(url: str) -> Database:
    """`sqlite...:///file` or `postgresql...://...`. Raises DatabaseUnavailable for any other."""
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        return SqliteDatabase(url)
    if backend == "postgresql":
        return PostgresDatabase(url)
    raise DatabaseUnavailable(f"database_url: {backend} is neither sqlite nor postgresql")
