import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm.migrations import migrate
from tests.unit.crm.world import World, sqlite_copy, world


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, made once."""
    path = tmp_path_factory.mktemp("template") / "hovorna.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def here(template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """The company of `world`, on SQLite."""
    async with world(sqlite_copy(template, tmp_path), tmp_path) as made:
        yield made
