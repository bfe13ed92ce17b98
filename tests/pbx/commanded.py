"""The CRM's commands, done by a real Asterisk. Import the fixtures into a module of tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx_bridge.bridge import Bridge
from pbx_bridge.commands import Commands
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.bridged import AwaitedJournal, bridge_on
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import Stage


class Refused(Exception):
    pass


@pytest.fixture
def journal() -> AwaitedJournal:
    return AwaitedJournal()


@pytest.fixture
async def bridge(pbx: RunningPbx, journal: AwaitedJournal, tmp_path: Path) -> AsyncIterator[Bridge]:
    async with bridge_on(pbx, journal, tmp_path / "checkpoint") as bridge:
        yield bridge


@pytest.fixture
def commands(bridge: Bridge) -> Commands:
    async def reload() -> None:
        raise AssertionError("nobody asked for it")

    commands = Commands(bridge, refused=Refused, reload=reload)
    bridge.attend(commands)
    return commands


async def talk(stage: Stage, journal: AwaitedJournal) -> tuple[PhoneCall, PhoneCall, str]:
    """The client and 101 talk; the call's key."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    (record,) = await journal.until(lambda records: [it.state for it in records] == ["talking"])
    return client, desk, record.call
