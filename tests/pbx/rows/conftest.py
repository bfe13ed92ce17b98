"""One house for all rows: only the calls are new."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import program
from tests.pbx.rows.floor import Floor


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def building(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    folder = tmp_path_factory.mktemp("rows")
    async with program(folder) as house, PhonePool(share=1) as pool:
        floor = Floor(house, pool, folder)
        yield floor
        await floor.reader.aclose()


@pytest_asyncio.fixture(loop_scope="package")
async def floor(building: Floor) -> AsyncIterator[Floor]:
    await building.new_day()
    yield building
    await building.everybody_goes()
