"""101 has a client and sends them on without asking first, by each way that a desk phone has."""

import pytest

from pbx_bridge.sip.handles import PhoneCall
from tests.pbx.rows.floor import MOBILE, SECONDS, Floor, gone
from tests.pbx.rows.told import AGAIN, BACK, BLIND, EVA, JANA

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="package"),
]


async def _sends(desk: PhoneCall, way: str) -> None:
    """To 103, by a code or by the phone's own key."""
    if way == "refer":
        await desk.transfer("103")
    else:
        await desk.digits(way)


@pytest.mark.parametrize("way", ["##103#", "refer"])
async def test_blindly(floor: Floor, way: str) -> None:
    jana = await floor.phone("103")
    client, desk = await floor.client_with_101()
    await _sends(desk, way)
    other = await jana.incoming(SECONDS)
    await floor.speak(client.call, seconds=2)
    await other.answer()
    await gone(desk)
    await floor.is_(lambda call: call["owner"] == "103")
    await floor.speak(client.call, other)
    await client.call.hang_up()
    await floor.becomes(
        client,
        owner="103",
        parties=[EVA, JANA],
        transfers=[BLIND],
        words=("Eva Malá transfers to James Carter", "Eva Malá leaves", "James Carter joins"),
    )


async def test_where_a_call_belongs_to_who_answered(floor: Floor) -> None:
    """The administrator has chosen so; chosen back, the same call belongs to who had it last."""
    jana = await floor.phone("103")
    await floor.reader.choose_owner("first")
    try:
        client, desk = await floor.client_with_101()
        await desk.transfer("103")
        other = await jana.incoming(SECONDS)
        await other.answer()
        await gone(desk)
        call = await floor.is_(lambda call: any(it["how"] == "transfer" for it in call["parties"]))
        assert call["owner"] == "101"
        await floor.speak(client.call, other)
        await client.call.hang_up()
        await floor.becomes(client, owner="101", parties=[EVA, JANA], transfers=[BLIND])
    finally:
        await floor.reader.choose_owner("last")
    await floor.is_(lambda call: call["owner"] == "103")


@pytest.mark.parametrize("way", ["##103#", "refer"])
async def test_blindly_and_not_answered(floor: Floor, way: str) -> None:
    jana, eva = await floor.phones("103", "101")
    client, desk = await floor.client_with_101()
    await _sends(desk, way)
    other = await jana.incoming(SECONDS)
    await floor.speak(client.call, seconds=2)
    await other.reject(486)
    again = await eva.incoming(SECONDS)
    await floor.speak(client.call)
    await again.answer()
    await floor.is_(lambda call: any(it["returned"] for it in call["transfers"]))
    await floor.speak(client.call, again)
    await again.hang_up()
    await floor.becomes(
        client,
        owner="101",
        parties=[EVA, AGAIN],
        transfers=[("blind", "101", "103", True)],
        words=(
            "Eva Malá transfers to James Carter",
            "Rings at James Carter",
            "James Carter is busy",
            "Rings at Eva Malá",
            "Eva Malá joins",
            BACK,
        ),
    )


async def test_nobody_takes_the_client_nor_who_sent_him(floor: Floor) -> None:
    """The line's group does."""
    jana, eva = await floor.phones("103", "101")
    client, desk = await floor.client_with_101()
    petr = await floor.phone("102")
    await desk.transfer("103")
    await (await jana.incoming(SECONDS)).reject(486)
    await (await eva.incoming(SECONDS)).reject(486)
    taken = await petr.incoming(SECONDS)
    await taken.answer()
    await floor.is_(lambda call: call["owner"] == "102")
    await floor.speak(client.call, taken)
    await client.call.hang_up()
    await floor.becomes(
        client,
        owner="102",
        parties=[EVA, ("102", "transfer")],
        transfers=[BLIND],
        words=("Eva Malá transfers to James Carter", "James Carter is busy", "The client hangs up"),
    )


@pytest.mark.parametrize("way", ["code", "refer"])
async def test_out_to_a_mobile(floor: Floor, way: str) -> None:
    """Nobody of the company speaks with the client any more: it stays with who did last."""
    client, desk = await floor.client_with_101()
    if way == "refer":
        await desk.transfer(MOBILE)
    else:
        await desk.digits(f"*{MOBILE}#")
    mobile = await floor.mobile()
    await mobile.answer()
    if way == "code":
        await floor.is_(lambda call: call["consults"] != [])
        await floor.speak(desk, mobile)
        await desk.hang_up()
    await gone(desk)
    await floor.is_(lambda call: call["transfers"] != [])
    await floor.speak(client.call, mobile)
    await client.call.hang_up()
    await gone(mobile)
    outside = f"+420{MOBILE}"
    await floor.becomes(
        client,
        owner="101",
        parties=[EVA, (outside, "transfer")],
        transfers=[("blind" if way == "refer" else "attended", "101", outside, False)],
        words=(
            "Eva Malá transfers to 777 555 666"
            if way == "refer"
            else "Eva Malá speaks to 777 555 666 and transfers",
            "Eva Malá leaves",
            "The client hangs up",
        ),
    )
