import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.crm.world import World, found, reopened, sqlite_copy


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company of `world` in a SQLite file, made once."""
    path = tmp_path_factory.mktemp("template") / "hovorna.db"
    asyncio.run(found(f"sqlite+aiosqlite:///{path}", path.parent))
    return path


@pytest.fixture
async def here(template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """The company of `world`, on SQLite."""
    async with reopened(sqlite_copy(template, tmp_path), tmp_path) as made:
        yield made
