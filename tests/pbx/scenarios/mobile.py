"""Calls that the CRM places on an employee's mobile telephone: out to it first, then the number.

One provider plays both: the mobile, and the client.
"""

from typing import Any

from pbx_bridge.asterisk import dialplan
from pbx_bridge.directory import mobile_endpoint
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, ExpectedTransfer, outbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import MAIN_NUMBER, MOBILE, Stage

_KEY = "mobile-click-to-call-1"
_CLIENT = "777123456"
_ASKED = "608765432"
_ENDPOINT = mobile_endpoint("101", "line1")


async def call_the_mobile(stage: Stage, key: str = _KEY) -> PhoneCall:
    """The mobile rings."""
    outside = await stage.outside()
    await stage.pbx.originate(
        channel=f"PJSIP/{MOBILE}@{_ENDPOINT}",
        channel_id=key,
        context=dialplan.MOBILE_CONTEXT,
        variables=(f"{dialplan.TO_VARIABLE}={_CLIENT}", f"{dialplan.LINE_VARIABLE}=line1"),
        callerid=f'"{MAIN_NUMBER}" <{MAIN_NUMBER}>',
    )
    return await outside.incoming()


async def _connected(stage: Stage) -> tuple[PhoneCall, PhoneCall]:
    """The key was pressed on the mobile; the client's phone rings."""
    mobile = await call_the_mobile(stage)
    await stage.wait(1)
    await mobile.answer()
    await stage.wait(1)
    await mobile.digits(dialplan.MOBILE_KEY)
    client = await (await stage.outside()).incoming()
    await stage.wait(1)
    return mobile, client


@scenario
async def mobile_click(stage: Stage) -> list[ExpectedCall]:
    """101's mobile answers and presses 1; the client answers; 101 hangs up."""
    mobile, client = await _connected(stage)
    await client.answer()
    await stage.talk(client, mobile)
    await mobile.hang_up()
    await client.disconnected()
    return [_placed(mobile, client, "answered", ended_by="company", **_BOTH)]


@scenario
async def mobile_click_client_hangs_up(stage: Stage) -> list[ExpectedCall]:
    mobile, client = await _connected(stage)
    await client.answer()
    await stage.talk(client, mobile)
    await client.hang_up()
    await mobile.disconnected()
    return [_placed(mobile, client, "answered", ended_by="client", **_BOTH)]


@scenario
async def mobile_click_client_refuses(stage: Stage) -> list[ExpectedCall]:
    """101's mobile presses 1; the client is busy."""
    mobile, client = await _connected(stage)
    await client.reject(486)
    await mobile.disconnected()
    return [_placed(mobile, None, "busy")]


@scenario
async def mobile_is_busy(stage: Stage) -> list[ExpectedCall]:
    """101 speaks on the mobile already: nobody is dialled."""
    mobile = await call_the_mobile(stage)
    await stage.wait(1)
    await mobile.reject(486)
    await mobile.disconnected()
    return [_placed(mobile, None, "failed")]


@scenario
async def mobile_mailbox_answers(stage: Stage) -> list[ExpectedCall]:
    """The mailbox of 101's mobile answers, and presses nothing: nobody is dialled."""
    mobile = await call_the_mobile(stage)
    await stage.wait(1)
    await mobile.answer()
    await mobile.disconnected(40)
    return [_placed(mobile, None, "failed")]


@scenario
async def mobile_sends_the_client_on(stage: Stage) -> list[ExpectedCall]:
    """101 speaks on the mobile, and sends the client to 103 from the page."""
    jana = await stage.phone("103")
    mobile, client = await _connected(stage)
    await client.answer()
    await stage.talk(client, mobile)
    channel = await stage.pbx.channel(_ENDPOINT)
    where = ("Context", dialplan.TRANSFER_CONTEXT), ("Exten", "103")
    await stage.pbx.act("BlindTransfer", ("Channel", channel.name), *where)
    desk = await jana.incoming()
    await mobile.disconnected()
    await desk.answer()
    await stage.talk(client, desk)
    await client.hang_up()
    await desk.disconnected()
    expected = _placed(mobile, client, "answered", ended_by="client", answered_by=_CLIENT)
    expected.parties = [*_BOTH["parties"], party("103", "transfer")]
    expected.transfers = [ExpectedTransfer("blind", "101", "103")]
    expected.rang = ["101", "103"]
    return [expected]


@scenario
async def mobile_asks_and_hangs_up(stage: Stage) -> list[ExpectedCall]:
    """101 speaks on the mobile, asks for 103, and hangs up while it rings there; 103 declines: 101
    presses the key again, and has the client back.
    """
    mobile, client, again = await _given_up(stage)
    await again.answer()
    await stage.wait(1)
    await again.digits(dialplan.MOBILE_KEY)
    await stage.talk(client, again)
    await again.hang_up()
    await client.disconnected()
    expected = _placed(mobile, client, "answered", ended_by="company", **_BOTH)
    expected.transfers = [ExpectedTransfer("attended", "101", "103", returned=True)]
    expected.rang = ["101", "103"]
    return [expected]


@scenario
async def mobile_mailbox_after_asking(stage: Stage) -> list[ExpectedCall]:
    """The same, but the mailbox of the mobile answers: 102 of the line's group has the client."""
    petr = await stage.phone("102")
    mobile, client, again = await _given_up(stage)
    await again.answer()
    other = await petr.incoming(seconds=40)
    await again.disconnected()
    await other.answer()
    await stage.talk(client, other)
    await client.hang_up()
    await other.disconnected()
    expected = _placed(mobile, client, "answered", ended_by="client", answered_by=_CLIENT)
    expected.parties = [*_BOTH["parties"], party("102", "transfer")]
    expected.transfers = [ExpectedTransfer("attended", "101", "103")]
    expected.rang = ["101", "102", "103"]
    return [expected]


@scenario
async def mobile_asks_outside_and_hangs_up(stage: Stage) -> list[ExpectedCall]:
    """101's mobile asks a number outside, and hangs up while it rings: that one has the client."""
    await stage.outside(capacity=4)
    mobile, client = await _connected(stage)
    await client.answer()
    await stage.talk(client, mobile)
    await mobile.digits(f"*{_ASKED}#")
    asked = await (await stage.outside()).incoming()
    await stage.wait(1)
    await mobile.hang_up()
    await stage.wait(1)
    await asked.answer()
    await stage.talk(client, asked)
    await client.hang_up()
    await asked.disconnected()
    expected = _placed(mobile, client, "answered", ended_by="client", answered_by=_CLIENT)
    expected.parties = [*_BOTH["parties"], party(_ASKED, "transfer")]
    expected.transfers = [ExpectedTransfer("attended", "101", _ASKED)]
    return [expected]


async def _given_up(stage: Stage) -> tuple[PhoneCall, PhoneCall, PhoneCall]:
    """The mobile, the client, and the mobile that rings again."""
    jana = await stage.phone("103")
    mobile, client = await _connected(stage)
    await client.answer()
    await stage.talk(client, mobile)
    await mobile.digits("*103#")
    desk = await jana.incoming()
    await stage.wait(1)
    await mobile.hang_up()
    await stage.wait(1)
    await desk.reject(486)
    return mobile, client, await (await stage.outside()).incoming()


_BOTH: dict[str, Any] = {
    "answered_by": _CLIENT,
    "parties": [party("101", "called"), party(_CLIENT, "answered")],
}


def _placed(
    mobile: PhoneCall, client: PhoneCall | None, outcome: str, **fields: object
) -> ExpectedCall:
    """Waiting is until the client answers, who is called when the key was pressed."""
    expected = outbound(mobile, outcome, key=_KEY, rang=["101"], **fields)
    if client is None:
        expected.wait_seconds += expected.talk_seconds
        expected.talk_seconds = 0.0
        return expected
    start = _when(mobile, "incoming")
    answer, end = _when(client, "confirmed"), _when(client, "disconnected")
    expected.wait_seconds = round(answer - start, 2)
    expected.talk_seconds = round(end - answer, 2)
    return expected


def _when(call: PhoneCall, name: str) -> float:
    return next(it.at for it in call.process.events if it.call == call.key and it.name == name)
