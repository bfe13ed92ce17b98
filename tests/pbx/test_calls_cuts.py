"""The bridge is gone for a part of a call: what it finds afterwards is the whole call."""

from pathlib import Path

import pytest

from tests.pbx.bridged import AwaitedJournal, bridge_on
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios import SCENARIOS
from tests.pbx.scenarios.expect import inbound, party
from tests.pbx.scenarios.stage import CLIENT, Stage
from tests.replay.expecting import assert_as_expected

pytestmark = pytest.mark.pbx


async def test_a_bridge_that_ends_in_mid_call_finds_its_end_when_it_is_back(
    pbx: RunningPbx, stage: Stage, tmp_path: Path
) -> None:
    journal = AwaitedJournal()
    eva = await stage.phone("101")
    async with bridge_on(pbx, journal, tmp_path / "checkpoint"):
        client = await stage.call_in()
        desk = await eva.incoming()
        await desk.answer()
        await journal.until(lambda records: [it.state for it in records] == ["talking"])
    await stage.talk(client, desk)
    await client.hang_up()
    await desk.disconnected()

    async with bridge_on(pbx, journal, tmp_path / "checkpoint"):
        records = await journal.all_ended(1)

    expected = inbound(
        client,
        "answered",
        rang=["101"],
        answered_by="101",
        ended_by="client",
        parties=[party(CLIENT, "called"), party("101", "answered")],
    )
    assert_as_expected(records, [expected.to_json()], hears_ringing=True)


async def test_calls_of_before_the_bridge_was_there_are_found(
    pbx: RunningPbx, stage: Stage, tmp_path: Path
) -> None:
    journal = AwaitedJournal()
    expected = [
        call
        for name in ("attended_refer", "outbound_busy")
        for call in await SCENARIOS[name](stage)
    ]

    async with bridge_on(pbx, journal, tmp_path / "checkpoint"):
        records = await journal.all_ended(len(expected))

    assert_as_expected(records, [call.to_json() for call in expected], hears_ringing=False)


async def test_a_bridge_that_starts_in_mid_call_hears_the_rest_of_it(
    pbx: RunningPbx, stage: Stage, tmp_path: Path
) -> None:
    journal = AwaitedJournal()
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk)

    async with bridge_on(pbx, journal, tmp_path / "checkpoint"):
        (known,) = journal.records
        assert known.state == "talking"
        await client.hang_up()
        await desk.disconnected()
        records = await journal.all_ended(1)

    expected = inbound(
        client,
        "answered",
        rang=["101"],
        answered_by="101",
        ended_by="client",
        parties=[party(CLIENT, "called"), party("101", "answered")],
    )
    assert_as_expected(records, [expected.to_json()], hears_ringing=False)
