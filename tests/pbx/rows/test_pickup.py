"""A call that rings at 101 and 102 is taken by a colleague, by each way there is."""

import pytest

from tests.pbx.rows.floor import SECONDS, Floor, gone

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="package"),
]


NAMES = {"102": "Petr Novák", "103": "James Carter", "104": "Lucie Dvořáková"}


def picked_up(who: str, of: str) -> tuple[str, ...]:
    """Without `of` either phone that rang may be told."""
    return (f"{who} picks up what rang at {NAMES[of]}",) if of else ()


@pytest.mark.parametrize(
    ("code", "by", "of"), [("*11", "103", ""), ("*11102", "103", "102"), ("40", "104", "")]
)
async def test_by_a_code(floor: Floor, code: str, by: str, of: str) -> None:
    eva, petr, helper = await floor.phones("101", "102", by)
    client = await floor.rings_in()
    desks = [await eva.incoming(SECONDS), await petr.incoming(SECONDS)]
    taken = await helper.dial(code)
    await taken.confirmed(SECONDS)
    await gone(*desks)
    await floor.is_(lambda call: call["state"] == "talking")
    await floor.speak(client.call, taken)
    await client.call.hang_up()
    who = NAMES[by]
    call = await floor.becomes(
        client,
        owner=by,
        parties=[(by, "pickup")],
        words=(*picked_up(who, of), f"{who} answers", "The client hangs up"),
    )
    assert (call["answered_by"], call["ended_by_side"]) == (by, "client")


async def test_on_the_board(floor: Floor) -> None:
    eva, petr, jana = await floor.phones("101", "102", "103")
    client = await floor.rings_in()
    desks = [await eva.incoming(SECONDS), await petr.incoming(SECONDS)]
    ringing = await floor.is_(lambda call: len(call["ringing"]) == 2)
    status, said = await floor.house.post(f"/calls/{ringing['id']}/pickup", {"extension": "103"})
    assert status == 204, said
    taken = await jana.incoming(SECONDS, auto_answer=True)
    await taken.confirmed(SECONDS)
    await gone(*desks)
    await floor.is_(lambda call: call["state"] == "talking")
    await floor.speak(client.call, taken)
    await taken.hang_up()
    call = await floor.becomes(
        client,
        owner="103",
        parties=[("103", "pickup")],
        words=("James Carter answers", "James Carter leaves", "We hang up"),
    )
    assert (call["answered_by"], call["ended_by_side"]) == ("103", "company")
