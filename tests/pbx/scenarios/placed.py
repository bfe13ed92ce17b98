"""Calls that the CRM places: first the employee's own phone, then the number."""

from pbx_bridge.asterisk import dialplan
from pbx_bridge.sip.process import PhoneCall
from tests.pbx.scenarios.expect import ExpectedCall, outbound, party
from tests.pbx.scenarios.registry import scenario
from tests.pbx.scenarios.stage import Stage

_KEY = "click-to-call-1"


async def _click(stage: Stage, to: str) -> None:
    await stage.pbx.originate(
        channel="PJSIP/101",
        channel_id=_KEY,
        context=dialplan.CLICK_CONTEXT,
        variables=(
            f"{dialplan.TO_VARIABLE}={to}",
            f"{dialplan.LINE_VARIABLE}=line1",
            *dialplan.AUTO_ANSWER,
        ),
    )


@scenario
async def click_to_call(stage: Stage) -> list[ExpectedCall]:
    """101's phone answers by itself, the client is dialled and answers; 101 hangs up."""
    eva = await stage.phone("101")
    outside = await stage.outside()
    await _click(stage, "777123456")
    desk = await eva.incoming(auto_answer=True)
    await desk.confirmed()
    client = await outside.incoming()
    await stage.wait(1)
    await client.answer()
    await stage.talk(client, desk)
    await desk.hang_up()
    await client.disconnected()
    return [
        _placed(
            desk,
            client,
            "answered",
            answered_by="777123456",
            ended_by="company",
            parties=[party("101", "called"), party("777123456", "answered")],
        )
    ]


@scenario
async def click_to_call_client_refuses(stage: Stage) -> list[ExpectedCall]:
    """101's phone answers by itself; the client is busy."""
    eva = await stage.phone("101")
    outside = await stage.outside()
    await _click(stage, "777123456")
    desk = await eva.incoming(auto_answer=True)
    client = await outside.incoming()
    await stage.wait(1)
    await client.reject(486)
    await desk.disconnected()
    return [_placed(desk, None, "busy")]


@scenario
async def click_to_call_employee_refuses(stage: Stage) -> list[ExpectedCall]:
    """101 declines their own phone's ringing: nobody is dialled."""
    eva = await stage.phone("101")
    await stage.outside()
    await eva.behave(auto_answer=False)
    await _click(stage, "777123456")
    desk = await eva.incoming()
    await stage.wait(1)
    await desk.reject(603)
    await desk.disconnected()
    return [_placed(desk, None, "failed")]


def _placed(
    desk: PhoneCall, client: PhoneCall | None, outcome: str, **fields: object
) -> ExpectedCall:
    """Waiting and talking are the client's, who is dialled when 101's phone has answered."""
    expected = outbound(desk, outcome, key=_KEY, rang=["101"], **fields)
    total = expected.wait_seconds + expected.talk_seconds
    answered = None if client is None else _answered_after(desk, client)
    expected.wait_seconds = total if answered is None else answered
    expected.talk_seconds = round(total - expected.wait_seconds, 2)
    return expected


def _answered_after(desk: PhoneCall, client: PhoneCall) -> float:
    def first(call: PhoneCall, name: str) -> float:
        return next(it.at for it in call.process.events if it.call == call.key and it.name == name)

    return round(first(client, "confirmed") - first(desk, "incoming"), 2)
