"""A browser that is closed in the middle of a talk, as the PBX tells it. The desk phone plays the
browser: to the PBX one is as good as the other.
"""

from pbx_bridge.asterisk import dialplan
from tests.pbx.scenarios.expect import ExpectedCall, inbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import CLIENT, Stage


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
    browser = await stage.pbx.channel("101")
    await stage.pbx.act(
        "BlindTransfer",
        ("Channel", browser.name),
        ("Context", dialplan.WAITING_CONTEXT),
        ("Exten", "101"),
    )
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
