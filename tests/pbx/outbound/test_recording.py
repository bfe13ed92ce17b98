"""What is recorded of calls that employees place, and of calls that they hand on."""

import pytest

from pbx_bridge.asterisk import dialplan
from tests.pbx.harness import RunningPbx
from tests.pbx.outbound.outside import OUTSIDE, talking
from tests.pbx.scenarios.stage import Stage
from tests.pbx.sound import loudest_hz, seconds_of

pytestmark = pytest.mark.pbx


async def test_an_outgoing_call_is_recorded_on_the_clients_channel(
    pbx: RunningPbx, stage: Stage
) -> None:
    async with pbx.manager() as manager:
        eva, outside = await stage.phone("101"), await stage.outside()
        call, client = await talking(eva, outside, OUTSIDE)
        await client.tell("tone", hz=1000)
        await call.tell("tone", hz=440)
        await stage.wait(1.5)
        await call.hang_up()
        stopped = await manager.wait("MixMonitorStop")
    assert stopped["Channel"].startswith("PJSIP/line1-")
    channel = stopped["Uniqueid"]
    assert loudest_hz(pbx.spool / f"{channel}{dialplan.CLIENT_SUFFIX}") == pytest.approx(
        1000, abs=5
    )
    assert loudest_hz(pbx.spool / f"{channel}{dialplan.COMPANY_SUFFIX}") == pytest.approx(
        440, abs=5
    )


async def test_who_is_not_recorded_leaves_no_file(pbx: RunningPbx, stage: Stage) -> None:
    petr, second = await stage.phone("102"), await stage.outside("line2")
    call, client = await talking(petr, second, OUTSIDE)
    await call.hang_up()
    await client.disconnected()
    assert list(pbx.spool.iterdir()) == []


async def test_colleagues_are_not_recorded(pbx: RunningPbx, stage: Stage) -> None:
    eva, petr = await stage.phones("101", "102")
    call, other = await talking(eva, petr, "102")
    await call.hang_up()
    await other.disconnected()
    assert list(pbx.spool.iterdir()) == []


async def test_a_client_whom_a_colleague_is_joined_to_is_recorded(
    pbx: RunningPbx, stage: Stage
) -> None:
    """102 and 101 speak; 101 asks somebody outside for 102, and hangs up."""
    eva, petr, outside = await stage.phone("101"), await stage.phone("102"), await stage.outside()
    call, other = await talking(eva, petr, "102")
    await stage.talk(call, other, seconds=0.5)
    await call.digits(f"*{OUTSIDE}#")
    client = await outside.incoming()
    await client.answer()
    await stage.talk(call, client, seconds=0.5)
    await call.hang_up()
    await stage.talk(other, client, seconds=1)
    async with pbx.manager() as manager:
        await client.hang_up()
        await other.disconnected()
        stopped = await manager.wait("MixMonitorStop")
    sides = {it.name: seconds_of(it) for it in pbx.spool.iterdir()}
    channel = stopped["Uniqueid"]
    assert sides.keys() == {
        f"{channel}{dialplan.CLIENT_SUFFIX}",
        f"{channel}{dialplan.COMPANY_SUFFIX}",
    }
    # Both the asking and the talk, each with what was said in it.
    assert min(sides.values()) > 1.5, sides


@pytest.mark.slow
async def test_recording_goes_on_through_transfers(pbx: RunningPbx, stage: Stage) -> None:
    """Debian's own build loses the company's side after half of all transfers (see `mend`)."""
    eva, jana = await stage.phones("101", "103")
    for number in range(6):
        async with pbx.manager() as manager:
            client = await stage.call_in()
            desk = await eva.incoming()
            await desk.answer()
            await client.tell("tone", hz=1000)
            await manager.wait("BridgeEnter", BridgeNumChannels="2")
            await desk.transfer("103")
            other = await jana.incoming()
            await other.answer()
            await other.tell("tone", hz=620)
            await stage.wait(1.2)
            await client.hang_up()
            await other.disconnected()
            stopped = await manager.wait("MixMonitorStop")
        company_side = pbx.spool / f"{stopped['Uniqueid']}{dialplan.COMPANY_SUFFIX}"
        client_side = pbx.spool / f"{stopped['Uniqueid']}{dialplan.CLIENT_SUFFIX}"
        assert loudest_hz(company_side, last_seconds=0.5) == pytest.approx(620, abs=10), number
        assert loudest_hz(client_side, last_seconds=0.5) == pytest.approx(1000, abs=10), number
    assert len(list(pbx.spool.iterdir())) == 12
