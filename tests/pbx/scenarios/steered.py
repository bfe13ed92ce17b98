"""Calls that are steered while they go on: by codes on the phone, and by the CRM."""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.keys import joining_root
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, ExpectedTransfer, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import MAIN_NUMBER, OTHER_CLIENT, Stage
from tests.pbx.scenarios.talk import Talk, client_with_101


async def _invite(
    stage: Stage, phone: str, number: str | None = None, token: str = "a1b1", **more: str
) -> None:
    talking = await stage.pbx.channel("101")
    await stage.pbx.originate(
        phone,
        joining_root("a1b2" if number else token, talking.linkedid, number),
        context=dialplan.JOIN_CONTEXT,
        variables=(
            f"{dialplan.JOIN_VARIABLE}={talking.name}",
            f"{dialplan.INVITATION_VARIABLE}={'b2' if number else 'b1'}",
        ),
        **more,
    )


@scenario
async def server_hold(stage: Stage) -> list[ExpectedCall]:
    """The CRM holds the client of 101's phone twice, and takes it off hold."""
    talk, client, desk = await client_with_101(stage)
    for _turn in range(2):
        await stage.press("101", dialplan.HOLD_KEY)
        await stage.wait(1)
        await stage.press("101", dialplan.RESUME_KEY)
        await stage.wait(0.5)
    await stage.talk(client, desk)
    return await talk.client_hangs_up(desk, held_by=["101"])


@scenario
async def server_hold_then_transferred(stage: Stage) -> list[ExpectedCall]:
    """The client whom the CRM holds is sent to 103 with the transfer key, and is heard there."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await stage.press("101", dialplan.HOLD_KEY)
    await stage.wait(1)
    await desk.transfer("103")
    other = await jana.incoming()
    await other.answer()
    await desk.disconnected()
    await stage.talk(client, other)
    return await talk.company_hangs_up(
        other,
        rang=["101", "103"],
        held_by=["101"],
        transfers=[ExpectedTransfer("blind", "101", "103")],
        joined=[party("103", "transfer")],
    )


@scenario
async def code_blind(stage: Stage) -> list[ExpectedCall]:
    """101 dials ##103: 103 rings, answers and has the client."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.digits("##103#")
    other = await jana.incoming()
    await desk.disconnected()
    await other.answer()
    await stage.talk(client, other)
    return await talk.client_hangs_up(
        other,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("blind", "101", "103")],
        joined=[party("103", "transfer")],
    )


@scenario
async def code_blind_returned(stage: Stage) -> list[ExpectedCall]:
    """101 dials ##103, who declines: 101 has the client back."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.digits("##103#")
    other = await jana.incoming()
    await desk.disconnected()
    await other.reject(486)
    again = await talk.eva.incoming()
    await again.answer()
    await stage.talk(client, again)
    return await talk.client_hangs_up(
        again,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("blind", "101", "103", returned=True)],
    )


@scenario
async def outside_blind_returned(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to a mobile that is busy: 101 has the client back."""
    talk, client, desk = await client_with_101(stage)
    outside = await stage.outside()
    await desk.transfer("608765432")
    mobile = await outside.incoming()
    await desk.disconnected()
    await mobile.reject(486)
    again = await talk.eva.incoming()
    await again.answer()
    await stage.talk(client, again)
    return await talk.client_hangs_up(
        again, transfers=[ExpectedTransfer("blind", "101", "608765432", returned=True)]
    )


@scenario
async def transfer_of_a_transfer(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to 103 by the key, 103 hands on to 104 by *104#; 104 hangs up."""
    jana, karel = await stage.phones("103", "104")
    talk, client, desk = await client_with_101(stage)
    await desk.transfer("103")
    second = await jana.incoming()
    await second.answer()
    await desk.disconnected()
    await stage.talk(client, second, seconds=1)
    await second.digits("*104#")
    third = await karel.incoming()
    await third.answer()
    await stage.talk(second, third, seconds=1)
    await second.hang_up()
    await stage.talk(client, third, seconds=1)
    return await talk.company_hangs_up(
        third,
        rang=["101", "103", "104"],
        consulted=["104"],
        transfers=[
            ExpectedTransfer("blind", "101", "103"),
            ExpectedTransfer("attended", "103", "104"),
        ],
        joined=[party("103", "transfer"), party("104", "transfer")],
    )


@scenario
async def consulted_then_together(stage: Stage) -> list[ExpectedCall]:
    """The CRM lets 101 consult 103, go between both, and bring all three together; 101 leaves."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    talking = await stage.pbx.channel("101")
    context = ("Context", dialplan.TRANSFER_CONTEXT)
    await stage.pbx.act("Atxfer", ("Channel", talking.name), context, ("Exten", "103#"))
    other = await jana.incoming()
    await other.answer()
    await stage.talk(desk, other, seconds=1)
    await stage.press("101", dialplan.CONSULT_SWAP)
    await stage.talk(client, desk, seconds=1)
    await stage.press("101", dialplan.CONSULT_SWAP)
    await stage.talk(desk, other, seconds=1)
    await stage.press("101", dialplan.CONSULT_TOGETHER)
    await stage.talk(client, desk, other, seconds=1)
    await desk.hang_up()
    await stage.talk(client, other, seconds=1)
    return await talk.client_hangs_up(
        other,
        rang=["101", "103"],
        consulted=["103"],
        # 103 is with the client a moment before 101 is.
        joined=[party("103", "transfer")],
    )


@scenario
async def conference_called_in(stage: Stage) -> list[ExpectedCall]:
    """The CRM calls 103 and a mobile into the talk; 101 leaves it to the others."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await _invite(stage, "PJSIP/103")
    other = await jana.incoming()
    await other.answer()
    await stage.talk(client, desk, other, seconds=1)
    outside = await stage.outside()
    await _invite(stage, f"PJSIP/{OTHER_CLIENT}@line1", OTHER_CLIENT, callerid=f"<{MAIN_NUMBER}>")
    mobile = await outside.incoming(number=MAIN_NUMBER)
    await mobile.answer()
    await stage.talk(client, desk, other, mobile, seconds=1)
    await desk.hang_up()
    await stage.talk(client, other, mobile, seconds=1)
    await mobile.hang_up()
    await stage.talk(client, other, seconds=1)
    return await talk.client_hangs_up(
        other,
        rang=["101", "103"],
        joined=[party("103", "conference"), party(OTHER_CLIENT, "conference")],
    )


@scenario
async def conference_at_two_phones(stage: Stage) -> list[ExpectedCall]:
    """103 is called into the talk at two telephones and answers both: the first comes in."""
    jana = await stage.phone("103")
    upstairs = await stage.second_phone("103")
    talk, client, desk = await client_with_101(stage)
    for turn, device in enumerate(await stage.pbx.devices("103")):
        await _invite(stage, device, token=f"a1b{turn}")
    other, late = await jana.incoming(), await upstairs.incoming()
    await other.answer()
    await stage.talk(client, desk, other, seconds=1)
    await late.answer()
    await late.disconnected()
    await stage.talk(client, desk, other, seconds=1)
    await other.hang_up()
    await stage.talk(client, desk, seconds=1)
    return await talk.client_hangs_up(
        desk, rang=["101", "103"], joined=[party("103", "conference")]
    )


@scenario
async def conference_refused(stage: Stage) -> list[ExpectedCall]:
    """103, called into the talk by the CRM, declines; the talk goes on."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await _invite(stage, "PJSIP/103")
    other = await jana.incoming()
    await stage.wait(0.5)
    await other.reject(603)
    await stage.talk(client, desk)
    return await talk.company_hangs_up(desk, rang=["101", "103"])


async def _three_with_103(stage: Stage) -> tuple[Talk, PhoneCall]:
    """103 was called into the talk of 101 and the client; its call."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await _invite(stage, "PJSIP/103")
    other = await jana.incoming()
    await other.answer()
    await stage.talk(client, desk, other, seconds=1)
    return talk, other


@scenario
async def conference_consults(stage: Stage) -> list[ExpectedCall]:
    """103, who was called into the talk, asks 104 by *104# and hangs up: 104 takes the place."""
    lucie = await stage.phone("104")
    talk, other = await _three_with_103(stage)
    client, desk = talk.client, talk.desk
    await other.digits("*104#")
    asked = await lucie.incoming()
    await asked.answer()
    await stage.talk(other, asked, seconds=1)
    await other.hang_up()
    await stage.talk(client, desk, asked, seconds=1)
    await desk.hang_up()
    await stage.talk(client, asked, seconds=1)
    return await talk.client_hangs_up(
        asked,
        rang=["101", "103", "104"],
        transfers=[ExpectedTransfer("attended", "103", "104")],
        joined=[party("103", "conference"), party("104", "conference")],
    )


@scenario
async def conference_sends_on(stage: Stage) -> list[ExpectedCall]:
    """103, who was called into the talk, leaves the place to 104 by ##104."""
    lucie = await stage.phone("104")
    talk, other = await _three_with_103(stage)
    client, desk = talk.client, talk.desk
    await other.digits("##104#")
    asked = await lucie.incoming()
    await asked.answer()
    await other.disconnected()
    await stage.talk(client, desk, asked, seconds=1)
    await desk.hang_up()
    await stage.talk(client, asked, seconds=1)
    return await talk.client_hangs_up(
        asked,
        rang=["101", "103", "104"],
        transfers=[ExpectedTransfer("blind", "103", "104")],
        joined=[party("103", "conference"), party("104", "conference")],
    )
