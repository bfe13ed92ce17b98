"""102 has a client; the supervisor at 101 takes the client over, at her desk phone."""

import pytest

from pbx_bridge.sip.handles import PhoneCall
from tests.pbx.rows.floor import SECONDS, Client, Floor, gone

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="package"),
]

PETR = ("102", "answered")


async def client_with_102(floor: Floor) -> tuple[Client, PhoneCall]:
    """They talk, and 101 asks for the client."""
    eva, petr = await floor.phones("101", "102")
    client = await floor.rings_in()
    first, desk = await eva.incoming(SECONDS), await petr.incoming(SECONDS)
    await desk.answer()
    await gone(first)
    call = await floor.is_(lambda call: call["state"] == "talking")
    await floor.speak(client.call, desk)
    body = {"mode": "takeover", "extension": "102", "device": "desk"}
    status, said = await floor.house.post(f"/calls/{call['id']}/supervise", body)
    assert status == 204, said
    return client, desk


async def test_taken_over(floor: Floor) -> None:
    eva = await floor.phone("101")
    client, desk = await client_with_102(floor)
    taken = await eva.incoming(SECONDS, auto_answer=True)
    await gone(desk)
    await floor.is_(lambda call: call["owner"] == "101")
    await floor.speak(client.call, taken)
    await taken.hang_up()
    await floor.becomes(
        client,
        owner="101",
        parties=[PETR, ("101", "transfer")],
        transfers=[("takeover", "102", "101", False)],
        words=("Eva Malá takes the client over from Petr Novák", "Eva Malá joins", "We hang up"),
    )


async def test_whom_she_does_not_take_is_given_back(floor: Floor) -> None:
    """Her phone does not answer by itself, and she thinks better of it."""
    eva, petr = await floor.phones("101", "102")
    await eva.behave(auto_answer=False)
    try:
        client, desk = await client_with_102(floor)
        await (await eva.incoming(SECONDS)).reject(486)
        await gone(desk)
        again = await petr.incoming(SECONDS)
        await again.answer()
        await floor.speak(client.call, again)
        await client.call.hang_up()
        await floor.becomes(
            client,
            owner="102",
            parties=[PETR, ("102", "transfer")],
            transfers=[("takeover", "102", "101", True)],
            words=(
                "Eva Malá takes the client over from Petr Novák",
                "Eva Malá is busy",
                "Eva Malá did not answer; back to Petr Novák",
            ),
        )
    finally:
        await eva.behave()
