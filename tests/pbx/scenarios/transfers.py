"""Calls that are handed on."""

from tests.pbx.scenarios.expect import ExpectedCall, ExpectedTransfer, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import Stage
from tests.pbx.scenarios.talk import client_with_101

_OUTSIDE_DIALLED = "608765432"


@scenario
async def blind_refer(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to 103 with the transfer key; 103 answers; the client hangs up."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.transfer("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await desk.disconnected()
    await stage.talk(client, other)
    return await talk.client_hangs_up(
        other,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("blind", "101", "103")],
        joined=[party("103", "transfer")],
    )


@scenario
async def blind_refer_returned(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to 103, who declines: 101 rings again and has the client back."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.transfer("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.reject(486)
    again = await talk.eva.incoming()
    await again.answer()
    await stage.talk(client, again)
    return await talk.company_hangs_up(
        again,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("blind", "101", "103", returned=True)],
    )


@scenario
async def attended_refer(stage: Stage) -> list[ExpectedCall]:
    """101 holds the client, talks to 103, joins them with the transfer key; 103 hangs up."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.hold()
    consult = await talk.eva.dial("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(consult, other)
    await desk.transfer_to(consult)
    await desk.disconnected()
    await stage.talk(client, other)
    return await talk.company_hangs_up(
        other,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("attended", "101", "103")],
        held_by=["101"],
        joined=[party("103", "transfer")],
    )


@scenario
async def feature_transfer_finished(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103#, talks to 103, hangs up: the client and 103 are joined."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.digits("*103#")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(desk, other)
    await desk.hang_up()
    await stage.talk(client, other)
    return await talk.client_hangs_up(
        other,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("attended", "101", "103")],
        joined=[party("103", "transfer")],
    )


@scenario
async def feature_transfer_abandoned(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103#, talks to 103, who hangs up: 101 has the client again."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.digits("*103#")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(desk, other)
    await other.hang_up()
    await stage.talk(client, desk)
    return await talk.company_hangs_up(desk, rang=["101", "103"])


@scenario
async def feature_transfer_returned(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103# and hangs up while 103 rings; nobody answers there: 101 has it back."""
    jana = await stage.phone("103")
    talk, client, desk = await client_with_101(stage)
    await desk.digits("*103#")
    await jana.incoming()
    await stage.wait(1)
    await desk.hang_up()
    again = await talk.eva.incoming(seconds=30)
    await again.answer()
    await stage.talk(client, again)
    return await talk.client_hangs_up(
        again,
        rang=["101", "103"],
        transfers=[ExpectedTransfer("attended", "101", "103", returned=True)],
    )


@scenario
async def feature_transfer_taken_by_nobody(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103# and hangs up while 103 rings; neither 103 nor 101 takes the client: the
    line's group rings, and 102 has him.
    """
    jana, petr = await stage.phones("103", "102")
    talk, client, desk = await client_with_101(stage)
    await (await petr.incoming()).disconnected()
    await desk.digits("*103#")
    asked = await jana.incoming()
    await desk.hang_up()
    await stage.wait(1)
    await asked.reject(486)
    again = await talk.eva.incoming(seconds=30)
    await again.reject(603)
    group = await petr.incoming(seconds=30)
    await group.answer()
    await stage.talk(client, group)
    return await talk.client_hangs_up(
        group,
        rang=["101", "102", "103"],
        transfers=[ExpectedTransfer("attended", "101", "103")],
        joined=[party("102", "transfer")],
    )


@scenario
async def blind_refer_outside(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to a number outside, which answers."""
    talk, client, desk = await client_with_101(stage)
    outside = await stage.outside()
    await desk.transfer(_OUTSIDE_DIALLED)
    mobile = await outside.incoming()
    await stage.wait(1)
    await mobile.answer()
    await desk.disconnected()
    await stage.talk(client, mobile)
    await mobile.hang_up()
    await client.disconnected()
    return [
        talk.told(
            None,
            transfers=[ExpectedTransfer("blind", "101", _OUTSIDE_DIALLED)],
            joined=[party(_OUTSIDE_DIALLED, "transfer")],
        )
    ]


@scenario
async def feature_transfer_outside(stage: Stage) -> list[ExpectedCall]:
    """101 presses *608765432#, talks to that number, hangs up: the client is joined with it."""
    talk, client, desk = await client_with_101(stage)
    outside = await stage.outside()
    await desk.digits(f"*{_OUTSIDE_DIALLED}#")
    mobile = await outside.incoming()
    await stage.wait(1)
    await mobile.answer()
    await stage.talk(desk, mobile)
    await desk.hang_up()
    await stage.talk(client, mobile)
    return await talk.client_hangs_up(
        mobile,
        transfers=[ExpectedTransfer("attended", "101", _OUTSIDE_DIALLED)],
        joined=[party(_OUTSIDE_DIALLED, "transfer")],
    )


@scenario
async def feature_transfer_outside_while_it_rings(stage: Stage) -> list[ExpectedCall]:
    """101 presses *608765432# and hangs up while it rings there: the client is joined with it."""
    talk, client, desk = await client_with_101(stage)
    outside = await stage.outside()
    await desk.digits(f"*{_OUTSIDE_DIALLED}#")
    mobile = await outside.incoming()
    await stage.wait(1)
    await desk.hang_up()
    await stage.wait(1)
    await mobile.answer()
    await stage.talk(client, mobile)
    return await talk.client_hangs_up(
        mobile,
        transfers=[ExpectedTransfer("attended", "101", _OUTSIDE_DIALLED)],
        joined=[party(_OUTSIDE_DIALLED, "transfer")],
    )
