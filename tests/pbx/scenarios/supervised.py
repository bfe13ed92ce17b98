"""A supervisor's phone that listens to a talk, and comes into it."""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.keys import spying_root
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, inbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import CLIENT, Stage


async def _supervised(stage: Stage, context: str, variable: str) -> tuple[PhoneCall, ...]:
    """The client and 101 talk; the phone 104 is called for its supervisor."""
    eva, lucie = await stage.phones("101", "104")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=1)
    talking = await stage.pbx.channel("101")
    await stage.pbx.originate(
        "PJSIP/104",
        spying_root("a1b1", "101", talking.linkedid),
        context=context,
        variables=(f"{variable}={talking.name}", *dialplan.AUTO_ANSWER),
    )
    boss = await lucie.incoming()
    await boss.confirmed()
    return client, desk, boss


@scenario
async def supervisor_listens(stage: Stage) -> list[ExpectedCall]:
    """104 listens to 101 and hangs up: of that the call knows nothing."""
    client, desk, boss = await _supervised(
        stage, dialplan.SUPERVISE_CONTEXT, dialplan.SUPERVISED_VARIABLE
    )
    await stage.talk(client, desk, seconds=1)
    await boss.hang_up()
    await stage.wait(0.5)
    await client.hang_up()
    await desk.disconnected()
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


@scenario
async def supervisor_listens_to_the_end(stage: Stage) -> list[ExpectedCall]:
    """104 listens until 101 hangs up."""
    client, desk, boss = await _supervised(
        stage, dialplan.SUPERVISE_CONTEXT, dialplan.SUPERVISED_VARIABLE
    )
    await stage.talk(client, desk, seconds=1)
    await desk.hang_up()
    await client.disconnected()
    await boss.disconnected()
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            ended_by="company",
            parties=[party(CLIENT, "called"), party("101", "answered")],
        )
    ]


@scenario
async def supervisor_barges_in(stage: Stage) -> list[ExpectedCall]:
    """104 speaks with both, and leaves again."""
    client, desk, boss = await _supervised(stage, dialplan.JOIN_CONTEXT, dialplan.JOIN_VARIABLE)
    await stage.talk(client, desk, boss, seconds=1)
    await boss.hang_up()
    await stage.wait(0.5)
    await client.hang_up()
    await desk.disconnected()
    return [
        inbound(
            client,
            "answered",
            rang=["101"],
            answered_by="101",
            ended_by="client",
            parties=[
                party(CLIENT, "called"),
                party("101", "answered"),
                party("104", "conference"),
            ],
        )
    ]
