"""What the CRM asks of the telephone, done by a real Asterisk with real phones."""

from dataclasses import dataclass, replace

import pytest

from pbx_bridge.bridge import Bridge
from pbx_bridge.calls.events import Outcome, TransferKind
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.commands import Commands
from pbx_bridge.commands.ringing import Device
from pbx_bridge.directory import RecordMode
from tests.pbx.bridged import AwaitedJournal
from tests.pbx.commanded import Refused, bridge, commands, journal, talk
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import OTHER_CLIENT, SERVICE_NUMBER, Stage
from tests.pbx.sound import seconds_of, silent_seconds

__all__ = ["bridge", "commands", "journal"]

pytestmark = pytest.mark.pbx


@dataclass(frozen=True)
class Placing:
    key: str
    extension: str = "101"
    to: str = "777123456"
    line: str | None = "line1"
    device: Device | None = None


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
    assert [it.extension for it in bridge.phones(key)] == ["103", None]

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


async def test_hold_and_back_by_the_pbx(
    stage: Stage, commands: Commands, journal: AwaitedJournal
) -> None:
    client, desk, key = await talk(stage, journal)
    await client.tell("record", file=str(stage.folder / "held.wav"))
    await commands.hold(key, "101")
    await journal.until(lambda records: records[0].state == "held")
    await commands.hold(key, "101")  # twice is once
    await stage.wait(1)
    await commands.resume(key, "101")
    await journal.until(lambda records: records[0].state == "talking")
    with pytest.raises(Refused, match="not at all"):
        await commands.resume(key, "101")
    await stage.talk(client, desk, seconds=1)
    await client.hang_up()
    (record,) = await journal.all_ended(1)
    assert [it.by.extension for it in record.holds.values()] == ["101"]


async def test_a_colleague_is_consulted_and_has_the_client(
    stage: Stage, commands: Commands, journal: AwaitedJournal
) -> None:
    jana = await stage.phone("103")
    client, desk, key = await talk(stage, journal)
    await commands.hold(key, "101")
    await commands.consult(key, "101", "103")
    other = await jana.incoming()
    await journal.until(lambda records: bool(records[0].ringing))
    with pytest.raises(Refused, match="already"):
        await commands.consult(key, "101", "104")
    with pytest.raises(Refused, match="comes first"):
        await commands.blind_transfer(key, "101", "104")
    await other.answer()
    await journal.until(lambda records: bool(records[0].consults))
    await stage.talk(desk, other, seconds=1)
    await commands.swap_consult(key, "101")
    assert commands.is_back_meanwhile(key, "101")
    await stage.talk(client, desk, seconds=1)
    await commands.swap_consult(key, "101")
    assert not commands.is_back_meanwhile(key, "101")
    await commands.complete_consult(key, "101")
    await desk.disconnected()
    await stage.talk(client, other, seconds=1)
    await other.hang_up()
    (record,) = await journal.all_ended(1)
    assert [(it.kind, it.to.extension) for it in record.transfers] == [
        (TransferKind.ATTENDED, "103")
    ]


async def test_a_consultation_is_given_up(
    stage: Stage, commands: Commands, journal: AwaitedJournal
) -> None:
    jana = await stage.phone("103")
    client, desk, key = await talk(stage, journal)
    for answered in (False, True):
        await commands.consult(key, "101", "103")
        other = await jana.incoming()
        if answered:
            await other.answer()
            await stage.talk(desk, other, seconds=1)
        await commands.cancel_consult(key, "101")
        await other.disconnected()
        await stage.talk(client, desk, seconds=1)
    with pytest.raises(Refused, match="consults nobody"):
        await commands.cancel_consult(key, "101")
    await desk.hang_up()
    (record,) = await journal.all_ended(1)
    assert record.transfers == ()


async def test_who_cannot_be_reached_is_said_and_the_client_is_kept(
    stage: Stage, commands: Commands, bridge: Bridge, journal: AwaitedJournal
) -> None:
    client, desk, key = await talk(stage, journal)
    with pytest.raises(Refused, match="105 cannot be reached"):
        await commands.consult(key, "101", "105")
    await journal.until(lambda records: records[0].state == "talking")
    with pytest.raises(Refused, match="105 is not registered"):
        await commands.invite(key, "101", "105")
    await stage.talk(client, desk, seconds=1)
    await client.hang_up()
    await journal.all_ended(1)
    assert await bridge.until(lambda: not bridge.phones(key), 10)
    with pytest.raises(Refused, match="has ended"):
        await commands.hold(key, "101")


async def test_a_number_outside_is_consulted_on_the_line_that_was_chosen(
    stage: Stage, commands: Commands, journal: AwaitedJournal
) -> None:
    client, desk, key = await talk(stage, journal)
    second = await stage.outside("line2")
    await commands.consult(key, "101", OTHER_CLIENT, "line2")
    mobile = await second.incoming(number=SERVICE_NUMBER, dialled=OTHER_CLIENT)
    await mobile.answer()
    await stage.talk(desk, mobile, seconds=1)
    await commands.complete_consult(key, "101")
    await stage.talk(client, mobile, seconds=1)
    await client.hang_up()
    await mobile.disconnected()
    (record,) = await journal.all_ended(1)
    (transfer,) = record.transfers
    assert (transfer.to.number or "")[-9:] == OTHER_CLIENT[-9:]


async def test_the_recording_is_paused_by_the_page_and_by_the_code(
    stage: Stage, commands: Commands, journal: AwaitedJournal, pbx: RunningPbx
) -> None:
    client, desk, key = await talk(stage, journal)
    await commands.pause_recording(key)
    await journal.until(lambda records: _paused(records) == [True])
    await stage.talk(client, desk, seconds=1)
    await commands.resume_recording(key)
    await journal.until(lambda records: _paused(records) == [True, False])
    await desk.digits("*2")
    await journal.until(lambda records: _paused(records) == [True, False, True])
    await stage.talk(client, desk, seconds=1)
    await desk.digits("*2#")
    await journal.until(lambda records: _paused(records) == [True, False, True, False])
    await stage.talk(client, desk, seconds=1)
    await desk.digits("*2")
    await journal.until(lambda records: _paused(records) == [True, False, True, False, True])
    await client.digits("*2#")  # means nothing from there
    await stage.talk(client, desk, seconds=1)
    await client.hang_up()
    (record,) = await journal.all_ended(1)
    assert _paused([record]) == [True, False, True, False, True]
    (heard,) = pbx.spool.glob("*.client.wav")
    assert silent_seconds(heard) >= 1


async def test_who_types_slowly_reaches_an_extension_that_begins_as_the_code(
    stage: Stage, commands: Commands, bridge: Bridge, journal: AwaitedJournal, pbx: RunningPbx
) -> None:
    known = pbx.directory.extensions
    moved = tuple(replace(it, number="203") if it.number == "103" else it for it in known)
    await pbx.apply(replace(pbx.directory, extensions=moved))
    bridge.set_directory(pbx.directory)
    jana = await stage.phone("203")
    client, desk, key = await talk(stage, journal)
    for digit in "*203":
        await desk.digits(digit)
        await stage.wait(0.9)
    other = await jana.incoming()
    await other.answer()
    await journal.until(lambda records: len(records[0].consults) == 1)
    await commands.cancel_consult(key, "101")
    await other.disconnected()
    await stage.talk(client, desk, seconds=1)
    for digits in ("##2", "03"):
        await desk.digits(digits)
        await stage.wait(1.5)
    other = await jana.incoming()
    await other.answer()
    await stage.talk(client, other, seconds=0.5)
    await client.hang_up()
    (record,) = await journal.all_ended(1)
    assert _paused([record]) == []
    assert [it.to.extension for it in record.transfers] == ["203"]


async def test_a_call_that_is_not_recorded_can_be(
    stage: Stage, commands: Commands, journal: AwaitedJournal, pbx: RunningPbx
) -> None:
    off = tuple(replace(it, record=RecordMode.ASK) for it in pbx.directory.extensions)
    await pbx.apply(replace(pbx.directory, extensions=off))
    client, desk, key = await talk(stage, journal)
    with pytest.raises(Refused, match="not recorded"):
        await commands.pause_recording(key)
    await commands.start_recording(key)
    await stage.talk(client, desk, seconds=1)
    await commands.stop_recording(key)
    await journal.until(lambda records: _state(records) == "off")
    with pytest.raises(Refused, match="not recorded"):
        await commands.pause_recording(key)
    await stage.talk(client, desk, seconds=1)
    await commands.start_recording(key)
    await journal.until(lambda records: _state(records) == "on")
    await stage.talk(client, desk, seconds=1)
    await client.hang_up()
    (record,) = await journal.all_ended(1)
    assert len(record.recordings) == 1
    (heard,) = pbx.spool.glob("*.client.wav")
    silent = silent_seconds(heard)
    assert silent > 0.8
    assert seconds_of(heard) - silent > 1.5


def _state(records: list[CallRecord]) -> str:
    (channel,) = records[0].recording
    return records[0].recording_of(channel)


def _paused(records: list[CallRecord]) -> list[bool]:
    return [paused for marks in records[0].pauses.values() for _, paused in marks]
