"""Every test here runs twice: on SQLite and on PostgreSQL."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.database.postgres import server
from tests.unit.crm.world import World, found, reopened, sqlite_copy

_count = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a running server's `postgres` database."""
    with server() as url:
        yield url


async def _sql(server_url: str, statement: str) -> None:
    """Databases are made and dropped outside of any transaction."""
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


def _named(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the company of `world`."""

    async def make() -> None:
        await _sql(postgres, "CREATE DATABASE template_hovorna")
        folder = tmp_path_factory.mktemp("template")
        await found(_named(postgres, "template_hovorna"), folder)

    asyncio.run(make())
    return "template_hovorna"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hovorna.db"
    asyncio.run(found(f"sqlite+aiosqlite:///{path}", path.parent))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def server_url(request: pytest.FixtureRequest) -> str | None:
    """Of the PostgreSQL server; None: this test runs on SQLite."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture
def template(request: pytest.FixtureRequest, server_url: str | None) -> Path | str:
    """What the company's database is copied from."""
    name = "sqlite_template" if server_url is None else "postgres_template"
    found: Path | str = request.getfixturevalue(name)
    return found


@pytest.fixture
async def empty(server_url: str | None, tmp_path: Path) -> AsyncIterator[str]:
    """URL of a database without any table."""
    if server_url is None:
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    async with fresh(server_url, "template0") as url:
        yield url


@pytest.fixture
async def here(
    server_url: str | None, template: Path | str, tmp_path: Path
) -> AsyncIterator[World]:
    """The company of `world`, in a database of the test's own."""
    if server_url is None:
        async with reopened(sqlite_copy(Path(template), tmp_path), tmp_path) as made:
            yield made
        return
    async with fresh(server_url, str(template)) as url, reopened(url, tmp_path) as made:
        yield made


@asynccontextmanager
async def fresh(server_url: str, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_count)}"
    await _sql(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(server_url, name)
    finally:
        await _sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")
