"""Calls that are handed on."""

from pbx_bridge.sip.process import Phone, PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, ExpectedParty, ExpectedTransfer, inbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import CLIENT, Stage

_OUTSIDE_DIALLED = "608765432"


async def _client_with_101(stage: Stage) -> tuple[PhoneCall, Phone, PhoneCall]:
    """The client's call, 101's phone, and the call on it: talking."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=1)
    return client, eva, desk


def _told(client: PhoneCall, ended_by: str | None, **fields: object) -> ExpectedCall:
    return inbound(
        client, "answered", rang=fields.pop("rang"), answered_by="101", ended_by=ended_by, **fields
    )


def _parties(*others: ExpectedParty) -> list[ExpectedParty]:
    return [party(CLIENT, "called"), party("101", "answered"), *others]


@scenario
async def blind_refer(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to 103 with the transfer key; 103 answers; the client hangs up."""
    jana = await stage.phone("103")
    client, _, desk = await _client_with_101(stage)
    await desk.transfer("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await desk.disconnected()
    await stage.talk(client, other)
    await client.hang_up()
    await other.disconnected()
    return [
        _told(
            client,
            "client",
            rang=["101", "103"],
            transfers=[ExpectedTransfer("blind", "101", "103")],
            parties=_parties(party("103", "transfer")),
        )
    ]


@scenario
async def blind_refer_returned(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to 103, who declines: 101 rings again and has the client back."""
    jana = await stage.phone("103")
    client, eva, desk = await _client_with_101(stage)
    await desk.transfer("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.reject(486)
    again = await eva.incoming()
    await again.answer()
    await stage.talk(client, again)
    await again.hang_up()
    await client.disconnected()
    return [
        _told(
            client,
            "company",
            rang=["101", "103"],
            transfers=[ExpectedTransfer("blind", "101", "103", returned=True)],
            parties=_parties(),
        )
    ]


@scenario
async def attended_refer(stage: Stage) -> list[ExpectedCall]:
    """101 holds the client, talks to 103, joins them with the transfer key; 103 hangs up."""
    jana = await stage.phone("103")
    client, eva, desk = await _client_with_101(stage)
    await desk.hold()
    consult = await eva.dial("103")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(consult, other)
    await desk.transfer_to(consult)
    await desk.disconnected()
    await stage.talk(client, other)
    await other.hang_up()
    await client.disconnected()
    return [
        _told(
            client,
            "company",
            rang=["101", "103"],
            transfers=[ExpectedTransfer("attended", "101", "103")],
            held_by=["101"],
            parties=_parties(party("103", "transfer")),
        )
    ]


@scenario
async def feature_transfer_finished(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103#, talks to 103, hangs up: the client and 103 are joined."""
    jana = await stage.phone("103")
    client, _, desk = await _client_with_101(stage)
    await desk.digits("*103#")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(desk, other)
    await desk.hang_up()
    await stage.talk(client, other)
    await client.hang_up()
    await other.disconnected()
    return [
        _told(
            client,
            "client",
            rang=["101", "103"],
            transfers=[ExpectedTransfer("attended", "101", "103")],
            parties=_parties(party("103", "transfer")),
        )
    ]


@scenario
async def feature_transfer_abandoned(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103#, talks to 103, who hangs up: 101 has the client again."""
    jana = await stage.phone("103")
    client, _, desk = await _client_with_101(stage)
    await desk.digits("*103#")
    other = await jana.incoming()
    await stage.wait(1)
    await other.answer()
    await stage.talk(desk, other)
    await other.hang_up()
    await stage.talk(client, desk)
    await desk.hang_up()
    await client.disconnected()
    return [_told(client, "company", rang=["101", "103"], parties=_parties())]


@scenario
async def feature_transfer_returned(stage: Stage) -> list[ExpectedCall]:
    """101 presses *103# and hangs up while 103 rings; nobody answers there: 101 has it back."""
    jana = await stage.phone("103")
    client, eva, desk = await _client_with_101(stage)
    await desk.digits("*103#")
    await jana.incoming()
    await stage.wait(1)
    await desk.hang_up()
    again = await eva.incoming(seconds=30)
    await again.answer()
    await stage.talk(client, again)
    await client.hang_up()
    await again.disconnected()
    return [
        _told(
            client,
            "client",
            rang=["101", "103"],
            transfers=[ExpectedTransfer("attended", "101", "103", returned=True)],
            parties=_parties(),
        )
    ]


@scenario
async def blind_refer_outside(stage: Stage) -> list[ExpectedCall]:
    """101 sends the client to a number outside, which answers."""
    client, _, desk = await _client_with_101(stage)
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
        _told(
            client,
            None,
            rang=["101"],
            transfers=[ExpectedTransfer("blind", "101", _OUTSIDE_DIALLED)],
            parties=_parties(party(_OUTSIDE_DIALLED, "transfer")),
        )
    ]


@scenario
async def feature_transfer_outside(stage: Stage) -> list[ExpectedCall]:
    """101 presses *608765432#, talks to that number, hangs up: the client is joined with it."""
    client, _, desk = await _client_with_101(stage)
    outside = await stage.outside()
    await desk.digits(f"*{_OUTSIDE_DIALLED}#")
    mobile = await outside.incoming()
    await stage.wait(1)
    await mobile.answer()
    await stage.talk(desk, mobile)
    await desk.hang_up()
    await stage.talk(client, mobile)
    await client.hang_up()
    await mobile.disconnected()
    return [
        _told(
            client,
            "client",
            rang=["101"],
            transfers=[ExpectedTransfer("attended", "101", _OUTSIDE_DIALLED)],
            parties=_parties(party(_OUTSIDE_DIALLED, "transfer")),
        )
    ]
