"""Fixtures for tests with the real PBX."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.scenarios.stage import Stage, company


@pytest.fixture
async def pbx(tmp_path: Path) -> AsyncIterator[RunningPbx]:
    """The bundled PBX with the scenarios' small company on it, and nobody to ask who shall ring."""
    async with running_pbx(company(), tmp_path) as running:
        yield running


@pytest.fixture
async def stage(pbx: RunningPbx, tmp_path: Path) -> AsyncIterator[Stage]:
    """Phones and the outside world on `pbx`."""
    async with Stage(pbx, tmp_path) as people:
        yield people
