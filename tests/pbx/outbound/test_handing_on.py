"""Who sends whom on, by whose lines, and who gets the client back."""

import asyncio

import pytest

from tests.pbx.outbound.outside import OUTSIDE, talking
from tests.pbx.scenarios.stage import CLIENT, SERVICE_NUMBER, Stage

pytestmark = pytest.mark.pbx


async def test_the_client_cannot_transfer(stage: Stage) -> None:
    """Neither by digits nor by REFER, whoever called whom."""
    eva, petr, outside = await stage.phone("101"), await stage.phone("102"), await stage.outside()
    call, client = await talking(eva, outside, OUTSIDE)
    mark = petr.process.mark()
    await client.digits("*102#")
    await client.tell("transfer", to="102")
    answer = await client.wait("transfer")
    assert answer["code"] >= 400
    await stage.talk(call, client, seconds=1)
    await call.hang_up()
    assert not [
        it for it in petr.process.events[mark:] if it.name == "incoming" and it.account == "102"
    ]


async def test_a_transfer_outside_uses_the_lines_of_who_transfers(stage: Stage) -> None:
    """103 may use no line, and so cannot send a client outside on anybody's."""
    jana, outside = await stage.phone("103"), await stage.outside()
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await desk.transfer("103")
    held = await jana.incoming()
    await held.answer()
    await stage.talk(client, held, seconds=0.5)
    mark = outside.process.mark()
    await held.transfer(OUTSIDE)
    await (await jana.incoming()).reject(603)  # it comes back to her
    await (await eva.incoming()).reject(603)  # and then to the line's group
    await client.disconnected()
    events = outside.process.events[mark:]
    assert not [it for it in events if it.name == "incoming" and it.account == "line1"]


async def test_the_transfer_key_sends_a_client_out_by_a_line_key(stage: Stage) -> None:
    """101 sends the client on by the second line, as it would dial; that one's way is held open."""
    eva, second = await stage.phone("101"), await stage.outside("line2")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await desk.transfer(f"*2*{OUTSIDE}")
    mobile = await second.incoming(number=SERVICE_NUMBER, dialled=f"+420{OUTSIDE}")
    await mobile.answer()
    await stage.talk(client, mobile, seconds=0.5)
    await client.hang_up()
    await mobile.disconnected()


@pytest.mark.parametrize("to", [f"*2*{OUTSIDE}", f"*1*{OUTSIDE}", "*1*005351234567", "*1*7"])
async def test_a_line_key_sends_nobody_where_its_owner_may_not_call(stage: Stage, to: str) -> None:
    """102 has one line, on which nobody is registered, and may call no more than some countries."""
    petr, outside = await stage.phone("102"), await stage.outside()
    client = await stage.call_in()
    desk = await petr.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    mark = outside.process.mark()
    await desk.transfer(to)
    back = await petr.incoming()  # it comes back
    await back.answer()
    await stage.talk(client, back, seconds=0.5)
    await client.hang_up()
    await back.disconnected()
    events = outside.process.events[mark:]
    assert not [it for it in events if it.name == "incoming" and it.account != petr.account]


async def test_a_returned_consultation_gives_the_client_back(stage: Stage) -> None:
    """101 presses *103# and waits; 103 does not answer in time; 101 talks to the client again."""
    eva, jana = await stage.phones("101", "103")
    client = await stage.call_in(CLIENT)
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await desk.digits("*103#")
    ringing = await jana.incoming()
    await ringing.disconnected(25)
    await stage.talk(client, desk, seconds=0.5)
    async with asyncio.timeout(5):
        await desk.hang_up()
        await client.disconnected()
