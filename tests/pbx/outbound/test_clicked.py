"""Calls that the CRM places, and picks up, for an employee."""

import pytest

from pbx_bridge.asterisk import dialplan
from tests.pbx.harness import RunningPbx
from tests.pbx.outbound.outside import OUTSIDE
from tests.pbx.scenarios.stage import SERVICE_NUMBER, Stage

pytestmark = pytest.mark.pbx


async def test_clicked_calls_are_held_to_the_employees_lines(pbx: RunningPbx, stage: Stage) -> None:
    petr = await stage.phone("102")
    outside = await stage.outside()
    for number, (to, line) in enumerate(
        [(OUTSIDE, "line1"), (OUTSIDE, "nothing"), ("777123456,evil", "line2"), ("", "line2")]
    ):
        mark = outside.process.mark()
        await pbx.originate(
            "PJSIP/102",
            f"clicked-{number}",
            context=dialplan.CLICK_CONTEXT,
            variables=[
                f'{dialplan.TO_VARIABLE}="{to}"',
                f"{dialplan.LINE_VARIABLE}={line}",
                *dialplan.AUTO_ANSWER,
            ],
        )
        desk = await petr.incoming(auto_answer=True)
        await desk.disconnected()
        events = outside.process.events[mark:]
        assert not [it for it in events if it.name == "incoming" and it.account == "line1"]


async def test_a_clicked_call_shows_the_lines_number_and_rings_a_colleague_too(
    pbx: RunningPbx, stage: Stage
) -> None:
    petr, eva = await stage.phone("102"), await stage.phone("101")
    second = await stage.outside("line2")
    for key, to, far, number in [
        ("clicked-a", f"+420{OUTSIDE}", second, SERVICE_NUMBER),
        ("clicked-b", "101", eva, "102"),
    ]:
        await pbx.originate(
            "PJSIP/102",
            key,
            context=dialplan.CLICK_CONTEXT,
            callerid='"The client" <777>',
            variables=[f"{dialplan.TO_VARIABLE}={to}", *dialplan.AUTO_ANSWER],
        )
        desk = await petr.incoming(auto_answer=True)
        other = await far.incoming(number=number)
        await other.answer()
        await stage.talk(desk, other, seconds=0.5)
        await desk.hang_up()
        await other.disconnected()


async def test_the_crm_picks_up_for_an_employee(pbx: RunningPbx, stage: Stage) -> None:
    await stage.phone("101")
    jana = await stage.phone("103")
    async with pbx.manager() as manager:
        client = await stage.call_in()
        begun = await manager.wait("DialBegin")
        await pbx.originate(
            "PJSIP/103",
            "picked-up",
            context=dialplan.PICKUP_CONTEXT,
            variables=[
                f"{dialplan.PICKUP_VARIABLE}={begun['DestChannel']}",
                *dialplan.AUTO_ANSWER,
            ],
        )
        desk = await jana.incoming(auto_answer=True)
        await client.confirmed()
    await stage.talk(client, desk, seconds=0.5)
    await client.hang_up()
    await desk.disconnected()


async def test_pickup_is_for_the_own_group(stage: Stage) -> None:
    service = await stage.phone("105")
    eva = await stage.phone("101")
    client = await stage.call_in()
    ringing = await eva.incoming()
    refused = await service.dial("*11")
    assert (await refused.disconnected())["code"] == 480
    await ringing.answer()
    await client.confirmed()
    await client.hang_up()
