"""The bridge between a fake PBX and a journal: each call once, whatever is cut or killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pbx_bridge.bridge import Bridge
from pbx_bridge.calls.events import CallEnded, Outcome
from tests.replay.expecting import assert_as_expected
from tests.replay.replaying import load
from tests.unit.pbx_bridge.ami.fake_manager import FakeManager, error, event
from tests.unit.pbx_bridge.pbx_at_work import QUICK, Journal, PbxAtWork


@pytest.fixture
async def manager() -> AsyncIterator[FakeManager]:
    async with FakeManager() as manager:
        yield manager


@pytest.fixture
def pbx(manager: FakeManager, tmp_path: Path) -> PbxAtWork:
    return PbxAtWork(manager, "answered", tmp_path)


@pytest.fixture
def journal() -> Journal:
    return Journal()


@asynccontextmanager
async def running(bridge: Bridge) -> AsyncIterator[Bridge]:
    try:
        yield await settled(bridge)
    finally:
        await bridge.stop()


async def settled(bridge: Bridge) -> Bridge:
    """Started, and what exists has been looked at twice."""
    await bridge.start()
    await bridge.caught_up()
    await bridge._agreed.wait()
    return bridge


async def killed(bridge: Bridge) -> None:
    """As by kill -9: nothing is flushed, nobody says goodbye."""
    for task in bridge._tasks:
        task.cancel()
    await asyncio.gather(*bridge._tasks, return_exceptions=True)
    bridge._tasks = []


def assert_the_call_once(journal: Journal, *, hears_ringing: bool = True) -> None:
    expected = list(load("answered").expected)
    assert_as_expected(journal.records, expected, hears_ringing=hears_ringing)


async def test_a_call_told_live(pbx: PbxAtWork, journal: Journal) -> None:
    async with running(pbx.bridge(journal)) as bridge:
        pbx.tell(until="BridgeEnter")
        pbx.tell(until="BridgeEnter")
        await journal.all_in_state("talking")
        assert bridge.status().connected
        assert bridge.status().live_calls == 1
        pbx.tell()
        await journal.all_in_state("ended")
        assert bridge.status().detail == "connected"
    assert_the_call_once(journal)


async def test_ami_cut_in_mid_call_and_mid_message(pbx: PbxAtWork, journal: Journal) -> None:
    async with running(pbx.bridge(journal)):
        pbx.tell(until="DialEnd")
        await journal.until(lambda records: len(records) == 1 and bool(records[0].rings))
        pbx.half_a_message()
        pbx.manager.cut()
        pbx.tell(until="Hangup", ami=False)  # one of two phones, and then the talk begins
        pbx.tell(until="BridgeEnter", ami=False)
        pbx.tell(until="BridgeEnter", ami=False)
        (record,) = await journal.all_in_state("talking")
        assert record.answered_by is not None
        await pbx.manager.received("CoreShowChannels", 4)  # two for each connection
        pbx.tell()
        await journal.all_in_state("ended")
    assert_the_call_once(journal)


async def test_a_call_that_ended_while_ami_was_cut(pbx: PbxAtWork, journal: Journal) -> None:
    async with running(pbx.bridge(journal)):
        pbx.tell(until="DialEnd")
        await journal.until(lambda records: len(records) == 1)
        pbx.manager.cut()
        pbx.tell(ami=False)
        (record,) = await journal.all_in_state("ended")
    assert record.end is not None
    assert not record.end.assumed
    assert_the_call_once(journal)


@pytest.mark.parametrize("until", ["Newchannel", "DialBegin", "Newstate", "DialEnd", "BridgeEnter"])
async def test_bridge_killed_in_mid_call_and_started_after_its_end(
    pbx: PbxAtWork, journal: Journal, until: str
) -> None:
    first = await settled(pbx.bridge(journal))
    pbx.tell(until=until)
    await killed(first)
    pbx.tell(ami=False)
    async with running(pbx.bridge(journal)):
        await journal.all_in_state("ended")
    assert_the_call_once(journal, hears_ringing=False)


async def test_bridge_killed_and_started_while_the_call_goes_on(
    pbx: PbxAtWork, journal: Journal
) -> None:
    first = await settled(pbx.bridge(journal))
    pbx.tell(until="DialEnd")
    await journal.until(lambda records: len(records) == 1)
    await killed(first)
    pbx.tell(until="HangupRequest", ami=False)
    async with running(pbx.bridge(journal)) as second:
        (record,) = await journal.all_in_state("talking")
        assert second.phones(record.call)
        pbx.tell()
        await journal.all_in_state("ended")
    assert_the_call_once(journal, hears_ringing=False)


async def test_asterisk_restarted_in_mid_call(pbx: PbxAtWork, journal: Journal) -> None:
    async with running(pbx.bridge(journal)) as bridge:
        pbx.tell(until="BridgeEnter")
        pbx.tell(until="BridgeEnter")
        await journal.all_in_state("talking")
        pbx.die()
        (record,) = await journal.all_in_state("ended")
        await bridge.caught_up()
        assert bridge.status().live_calls == 0
    assert record.end is not None
    assert record.end.assumed
    assert record.outcome is Outcome.ANSWERED
    assert record.end.at <= int(pbx.now.timestamp() * 1_000_000)


async def test_where_there_is_no_call_it_is_ready_before_the_second_look(
    pbx: PbxAtWork, journal: Journal
) -> None:
    bridge = pbx.bridge(journal)
    bridge._timings = replace(QUICK, grace=0.5)
    await bridge.start()
    try:
        await bridge.caught_up()
        assert not bridge._agreed.is_set()
        pbx.tell()  # all of it before the second look
        await bridge._agreed.wait()
        await journal.all_in_state("ended")
    finally:
        await bridge.stop()
    assert_the_call_once(journal)


async def test_where_there_is_a_call_it_is_ready_after_the_second_look(
    pbx: PbxAtWork, journal: Journal
) -> None:
    first = await settled(pbx.bridge(journal))
    pbx.tell(until="BridgeEnter")
    await journal.until(lambda records: len(records) == 1)
    await killed(first)
    second = pbx.bridge(journal)
    await second.start()
    try:
        await second.caught_up()
        assert second._agreed.is_set()
    finally:
        await second.stop()


async def test_the_pbx_says_goodbye_and_all_is_in_the_journal(
    pbx: PbxAtWork, journal: Journal
) -> None:
    async with running(pbx.bridge(journal)) as bridge:
        pbx.tell()
        await pbx.manager.shut()
        await bridge.drained()
        assert [record.state for record in journal.records] == ["ended"]
    assert_the_call_once(journal)


class TestWithoutCel:
    async def test_it_works_live_and_says_what_is_missing(
        self, pbx: PbxAtWork, journal: Journal
    ) -> None:
        async with running(pbx.bridge(journal, cel=False)) as bridge:
            pbx.tell(cel=False)
            await journal.all_in_state("ended")
            assert bridge.status().connected
            assert "CEL is not available" in bridge.status().detail
        assert_the_call_once(journal)

    async def test_a_call_gone_during_a_cut_is_assumed_to_have_ended(
        self, pbx: PbxAtWork, journal: Journal
    ) -> None:
        async with running(pbx.bridge(journal, cel=False)):
            pbx.tell(until="BridgeEnter", cel=False)
            pbx.tell(until="BridgeEnter", cel=False)
            await journal.all_in_state("talking")
            pbx.manager.cut()
            pbx.tell(ami=False, cel=False)
            (record,) = await journal.all_in_state("ended")
        assert record.end is not None
        assert record.end.assumed
        assert record.outcome is Outcome.ANSWERED

    async def test_a_call_that_lived_through_a_cut_goes_on(
        self, pbx: PbxAtWork, journal: Journal
    ) -> None:
        async with running(pbx.bridge(journal, cel=False)):
            pbx.tell(until="BridgeEnter", cel=False)
            pbx.tell(until="BridgeEnter", cel=False)
            await journal.all_in_state("talking")
            pbx.manager.cut()
            await pbx.manager.received("CoreShowChannels", 4)
            pbx.tell(cel=False)
            await journal.all_in_state("ended")
        assert_the_call_once(journal)

    async def test_a_call_gone_while_the_bridge_was_dead_ends_when_last_heard_of(
        self, pbx: PbxAtWork, journal: Journal
    ) -> None:
        first = await settled(pbx.bridge(journal, cel=False))
        pbx.tell(until="BridgeEnter", cel=False)
        pbx.tell(until="BridgeEnter", cel=False)
        await journal.all_in_state("talking")
        last = max(event.at for event in journal.events)
        await killed(first)
        pbx.tell(ami=False, cel=False)
        async with running(pbx.bridge(journal, cel=False)):
            (record,) = await journal.all_in_state("ended")
        assert record.end is not None
        assert (record.end.assumed, record.end.at) == (True, last)

    async def test_a_pbx_whose_cel_folder_is_missing(
        self, manager: FakeManager, journal: Journal, tmp_path: Path
    ) -> None:
        pbx = PbxAtWork(manager, "answered", tmp_path)
        pbx.cel = tmp_path / "cel-custom" / "cel.jsonl"
        bridge = pbx.bridge(journal)
        async with running(bridge):
            pbx.tell(cel=False)
            await journal.all_in_state("ended")
            assert "cel-custom is not there" in bridge.status().detail
        assert_the_call_once(journal)


async def test_what_a_listing_misses_only_for_a_moment_is_not_ended(
    pbx: PbxAtWork, journal: Journal
) -> None:
    """The second phone's hangup is on its way while the listing is made."""
    async with running(pbx.bridge(journal)):
        pbx.tell(until="HangupRequest")
        await journal.all_in_state("talking")
        pbx.manager.cut()
        pbx.tell(ami=False, cel=False)  # gone already, but nobody has said so yet
        pbx.tell_again(since="HangupRequest")
        await pbx.manager.received("CoreShowChannels", 3)
        pbx.tell()
        (record,) = await journal.all_in_state("ended")
    assert record.end is not None
    assert not record.end.assumed
    assert_the_call_once(journal)


async def test_a_restart_tells_the_journal_only_what_it_may_not_know(
    pbx: PbxAtWork, journal: Journal
) -> None:
    async with running(pbx.bridge(journal)):
        pbx.tell()
        await journal.all_in_state("ended")
        ended = int(pbx.now.timestamp() * 1_000_000)
        pbx.now += timedelta(hours=1)
        await pbx.checkpoints.until(lambda kept: kept.told_until > ended)
        pbx.now += timedelta(hours=1)
        end = f"{pbx.cel.stat().st_ino}:{pbx.cel.stat().st_size}"
        await pbx.checkpoints.until(lambda kept: kept.position == end)
    told = len(journal.events)
    async with running(pbx.bridge(journal)):
        pass
    assert len(journal.events) == told
    assert_the_call_once(journal)


async def test_a_journal_that_is_away_gets_everything_when_it_is_back(
    pbx: PbxAtWork, journal: Journal
) -> None:
    journal.refuse = lambda events: True
    async with running(pbx.bridge(journal)) as bridge:
        pbx.tell(until="BridgeEnter")
        await journal.refused.wait()
        journal.refuse = lambda events: False
        pbx.tell()
        await journal.all_in_state("ended")
        assert bridge.status().waiting == 0
    assert_the_call_once(journal)


async def test_what_nobody_understands_is_passed_over(pbx: PbxAtWork, journal: Journal) -> None:
    async with running(pbx.bridge(journal)) as bridge:
        pbx.manager.send(b"Event: Newchannel\r\nnothing that it must have\r\n\r\n")
        pbx.manager.send(b"\xff\xfe\x00rubbish\r\n\r\n")
        pbx.manager.send(event("Newstate", Uniqueid="9.9", ChannelStateDesc="Up", Timestamp="soon"))
        pbx.manager.send(b"Event: Hangup\r\n" + b"x" * 400_000 + b"\r\n\r\n")
        pbx.tell()
        await journal.all_in_state("ended")
        assert bridge.status().malformed == 2
    assert_the_call_once(journal)


async def test_without_the_right_to_list_channels_it_works_live(
    pbx: PbxAtWork, journal: Journal
) -> None:
    pbx.manager.answers["CoreShowChannels"] = lambda headers: [error("Permission denied")]
    async with running(pbx.bridge(journal)):
        pbx.tell()
        await journal.all_in_state("ended")
    assert_the_call_once(journal)


async def test_an_existing_pbx_s_history_is_not_imported(pbx: PbxAtWork, journal: Journal) -> None:
    pbx.tell(ami=False)
    async with running(pbx.bridge(journal, start_at="end")):
        pass
    async with running(pbx.bridge(journal, start_at="end")):
        assert journal.events == []


async def test_ended_calls_are_ended_once(pbx: PbxAtWork, journal: Journal) -> None:
    async with running(pbx.bridge(journal)):
        pbx.tell()
        await journal.all_in_state("ended")
        for times in (2, 3):
            pbx.manager.cut()
            await pbx.manager.received("CoreShowChannels", times * 2)
    assert {e.key for e in journal.events if isinstance(e, CallEnded)} == {"ended"}
    assert_the_call_once(journal)
