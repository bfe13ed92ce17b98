"""The whole web over either database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.web.conftest import no_blocking
from tests.unit.web.house import House, open_house


@pytest.fixture
async def house(empty: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, database_url=empty) as opened:
        opened.crm.lines.given(await opened.crm.lines.pbx_directory())  # as when the PBX runs
        with no_blocking():
            yield opened
