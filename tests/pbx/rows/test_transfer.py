"""101 has a client, asks a colleague, and hands the client on, by each way of a desk phone."""

import pytest

from pbx_bridge.asterisk.dialplan import CONSULT_CANCEL
from tests.pbx.rows.floor import LONG, MOBILE, SECONDS, Floor, gone, tells
from tests.pbx.rows.told import AGAIN, ASKS, ATTENDED, BACK, BLIND, EVA, HOLD, JANA, OFF, SPEAKS

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="package"),
]


async def test_by_the_code_after_asking(floor: Floor) -> None:
    jana = await floor.phone("103")
    client, desk = await floor.client_with_101()
    await desk.digits("*103#")
    other = await jana.incoming(SECONDS)
    await other.answer()
    await floor.is_(lambda call: call["consults"] != [])
    await floor.speak(desk, other)
    await desk.hang_up()
    await floor.is_(lambda call: call["owner"] == "103")
    await floor.speak(client.call, other)
    await other.hang_up()
    await floor.becomes(
        client,
        owner="103",
        parties=[EVA, JANA],
        transfers=[ATTENDED],
        words=(
            HOLD,
            "Rings at James Carter",
            ASKS,
            "James Carter joins",
            SPEAKS,
            "We hang up",
        ),
    )


@pytest.mark.parametrize("way", ["given up", "refused"])
async def test_by_the_code_and_nobody_asked(floor: Floor, way: str) -> None:
    """101 thinks better of it while 103 rings, or 103 refuses: 101 has the client again."""
    jana = await floor.phone("103")
    client, desk = await floor.client_with_101()
    await desk.digits("*103#")
    other = await jana.incoming(SECONDS)
    await floor.is_(lambda call: call["ringing"] != [])
    await floor.speak(client.call)
    if way == "refused":
        await other.reject(486)
    else:
        await desk.digits(CONSULT_CANCEL)
    await gone(other)
    await floor.is_(lambda call: call["ringing"] == [])
    await floor.speak(client.call, desk)
    await client.call.hang_up()
    call = await floor.becomes(
        client,
        owner="101",
        parties=[EVA],
        words=(
            HOLD,
            "Rings at James Carter",
            # That James is busy, and Eva is back, is one moment: either may be told first.
            *(["James Carter is busy"] if way == "refused" else []),
        ),
    )
    steps = await floor.reader.steps(call["id"])
    tells(steps, ("Rings at James Carter", OFF, "The client hangs up"))


async def test_by_the_code_and_not_answered(floor: Floor) -> None:
    """101 hangs up while 103 rings, who does not answer: 101 is rung and has the client back."""
    jana, eva = await floor.phones("103", "101")
    client, desk = await floor.client_with_101()
    await desk.digits("*103#")
    other = await jana.incoming(SECONDS)
    await desk.hang_up()
    await floor.speak(client.call, seconds=2)
    await other.reject(486)
    again = await eva.incoming(SECONDS)
    await again.answer()
    await floor.is_(lambda call: any(it["returned"] for it in call["transfers"]))
    await floor.speak(client.call, again)
    await client.call.hang_up()
    await floor.becomes(
        client,
        owner="101",
        parties=[EVA, AGAIN],
        transfers=[("attended", "101", "103", True)],
        words=(
            "Eva Malá transfers to James Carter, who has not answered yet",
            "James Carter is busy",
            "Eva Malá joins",
            BACK,
        ),
    )


@pytest.mark.timeout(240)  # so long it takes where the processors have ten times as much to do
async def test_nobody_answers(floor: Floor) -> None:
    """Three clients at once, and three who let it ring until the PBX gives up: one is sent out to a
    number blindly, of one Eva hangs up while she asks, and with one she waits.
    """
    eva, *others = await floor.phones("101", "104", "105")
    await eva.behave(capacity=4)  # two come back while she speaks
    blind, first = await floor.client_with_101()
    await first.transfer(MOBILE)
    rings = [await floor.mobile()]
    await gone(first)
    floor.next_client()
    dropped, second = await floor.client_with_101()
    await second.digits("*104#")
    rings.append(await others[0].incoming(SECONDS))
    await second.hang_up()
    floor.next_client()
    waits, third = await floor.client_with_101()
    await third.digits("*105#")
    rings.append(await others[1].incoming(SECONDS))

    sent = await eva.incoming(LONG, number=blind.number)
    asked = await eva.incoming(LONG, number=dropped.number)
    await sent.answer()
    await asked.answer()
    await gone(*rings)
    await floor.speak(waits.call, third)
    await floor.speak(blind.call, sent)
    await floor.speak(dropped.call, asked)
    for client in (waits, blind, dropped):
        await client.call.hang_up()

    await floor.becomes(
        blind,
        owner="101",
        parties=[EVA, AGAIN],
        transfers=[("blind", "101", f"+420{MOBILE}", True)],
        words=(
            "Eva Malá transfers to 777 555 666",
            "777 555 666 did not answer; back to Eva Malá",
        ),
    )
    await floor.becomes(
        dropped,
        owner="101",
        parties=[EVA, AGAIN],
        transfers=[("attended", "101", "104", True)],
        words=("Rings at Lucie Dvořáková", "Lucie Dvořáková did not answer; back to Eva Malá"),
    )
    await floor.becomes(
        waits,
        owner="101",
        parties=[EVA],
        words=(HOLD, "Rings at Tomáš Horák", OFF, "The client hangs up"),
    )


async def test_by_the_phone_after_asking(floor: Floor) -> None:
    eva, jana = await floor.phones("101", "103")
    client, desk = await floor.client_with_101()
    await desk.hold()
    await floor.is_(lambda call: call["state"] == "held")
    second = await eva.dial("103")
    other = await jana.incoming(SECONDS)
    await other.answer()
    await floor.speak(second, other)
    await desk.transfer_to(second)
    await gone(desk)
    await floor.is_(lambda call: call["owner"] == "103")
    await floor.speak(client.call, other)
    await other.hang_up()
    await floor.becomes(
        client,
        owner="103",
        parties=[EVA, JANA],
        transfers=[ATTENDED],
        words=(
            HOLD,
            "Eva Malá calls James Carter",
            "James Carter answers",
            "The call of Eva Malá to James Carter belongs to this one",
            SPEAKS,
            "We hang up",
        ),
    )


async def test_by_the_phone_and_given_up_before_the_answer(floor: Floor) -> None:
    eva, jana = await floor.phones("101", "103")
    client, desk = await floor.client_with_101()
    await desk.hold()
    second = await eva.dial("103")
    other = await jana.incoming(SECONDS)
    await floor.speak(client.call)
    await second.hang_up()
    await gone(other)
    await desk.resume()
    await floor.is_(lambda call: call["state"] == "talking")
    await floor.speak(client.call, desk)
    await client.call.hang_up()
    await floor.becomes(
        client, owner="101", parties=[EVA], words=(HOLD, OFF, "The client hangs up"), internal=1
    )


async def test_by_the_phone_while_it_still_rings(floor: Floor) -> None:
    """Xfer is pressed before 103 answers: the client hears it ring, and has 103."""
    eva, jana = await floor.phones("101", "103")
    client, desk = await floor.client_with_101()
    await desk.hold()
    second = await eva.dial("103")
    other = await jana.incoming(SECONDS)
    await second.ringing(SECONDS)
    await desk.transfer_to(second)
    await gone(desk)
    await floor.speak(client.call, seconds=2)
    await other.answer()
    await floor.is_(lambda call: call["owner"] == "103")
    await floor.speak(client.call, other)
    await client.call.hang_up()
    await floor.becomes(
        client,
        owner="103",
        parties=[EVA, JANA],
        transfers=[ATTENDED],
        words=(
            HOLD,
            "Eva Malá transfers to James Carter, who has not answered yet",
            "James Carter joins",
        ),
    )


async def test_a_transfer_of_a_transfer(floor: Floor) -> None:
    jana, lucie = await floor.phones("103", "104")
    client, desk = await floor.client_with_101()
    await desk.transfer("103")
    other = await jana.incoming(SECONDS)
    await other.answer()
    await floor.is_(lambda call: call["owner"] == "103")
    await floor.speak(client.call, other)
    await other.digits("*104#")
    third = await lucie.incoming(SECONDS)
    await third.answer()
    await floor.is_(lambda call: call["consults"] != [])
    await floor.speak(other, third)
    await other.hang_up()
    await floor.is_(lambda call: call["owner"] == "104")
    await floor.speak(client.call, third)
    await third.hang_up()
    await floor.becomes(
        client,
        owner="104",
        parties=[EVA, JANA, ("104", "transfer")],
        transfers=[BLIND, ("attended", "103", "104", False)],
        words=(
            "Eva Malá transfers to James Carter",
            "James Carter joins",
            "James Carter asks Lucie Dvořáková while the client waits",
            "James Carter speaks to Lucie Dvořáková and transfers",
            "James Carter leaves",
        ),
    )
