import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from blockbuster import blockbuster_ctx
from structlog.typing import EventDict, WrappedLogger

from tests.unit.web.house import House, open_house


def _name_the_error(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A traceback with source lines reads files, which the watch would take for the fault."""
    if event.pop("exc_info", None):
        event["error"] = repr(sys.exc_info()[1])
    return event


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    structlog.configure(processors=[_name_the_error, structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


@contextmanager
def no_blocking() -> Iterator[None]:
    """Blocking I/O in the event loop fails the test."""
    with blockbuster_ctx() as blockbuster:
        for function in blockbuster.functions.values():
            # A time zone's file is 2 kB, read once in the process's life.
            function.can_block_in("zoneinfo/_tzpath.py", "find_tzfile")
            function.can_block_in("zoneinfo/_common.py", "load_tzdata")
            function.can_block_in("zoneinfo/_common.py", "load_data")
            # So is a language's with the names of days and months.
            function.can_block_in("babel/localedata.py", "exists")
            function.can_block_in("babel/localedata.py", "load")
        yield


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Opened before the watch begins: the start of the program may wait for a disk."""
    async with open_house(tmp_path) as opened:
        with no_blocking():
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """For tests that ask much and change nothing."""
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        with no_blocking():
            yield opened
