"""A third party comes into a talk that goes on, and leaves it again."""

import asyncio

import pytest

from pbx_bridge.asterisk import dialplan
from pbx_bridge.sip.process import PhoneCall, PhoneError
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import CLIENT, MAIN_NUMBER, OTHER_CLIENT, Stage
from tests.pbx.sound import seconds_of

pytestmark = pytest.mark.pbx


async def _talk(stage: Stage) -> tuple[PhoneCall, PhoneCall]:
    """The client and 101 talk."""
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await client.confirmed()
    return client, desk


async def _join(pbx: RunningPbx, phone: str, **fields: str) -> None:
    async with pbx.manager() as manager:
        await manager.act("Status")
        await manager.wait("StatusComplete")
        (talking,) = (
            it["Channel"] for it in manager.all("Status") if it["Channel"].startswith("PJSIP/101-")
        )
    await pbx.originate(
        phone,
        "",
        context=dialplan.JOIN_CONTEXT,
        variables=(f"{dialplan.JOIN_VARIABLE}={talking}",),
        **fields,
    )


async def test_a_colleague_and_an_outside_number_join_and_any_may_leave(
    stage: Stage, pbx: RunningPbx
) -> None:
    client, desk = await _talk(stage)
    jana = await stage.phone("103")
    await _join(pbx, "PJSIP/103")
    colleague = await jana.incoming()
    await colleague.answer()
    await stage.talk(client, desk, colleague, seconds=1)

    outside = await stage.outside()
    await _join(pbx, f"PJSIP/{OTHER_CLIENT}@line1", callerid=f"<{MAIN_NUMBER}>")
    mobile = await outside.incoming(dialled=OTHER_CLIENT)
    assert mobile.invitation is not None
    assert mobile.invitation["number"] == MAIN_NUMBER
    await mobile.answer()
    await stage.talk(client, desk, colleague, mobile, seconds=1)

    await desk.hang_up()
    await stage.talk(client, colleague, mobile, seconds=1)
    await colleague.hang_up()
    await stage.talk(client, mobile, seconds=1)
    await mobile.hang_up()
    await client.disconnected()
    (heard,) = pbx.spool.glob("*.client.wav")
    assert seconds_of(heard) > 4.0
    assert CLIENT not in heard.name


async def test_nobody_joins_a_talk_that_is_over(stage: Stage, pbx: RunningPbx) -> None:
    client, desk = await _talk(stage)
    jana = await stage.phone("103")
    await _join(pbx, "PJSIP/103")
    colleague = await jana.incoming()
    await desk.hang_up()
    await client.disconnected()
    await colleague.answer()
    await asyncio.wait_for(colleague.disconnected(), 5)


async def _joined(stage: Stage, pbx: RunningPbx) -> tuple[PhoneCall, PhoneCall, PhoneCall]:
    """103 has come into the talk of the client and 101."""
    client, desk = await _talk(stage)
    jana = await stage.phone("103")
    await _join(pbx, "PJSIP/103")
    colleague = await jana.incoming()
    await colleague.answer()
    await stage.talk(client, desk, colleague, seconds=1)
    return client, desk, colleague


async def test_who_joined_asks_another_colleague_and_leaves_the_talk_to_them(
    stage: Stage, pbx: RunningPbx
) -> None:
    petr = await stage.phone("102")
    client, desk, colleague = await _joined(stage, pbx)
    await colleague.digits("*102#")
    asked = await petr.incoming(number="103")
    await asked.answer()
    await stage.talk(colleague, asked, seconds=1)
    await stage.talk(client, desk, seconds=1)
    await colleague.hang_up()
    await stage.talk(client, desk, asked, seconds=1)
    await client.hang_up()


async def test_who_joined_sends_the_talk_on_to_another_colleague(
    stage: Stage, pbx: RunningPbx
) -> None:
    lucie = await stage.phone("104")
    client, desk, colleague = await _joined(stage, pbx)
    await colleague.digits("##104")
    asked = await lucie.incoming()
    await asked.answer()
    await colleague.disconnected()
    await stage.talk(client, desk, asked, seconds=1)
    await client.hang_up()


async def test_an_outside_number_that_joined_has_no_codes(stage: Stage, pbx: RunningPbx) -> None:
    lucie = await stage.phone("104")
    client, desk = await _talk(stage)
    outside = await stage.outside()
    await _join(pbx, f"PJSIP/{OTHER_CLIENT}@line1", callerid=f"<{MAIN_NUMBER}>")
    mobile = await outside.incoming(dialled=OTHER_CLIENT)
    await mobile.answer()
    await mobile.digits("##104")
    await desk.wait("dtmf", digit="4")  # all of it went to those in the talk
    await stage.talk(client, desk, mobile, seconds=1)
    with pytest.raises(PhoneError):
        await lucie.incoming(seconds=0.5)
    await client.hang_up()
