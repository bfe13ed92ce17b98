"""What the CRM asks of the telephone, done by a real Asterisk with real phones."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx_bridge.bridge import Bridge
from pbx_bridge.calls.events import Outcome, TransferKind
from pbx_bridge.commands import Commands
from tests.pbx.bridged import AwaitedJournal, bridge_on
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import Stage

pytestmark = pytest.mark.pbx


class Refused(Exception):
    pass


@dataclass(frozen=True)
class Placing:
    key: str
    extension: str = "101"
    to: str = "777123456"
    line: str | None = "line1"
    device: str | None = None


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

    return Commands(bridge, refused=Refused, reload=reload)


async def test_place_transfer_pick_up_and_hang_up(
    stage: Stage, commands: Commands, bridge: Bridge, journal: AwaitedJournal
) -> None:
    eva = await stage.phone("101")
    petr = await stage.phone("102")
    jana = await stage.phone("103")
    outside = await stage.outside()
    key = commands.new_call_key()

    await commands.place(Placing(key))
    await eva.incoming(auto_answer=True)
    client = await outside.incoming()
    await client.answer()
    await journal.until(lambda records: [it.state for it in records] == ["talking"])

    await commands.blind_transfer(key, "101", "102")
    await petr.incoming()
    await journal.until(lambda records: bool(records[0].ringing))
    await commands.pick_up(key, "103")
    await jana.incoming(auto_answer=True)
    # Where it rang before is hung up after the pickup was told.
    await journal.until(lambda records: bool(records[0].pickups) and not records[0].ringing)
    assert [extension for _, extension in bridge.channels(key)] == ["103", None]

    await commands.hang_up(key)
    await client.disconnected()
    (record,) = await journal.all_ended(1)
    assert record.call == key
    assert record.outcome is Outcome.ANSWERED
    (transfer,) = record.transfers
    assert (transfer.kind, transfer.to.extension) == (TransferKind.BLIND, "102")
    (pickup,) = record.pickups.values()
    assert pickup.by.extension == "103"


async def test_a_ringing_call_is_hung_up(
    stage: Stage, commands: Commands, journal: AwaitedJournal
) -> None:
    eva = await stage.phone("101")
    client = await stage.call_in()
    await eva.incoming()
    (record,) = await journal.until(lambda records: bool(records and records[0].ringing))
    await commands.hang_up(record.call)
    await client.disconnected()
    (record,) = await journal.all_ended(1)
    assert record.outcome is not Outcome.ANSWERED


async def test_a_phone_that_is_not_there_is_said_to(commands: Commands) -> None:
    with pytest.raises(Refused, match="the phone 105 is not registered"):
        await commands.place(Placing(commands.new_call_key(), extension="105"))


async def test_a_line_that_the_employee_may_not_use_is_never_dialled(
    stage: Stage, commands: Commands, journal: AwaitedJournal
) -> None:
    eva = await stage.phone("101")
    await stage.outside()
    await commands.place(Placing(commands.new_call_key(), line="no-such-line"))
    desk = await eva.incoming(auto_answer=True)
    await desk.disconnected()
    (record,) = await journal.all_ended(1)
    assert record.outcome is not Outcome.ANSWERED
    assert record.line is None
