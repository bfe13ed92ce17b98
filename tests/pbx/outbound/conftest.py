"""The bundled PBX with a company whose employees may not all call out alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.outbound.outside import restricted


@pytest.fixture
async def pbx(tmp_path: Path) -> AsyncIterator[RunningPbx]:
    async with running_pbx(restricted(), tmp_path) as running:
        yield running
