"""Bringing the database to the schema of this version, and back. Run from code, never by hand."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from crm.db import open_database, sqlite_engine
from crm.errors import DatabaseTooNew, DatabaseUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0009"  # the revision of this version's schema
LOCK_SECONDS = 15
_ADVISORY_LOCK = 0x486F766F  # two programs that start together migrate one after the other


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def current(connection: Connection) -> str | None:
    """The database's revision; None: it is empty. Raises DatabaseTooNew if we do not know it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    # Alembic takes long to load, and most starts need nothing of it.
    if revision is not None and revision != HEAD and revision not in revisions():
        raise DatabaseTooNew(revision)
    return revision


def revisions() -> list[str]:
    """All that this version knows, the oldest first."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return sorted(script.revision for script in found)


def _to(connection: Connection, target: str) -> str | None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    before = current(connection)
    target = HEAD if target == "head" else target
    if before == target:
        return before
    from alembic import command

    # Our revisions are numbers of four digits, so their order is that of the text.
    if target != "base" and (before is None or target > before):
        command.upgrade(_config(connection), target)
    else:
        command.downgrade(_config(connection), target)
    return before


async def migrate(url: str, target: str = "head") -> str | None:
    """Upgrade to `head`, or to a revision; or go back to an older one (`base`: to nothing).

    One transaction: a failure leaves the database as it was. Returns the revision before. Raises
    DatabaseTooNew, or DatabaseUnavailable when it cannot be reached or stays locked.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return await asyncio.to_thread(_migrate_sqlite, url, target)
    await open_database(url).close()
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_to, target)
    except (DBAPIError, OSError) as error:
        raise DatabaseUnavailable(str(error)) from error
    finally:
        await engine.dispose()


async def is_in_use(url: str) -> bool:
    """Whether a server's database has tables of ours. Raises DatabaseUnavailable."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda c: inspect(c).has_table("alembic_version"))
    except (DBAPIError, OSError) as error:
        raise DatabaseUnavailable(str(error)) from error
    finally:
        await engine.dispose()


def _migrate_sqlite(url: str, target: str) -> str | None:
    database = make_url(url).database
    if not database:
        raise DatabaseUnavailable("SQLite needs a file")
    Path(database).parent.mkdir(parents=True, exist_ok=True)
    # Off, because SQLite changes a table by making it anew, which would cascade into others.
    engine = sqlite_engine(url, writer=True, foreign_keys=False)
    try:
        with engine.begin() as connection:
            return _to(connection, target)
    except DBAPIError as error:
        raise DatabaseUnavailable(f"{database}: {error.orig}") from error
    finally:
        engine.dispose()
