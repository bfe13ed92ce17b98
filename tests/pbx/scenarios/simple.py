"""Calls with two sides and no tricks."""

from tests.pbx.scenarios.expect import ExpectedCall, inbound, internal, outbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import (
    CLIENT,
    SERVICE,
    SERVICE_NUMBER,
    Stage,
)


@scenario
async def answered(stage: Stage) -> list[ExpectedCall]:
    """101 and 102 ring, 102 answers, the client hangs up."""
    eva, petr = await stage.phones("101", "102")
    client = await stage.call_in()
    await eva.incoming()
    desk = await petr.incoming()
    await client.ringing()
    await stage.wait(1.5)
    await desk.answer()
    await stage.talk(client, desk)
    await client.hang_up()
    await desk.disconnected()
    return [
        inbound(
            client,
            "answered",
            answered_by="102",
            ended_by="client",
            parties=[party(CLIENT, "called"), party("102", "answered")],
        )
    ]


@scenario
async def missed(stage: Stage) -> list[ExpectedCall]:
    """101 and 102 ring until the PBX gives up."""
    await stage.phones("101", "102")
    client = await stage.call_in()
    await client.disconnected(20)
    return [inbound(client, "missed")]


@scenario
async def busy(stage: Stage) -> list[ExpectedCall]:
    """Both phones say that they are busy."""
    for phone in await stage.phones("101", "102"):
        await phone.behave(refuse=486)
    client = await stage.call_in()
    await client.disconnected()
    return [inbound(client, "busy")]


@scenario
async def rejected(stage: Stage) -> list[ExpectedCall]:
    """It rings; first 101, then 102 declines."""
    eva, petr = await stage.phones("101", "102")
    client = await stage.call_in()
    for phone in (eva, petr):
        await (await phone.incoming()).reject(603)
    await client.disconnected()
    return [inbound(client, "rejected")]


@scenario
async def caller_gave_up(stage: Stage) -> list[ExpectedCall]:
    """The client hangs up while 101 and 102 ring."""
    eva, petr = await stage.phones("101", "102")
    client = await stage.call_in()
    desks = [await phone.incoming() for phone in (eva, petr)]
    await stage.wait(2)
    await client.hang_up()
    for desk in desks:
        await desk.disconnected()
    return [inbound(client, "missed", ended_by="client")]


@scenario
async def ring_group_of_five(stage: Stage) -> list[ExpectedCall]:
    """105-109 ring together, 108 answers and hangs up in the end."""
    phones = await stage.phones(*SERVICE)
    client = await stage.call_in(line="line2")
    desks = [await phone.incoming() for phone in phones]
    await stage.wait(1)
    await desks[3].answer()
    await stage.talk(client, desks[3])
    await desks[3].hang_up()
    await client.disconnected()
    return [
        inbound(
            client,
            "answered",
            line="line2",
            dialled=SERVICE_NUMBER,
            rang=list(SERVICE),
            answered_by="108",
            ended_by="company",
            parties=[party(CLIENT, "called"), party("108", "answered")],
        )
    ]


@scenario
async def two_at_once(stage: Stage) -> list[ExpectedCall]:
    """Two calls from one number at the same time: 101 takes the first, 102 the second."""
    eva, petr = await stage.phones("101", "102")
    first = await stage.call_in()
    desk = await eva.incoming()
    await petr.incoming()
    second = await stage.call_in()
    await eva.incoming()
    other = await petr.incoming()
    await desk.answer()
    await other.answer()
    await stage.talk(first, desk, second, other)
    await first.hang_up()
    await stage.wait(1)
    await other.hang_up()
    await second.disconnected()
    return [
        inbound(
            first,
            "answered",
            answered_by="101",
            ended_by="client",
            parties=[party(CLIENT, "called"), party("101", "answered")],
        ),
        inbound(
            second,
            "answered",
            answered_by="102",
            ended_by="company",
            parties=[party(CLIENT, "called"), party("102", "answered")],
        ),
    ]


@scenario
async def outbound_refused(stage: Stage) -> list[ExpectedCall]:
    """101 dials a country that is not allowed, and hears that it cannot be."""
    eva = await stage.phone("101")
    call = await eva.dial("005351234567")
    await call.disconnected(20)
    return [outbound(call, "failed", number="+5351234567", dialled="+5351234567", ended_by="pbx")]


@scenario
async def withheld(stage: Stage) -> list[ExpectedCall]:
    """A caller who does not want to be named; 101 answers."""
    eva = await stage.phone("101")
    client = await stage.call_in(None)
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk)
    await client.hang_up()
    return [
        inbound(
            client,
            "answered",
            number=None,
            withheld=True,
            rang=["101"],
            answered_by="101",
            ended_by="client",
            parties=[party("line1", "called"), party("101", "answered")],
        )
    ]


@scenario
async def hold(stage: Stage) -> list[ExpectedCall]:
    """101 answers, puts the client on hold, comes back, hangs up."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=1)
    await desk.hold()
    await stage.wait(2)
    await desk.resume()
    await stage.talk(client, desk, seconds=1)
    await desk.hang_up()
    await client.disconnected()
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            ended_by="company",
            held_by=["101"],
            parties=[party(CLIENT, "called"), party("101", "answered")],
        )
    ]


@scenario
async def outbound_answered(stage: Stage) -> list[ExpectedCall]:
    """101 dials a client, who answers and hangs up."""
    eva = await stage.phone("101")
    outside = await stage.outside()
    desk = await eva.dial("777123456")
    client = await outside.incoming()
    await desk.ringing()
    await client.answer()
    await stage.talk(client, desk)
    await client.hang_up()
    await desk.disconnected()
    return [
        outbound(
            desk,
            "answered",
            answered_by="777123456",
            ended_by="client",
            parties=[party("101", "called"), party("777123456", "answered")],
        )
    ]


@scenario
async def outbound_busy(stage: Stage) -> list[ExpectedCall]:
    """101 dials a client, who is busy."""
    return [await _refused_outside(stage, 486, "busy")]


@scenario
async def outbound_rejected(stage: Stage) -> list[ExpectedCall]:
    """101 dials a client, who declines."""
    return [await _refused_outside(stage, 603, "rejected")]


async def _refused_outside(stage: Stage, code: int, outcome: str) -> ExpectedCall:
    eva = await stage.phone("101")
    outside = await stage.outside()
    desk = await eva.dial("777123456")
    client = await outside.incoming()
    await stage.wait(1)
    await client.reject(code)
    await desk.disconnected()
    return outbound(desk, outcome)


@scenario
async def outbound_gave_up(stage: Stage) -> list[ExpectedCall]:
    """101 dials a client and hangs up before anybody answers."""
    eva = await stage.phone("101")
    outside = await stage.outside()
    desk = await eva.dial("777123456")
    client = await outside.incoming()
    await stage.wait(2)
    await desk.hang_up()
    await client.disconnected()
    return [outbound(desk, "no_answer", ended_by="company")]


@scenario
async def internal_call(stage: Stage) -> list[ExpectedCall]:
    """101 calls 103."""
    eva, jana = await stage.phones("101", "103")
    desk = await eva.dial("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(desk, other)
    await desk.hang_up()
    await other.disconnected()
    return [
        internal(
            desk,
            "answered",
            dialled="103",
            rang=["103"],
            answered_by="103",
            ended_by="company",
            parties=[party("101", "called"), party("103", "answered")],
        )
    ]


@scenario
async def unknown_extension(stage: Stage) -> list[ExpectedCall]:
    """101 dials an extension that nobody has."""
    eva = await stage.phone("101")
    desk = await eva.dial("199")
    await desk.disconnected()
    return [internal(desk, "failed", dialled="199")]
