"""A browser that is closed in the middle of a talk, as the PBX tells it. The desk phone plays the
browser: to the PBX one is as good as the other.
"""

from pbx_bridge.calls.events import Loss
from pbx_bridge.calls.waits import CONTEXTS
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, inbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import CLIENT, Stage


@scenario
async def browser_closed(stage: Stage) -> list[ExpectedCall]:
    """101 closes its browser; the client waits, and gives up."""
    return await _client_gives_up(stage, Loss.CLOSED)


@scenario
async def browser_lost_its_network(stage: Stage) -> list[ExpectedCall]:
    """The network of 101's browser is gone; the client waits, and gives up."""
    return await _client_gives_up(stage, Loss.NETWORK)


async def _client_gives_up(stage: Stage, loss: Loss) -> list[ExpectedCall]:
    client, desk = await _talk_and_lose(stage, CONTEXTS[loss])
    await desk.disconnected()
    await stage.wait(1)
    await client.hang_up()
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            ended_by="client",
            parties=[party(CLIENT, "called"), party("101", "answered")],
        )
    ]


async def _talk_and_lose(stage: Stage, context: str) -> tuple[PhoneCall, PhoneCall]:
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk)
    await _lose(stage, context)
    return client, desk


async def _lose(stage: Stage, context: str) -> None:
    browser = await stage.pbx.channel("101")
    where = ("Context", context), ("Exten", "101")
    await stage.pbx.act("BlindTransfer", ("Channel", browser.name), *where)


@scenario
async def browser_stays_away(stage: Stage) -> list[ExpectedCall]:
    """101 talks with the client and goes; nobody is back for 20 s, so 102 of the group answers."""
    eva, petr = await stage.phones("101", "102")
    client = await stage.call_in()
    desk = await eva.incoming()
    other = await petr.incoming()
    await desk.answer()
    await other.disconnected()
    await stage.talk(client, desk)
    await _lose(stage, CONTEXTS[Loss.UNKNOWN])
    await desk.disconnected()
    await eva.behave(refuse=486)
    again = await petr.incoming(seconds=30)
    await again.answer()
    await stage.talk(client, again)
    await again.hang_up()
    await client.disconnected()
    return [
        inbound(
            client,
            "answered",
            answered_by="101",
            ended_by="company",
            parties=[party(CLIENT, "called"), party("101", "answered"), party("102", "transfer")],
        )
    ]
