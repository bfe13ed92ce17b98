"""A supervisor's phone that listens to a talk, and comes into it."""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.keys import spying_root
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, ExpectedTransfer, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import Stage
from tests.pbx.scenarios.talk import Talk, client_with_101


async def _supervised(stage: Stage, context: str, variable: str) -> tuple[Talk, PhoneCall]:
    """The client and 101 talk; the phone 104 is called for its supervisor."""
    lucie = await stage.phone("104")
    talk, _, _ = await client_with_101(stage)
    talking = await stage.pbx.channel("101")
    await stage.pbx.originate(
        "PJSIP/104",
        spying_root("a1b1", "101", talking.linkedid),
        context=context,
        variables=(f"{variable}={talking.name}", *dialplan.AUTO_ANSWER),
    )
    boss = await lucie.incoming()
    await boss.confirmed()
    return talk, boss


@scenario
async def supervisor_listens(stage: Stage) -> list[ExpectedCall]:
    """104 listens to 101 and hangs up: of that the call knows nothing."""
    talk, boss = await _supervised(stage, dialplan.SUPERVISE_CONTEXT, dialplan.SUPERVISED_VARIABLE)
    await stage.talk(talk.client, talk.desk, seconds=1)
    await boss.hang_up()
    await stage.wait(0.5)
    return await talk.client_hangs_up(talk.desk)


@scenario
async def supervisor_listens_to_the_end(stage: Stage) -> list[ExpectedCall]:
    """104 listens until 101 hangs up."""
    talk, boss = await _supervised(stage, dialplan.SUPERVISE_CONTEXT, dialplan.SUPERVISED_VARIABLE)
    await stage.talk(talk.client, talk.desk, seconds=1)
    told = await talk.company_hangs_up(talk.desk)
    await boss.disconnected()
    return told


@scenario
async def supervisor_barges_in(stage: Stage) -> list[ExpectedCall]:
    """104 speaks with both, and leaves again."""
    talk, boss = await _supervised(stage, dialplan.JOIN_CONTEXT, dialplan.JOIN_VARIABLE)
    await stage.talk(talk.client, talk.desk, boss, seconds=1)
    await boss.hang_up()
    await stage.wait(0.5)
    return await talk.client_hangs_up(talk.desk, joined=[party("104", "conference")])


@scenario
async def supervisor_takes_over(stage: Stage) -> list[ExpectedCall]:
    """104 takes the client over from 101; the phone 104 answers by itself."""
    lucie = await stage.phone("104")
    talk, client, desk = await client_with_101(stage)
    talking, outside = await stage.pbx.channel("101"), await stage.pbx.channel("line1")
    at = ("Variable", dialplan.AT_VARIABLE), ("Value", "desk")
    await stage.pbx.act("Setvar", ("Channel", outside.name), *at)
    where = ("Context", dialplan.TAKING_CONTEXT), ("Exten", "104")
    await stage.pbx.act("BlindTransfer", ("Channel", talking.name), *where)
    boss = await lucie.incoming(auto_answer=True)
    await desk.disconnected()
    await stage.talk(client, boss)
    return await talk.client_hangs_up(
        boss,
        rang=["101", "104"],
        transfers=[ExpectedTransfer("takeover", "101", "104")],
        joined=[party("104", "transfer")],
    )
