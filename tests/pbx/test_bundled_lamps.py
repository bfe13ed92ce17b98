"""Keys with lamps on desk phones: they tell what a colleague does, and take what rings there."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from tests.pbx.harness import RunningPbx
from tests.pbx.lamp import Lamp, Refused, lamp
from tests.pbx.scenarios.mobile import call_the_mobile
from tests.pbx.scenarios.stage import CLIENT, Stage

pytestmark = pytest.mark.pbx


def watching(
    pbx: RunningPbx, who: str, watched: str, password: str | None = None
) -> AbstractAsyncContextManager[Lamp]:
    entry = next(it for it in pbx.directory.extensions if it.number == who)
    return lamp(pbx.host, pbx.sip_port, who, password or entry.password, watched)


async def test_a_lamp_tells_idle_ringing_and_talking(pbx: RunningPbx, stage: Stage) -> None:
    eva = await stage.phone("101")
    async with watching(pbx, "103", "101") as shown:
        await shown.shows("")
        client = await stage.call_in()
        desk = await eva.incoming()
        await shown.shows("early")
        await desk.answer()
        await shown.shows("confirmed")
        assert CLIENT.removeprefix("+") not in shown.bodies[-1]  # with whom is nobody's business
        await client.hang_up()
        await shown.shows("")
        assert 'entity="sip:101@' in shown.bodies[0]


async def test_the_lamp_is_of_desk_phone_and_browser_together(
    pbx: RunningPbx, stage: Stage
) -> None:
    hint = await pbx.command("core show hints")
    assert "PJSIP/101&PJSIP/101-web" in hint.replace(" ", "")
    petr = await stage.phone("102")
    async with watching(pbx, "105", "102") as shown:
        call = await petr.dial("*43")
        await call.confirmed()
        await shown.shows("confirmed")
        await call.hang_up()
        await shown.shows("")


async def test_the_lamp_of_who_speaks_on_the_mobile(pbx: RunningPbx, stage: Stage) -> None:
    """Lit from the key on, not by a mailbox; and dark after a power cut."""
    async with watching(pbx, "103", "101") as shown:
        mobile = await call_the_mobile(stage)
        await mobile.answer()
        await mobile.confirmed()
        await shown.shows("")
        await mobile.digits("1")
        await shown.shows("confirmed")
        client = await (await stage.outside()).incoming()
        await client.answer()
        await mobile.hang_up()
        await client.disconnected()
        await shown.shows("")
        assert shown.states == ["", "confirmed", ""]
    mobile = await call_the_mobile(stage)
    await mobile.answer()
    await mobile.digits("1")
    await (await stage.outside()).incoming()
    assert "InUse" in await _hint(pbx, "101")
    await pbx.kill()
    await pbx.start()
    assert "InUse" not in await _hint(pbx, "101")


async def test_the_lamp_is_lit_until_the_last_mobile_call_ends(
    pbx: RunningPbx, stage: Stage
) -> None:
    async with watching(pbx, "103", "101") as shown:
        talks, outside = [], await stage.outside(capacity=4)
        for one in "12":
            mobile = await call_the_mobile(stage, f"mobile-click-to-call-{one}")
            await mobile.answer()
            await mobile.digits("1")
            client = await outside.incoming()
            await client.answer()
            await mobile.confirmed()
            talks.append((mobile, client))
        await shown.shows("confirmed")
        (mobile, client), (last, its_client) = talks
        await mobile.hang_up()
        await client.disconnected()
        await _channels(pbx, 2)
        assert "InUse" in await _hint(pbx, "101")
        await its_client.hang_up()
        await last.disconnected()
        await shown.shows("")
        assert shown.states == ["", "confirmed", ""]


async def _channels(pbx: RunningPbx, count: int) -> None:
    """Until there are so many."""
    async with asyncio.timeout(10):
        while f"{count} active channel" not in await pbx.command("core show channels count"):
            await asyncio.sleep(0.05)


async def _hint(pbx: RunningPbx, extension: str) -> str:
    hints = (await pbx.command("core show hints")).splitlines()
    return next(it for it in hints if it.startswith(f"{extension}@lamps "))


async def test_a_key_takes_what_rings_within_the_group(pbx: RunningPbx, stage: Stage) -> None:
    eva, marie = await stage.phones("101", "103")
    async with watching(pbx, "103", "101") as shown:
        client = await stage.call_in()
        ringing = await eva.incoming()
        await shown.shows("early")
        taken = await marie.dial("*11101")
        await taken.confirmed()
        await client.confirmed()
        await ringing.disconnected()
        await shown.shows("")


async def test_a_key_of_another_group_takes_nothing(pbx: RunningPbx, stage: Stage) -> None:
    eva, service = await stage.phones("101", "105")
    client = await stage.call_in()
    desk = await eva.incoming()
    refused = await service.dial("*11101")
    assert (await refused.disconnected())["code"] == 403
    await desk.answer()
    await client.confirmed()


async def test_a_line_key_tells_whether_its_line_is_in_use_and_calls_on_it(
    pbx: RunningPbx, stage: Stage
) -> None:
    eva, outside = await stage.phone("101"), await stage.outside()
    async with watching(pbx, "101", "*1*") as shown:
        await shown.shows("")
        call = await eva.dial("*1*")
        await call.confirmed()  # a dial tone
        await call.digits("608765432#")
        client = await outside.incoming(dialled="+420608765432")
        await client.answer()
        await shown.shows("confirmed")
        second = next(
            it for it in (await pbx.command("core show hints")).splitlines() if "*2*" in it
        )
        assert "State:Unavailable" in second  # nobody has registered it
        await stage.talk(call, client, seconds=0.5)
        await call.hang_up()
        await shown.shows("")


async def test_nobody_watches_without_the_password_or_what_is_not_there(pbx: RunningPbx) -> None:
    with pytest.raises(Refused) as wrong:
        async with watching(pbx, "103", "101", password="wrong"):
            pass
    assert wrong.value.code == 401
    for nothing in ("999", "*11", "s", "112", "*3*", "line1"):
        with pytest.raises(Refused) as unknown:
            async with watching(pbx, "103", nothing):
                pass
        assert unknown.value.code == 404
