"""Pickup and conferences: more than those who were called."""

from tests.pbx.scenarios.expect import ExpectedCall, ExpectedTransfer, inbound, internal, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import CLIENT, Stage

_ROOM = "800"


@scenario
async def pickup_by_code(stage: Stage) -> list[ExpectedCall]:
    """101 and 102 ring; 103, of their group, dials *11 and has the client."""
    return [await _picked_up(stage, "103", "*11")]


@scenario
async def pickup_by_40(stage: Stage) -> list[ExpectedCall]:
    """101 and 102 ring; 104, of their group, dials 40 and has the client."""
    return [await _picked_up(stage, "104", "40")]


@scenario
async def pickup_of_extension(stage: Stage) -> list[ExpectedCall]:
    """101 and 102 ring; 103 dials *11102 and has the client."""
    return [await _picked_up(stage, "103", "*11102", of="102")]


async def _picked_up(stage: Stage, by: str, code: str, of: str | None = None) -> ExpectedCall:
    eva, petr, helper = await stage.phones("101", "102", by)
    client = await stage.call_in()
    desks = [await eva.incoming(), await petr.incoming()]
    await stage.wait(1)
    taken = await helper.dial(code)
    await client.confirmed()
    await taken.confirmed()
    for desk in desks:
        await desk.disconnected()
    await stage.talk(client, taken)
    await client.hang_up()
    await taken.disconnected()
    return inbound(
        client,
        "answered",
        answered_by=by,
        ended_by="client",
        pickups=[{"by": by} | ({} if of is None else {"of": of})],
        parties=[party(CLIENT, "called"), party(by, "pickup")],
    )


@scenario
async def conference_by_phone(stage: Stage) -> list[ExpectedCall]:
    """101 talks to the client, calls 103, and merges both on the phone: to the PBX two calls."""
    eva, jana = await stage.phones("101", "103")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=1)
    await desk.hold()
    second = await eva.dial("103")
    other = await jana.incoming()
    await other.answer()
    since = eva.process.mark()
    await eva.process.tell("merge", calls=[desk.key, second.key])
    await desk.wait("resumed", since=since)
    await stage.talk(client, other)
    await other.hang_up()
    await second.disconnected()
    await client.hang_up()
    await desk.disconnected()
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            ended_by="client",
            held_by=["101"],
            parties=[party(CLIENT, "called"), party("101", "answered")],
        ),
        internal(
            second,
            "answered",
            dialled="103",
            rang=["103"],
            answered_by="103",
            ended_by="company",
            parties=[party("101", "called"), party("103", "answered")],
        ),
    ]


@scenario
async def conference_room(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to the room 800 and follows; 103 comes in too. One call of three."""
    eva, jana = await stage.phones("101", "103")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=1)
    await desk.transfer(_ROOM)
    await desk.disconnected()
    first = await eva.dial(_ROOM)
    await first.confirmed()
    second = await jana.dial(_ROOM)
    await second.confirmed()
    await stage.talk(client, first, second)
    await second.hang_up()
    await client.hang_up()
    await first.hang_up()
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            ended_by=None,
            transfers=[ExpectedTransfer("blind", "101", _ROOM)],
            parties=[
                party(CLIENT, "called"),
                party("101", "answered"),
                party("103", "conference"),
            ],
        )
    ]
