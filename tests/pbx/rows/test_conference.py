"""More than two in a call of 101's: on the telephone itself, and on the server."""

import pytest

from tests.pbx.rows.floor import MOBILE, SECONDS, Floor, gone

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="package"),
]

EVA = ("101", "answered")


async def test_the_phones_own(floor: Floor) -> None:
    """The phone mixes two calls, and the PBX knows of two: the client's stays whole, and 101's."""
    eva, jana = await floor.phones("101", "103")
    client, desk = await floor.client_with_101()
    await desk.hold()
    await floor.is_(lambda call: call["state"] == "held")
    second = await eva.dial("103")
    other = await jana.incoming(SECONDS)
    await other.answer()
    await second.confirmed(SECONDS)
    since = eva.process.mark()
    await eva.process.tell("merge", calls=[desk.key, second.key])
    await desk.wait("resumed", SECONDS, since=since)
    await floor.is_(lambda call: call["state"] == "talking")
    await floor.speak(client.call, other)
    await other.hang_up()
    await gone(second)
    await floor.speak(client.call, desk)
    await client.call.hang_up()
    await floor.becomes(
        client,
        owner="101",
        parties=[EVA],
        words=(
            "Eva Malá answers",
            "Eva Malá puts the call on hold",
            "Eva Malá takes the call off hold",
            "The client hangs up",
        ),
        internal=1,
    )


async def test_with_a_number_outside(floor: Floor) -> None:
    """101 leaves the client with a mobile, and has been the last of the company."""
    client, desk = await floor.client_with_101()
    call = await floor.is_(lambda call: call["state"] == "talking")
    way = f"/calls/{call['id']}/conference"
    status, said = await floor.house.post(way, {"to": MOBILE})
    assert status == 204, said
    mobile = await floor.mobile()
    await mobile.answer()
    await floor.is_(lambda call: len(call["parties"]) == 3)
    await floor.speak(client.call, desk, mobile)
    await desk.hang_up()
    await floor.speak(client.call, mobile)
    await client.call.hang_up()
    await gone(mobile)
    await floor.becomes(
        client,
        owner="101",
        parties=[EVA, (f"+420{MOBILE}", "conference")],
        words=("Rings at 777 555 666", "777 555 666 joins", "Eva Malá leaves"),
    )


async def test_in_a_room(floor: Floor) -> None:
    """101 sends the client to the room 800 and follows; 103 comes in too."""
    eva, jana = await floor.phones("101", "103")
    client, desk = await floor.client_with_101()
    await desk.transfer("800")
    await gone(desk)
    first = await eva.dial("800")
    await first.confirmed(SECONDS)
    second = await jana.dial("800")
    await second.confirmed(SECONDS)
    await floor.is_(lambda call: "103" in [it["extension"] for it in call["parties"]])
    await floor.speak(client.call, first, second)
    await first.hang_up()
    await floor.speak(client.call, second)
    await client.call.hang_up()
    await second.hang_up()
    await floor.becomes(
        client,
        owner="103",
        parties=[EVA, ("101", "conference"), ("103", "conference")],
        transfers=[("blind", "101", "800", False)],
        words=(
            "Eva Malá transfers to 800",
            "Eva Malá leaves",
            "Eva Malá joins",
            "James Carter joins",
            "Eva Malá leaves",
            "The client hangs up",
        ),
    )
