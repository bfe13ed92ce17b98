"""The headless phone against the real PBX: what it does, what it hears, what it reports."""

import asyncio
import os
import signal
import wave
from array import array
from pathlib import Path

import pytest

from pbx_bridge.sip.process import PhoneCall, PhoneProcess, RegistrationFailed
from tests.pbx.harness import RunningPbx
from tests.pbx.scenarios.stage import CLIENT, MAIN_NUMBER, Stage
from tests.pbx.sound import loudest_hz

pytestmark = pytest.mark.pbx


async def _talking(stage: Stage, one: str, other: str) -> tuple[PhoneCall, PhoneCall]:
    """A call between two extensions, answered."""
    caller, called = await stage.phones(one, other)
    call = await caller.dial(other)
    desk = await called.incoming()
    await desk.answer()
    await call.confirmed()
    return call, desk


async def _listen(call: PhoneCall, file: Path, seconds: float = 1.0) -> Path:
    """What `call` hears for so long."""
    await call.record(file)
    await asyncio.sleep(seconds)
    await call.tell("stop-record")
    await call.wait("recorded", file=str(file))
    return file


async def _heard(call: PhoneCall, file: Path) -> float:
    """The loudest frequency that `call` hears now."""
    return loudest_hz(await _listen(call, file))


async def test_both_sides_hear_each_other(stage: Stage, tmp_path: Path) -> None:
    call, desk = await _talking(stage, "101", "103")
    await call.tell("tone", hz=440)
    await desk.tell("tone", hz=700)

    there, here = await asyncio.gather(
        _heard(call, tmp_path / "a" / "call.wav"), _heard(desk, tmp_path / "b" / "desk.wav")
    )

    assert there == pytest.approx(700, abs=3)
    assert here == pytest.approx(440, abs=3)
    stats = await call.stats()
    assert stats["codec"] == "PCMA"
    assert stats["received"] > 20
    assert stats["mos"] > 4


async def test_mute_silences_only_us(stage: Stage, tmp_path: Path) -> None:
    call, desk = await _talking(stage, "101", "103")
    await call.tell("tone", hz=440)
    await desk.tell("tone", hz=700)
    await call.tell("mute")
    await asyncio.sleep(0.3)  # what is on its way is still heard

    assert await _heard(call, tmp_path / "call.wav") == pytest.approx(700, abs=3)
    with wave.open(str(await _listen(desk, tmp_path / "muted.wav"))) as muted:
        samples = array("h", muted.readframes(muted.getnframes()))
    await call.tell("unmute")

    assert len(samples) > 4000
    assert max(map(abs, samples)) < 50
    assert await _heard(desk, tmp_path / "desk.wav") == pytest.approx(440, abs=3)


@pytest.mark.parametrize("method", ["rfc4733", "info"])
async def test_digits_arrive_in_order(stage: Stage, method: str) -> None:
    call, desk = await _talking(stage, "101", "103")

    await call.digits("1590", method)
    last = await desk.wait("dtmf", digit="0")

    told = [it for it in desk.process.events if it.name == "dtmf" and it.call == desk.key]
    assert [it["digit"] for it in told] == ["1", "5", "9", "0"]
    assert told[-1] == last


async def test_hold_and_resume_are_told_and_the_call_goes_on(stage: Stage, tmp_path: Path) -> None:
    call, desk = await _talking(stage, "101", "103")
    await desk.tell("tone", hz=700)

    await call.hold()
    await call.resume()

    assert await _heard(call, tmp_path / "call.wav") == pytest.approx(700, abs=3)


async def test_a_conference_in_the_phone_lets_both_others_hear_each_other(
    stage: Stage, tmp_path: Path
) -> None:
    first, desk = await _talking(stage, "101", "103")
    await first.hold()
    second, other = await _talking(stage, "101", "104")
    await first.tell("silence")
    await second.tell("silence")
    await desk.tell("tone", hz=700)
    await other.tell("tone", hz=900)

    await first.process.tell("merge", calls=[first.key, second.key])
    await first.wait("resumed")
    await asyncio.sleep(0.3)
    at_103, at_104 = await asyncio.gather(
        _heard(desk, tmp_path / "a" / "x.wav"), _heard(other, tmp_path / "b" / "x.wav")
    )

    assert at_103 == pytest.approx(900, abs=3)
    assert at_104 == pytest.approx(700, abs=3)


async def test_refusals_carry_their_codes(stage: Stage) -> None:
    eva, jana = await stage.phones("101", "103")
    await jana.behave(refuse=486)
    busy = await (await eva.dial("103")).disconnected()
    await jana.behave(refuse=603)
    declined = await (await eva.dial("103")).disconnected()
    unknown = await (await eva.dial("199")).disconnected()

    assert (busy["code"], busy["by"]) == (486, "remote")
    assert declined["code"] in (403, 603)  # Asterisk tells a declined call as forbidden
    assert unknown["code"] == 404


async def test_it_answers_by_itself_after_a_while_and_hangs_up(stage: Stage) -> None:
    eva = await stage.phone("101")
    await stage.phone("103", answer_after=0.5, hang_up_after=0.5)

    call = await eva.dial("103")
    ringing = await call.ringing()
    answered = await call.confirmed()
    ended = await call.disconnected()

    assert 0.3 < answered.at - ringing.at < 8
    assert 0.4 < ended["seconds"] < 8


async def test_a_client_is_shown_and_a_withheld_one_is_not(stage: Stage) -> None:
    eva = await stage.phone("101")
    client = await stage.call_in()
    shown = (await eva.incoming()).invitation
    await client.hang_up()
    hidden_client = await stage.call_in(None)
    hidden = (await eva.incoming()).invitation
    await hidden_client.hang_up()

    assert shown is not None
    assert hidden is not None
    assert shown["number"] == CLIENT
    assert hidden["number"] is None
    assert CLIENT not in hidden.to_line()


async def test_a_line_hears_which_number_was_dialled(stage: Stage) -> None:
    eva = await stage.phone("101")
    outside = await stage.outside()

    await eva.dial("777123456")
    client = await outside.incoming()

    assert client.invitation is not None
    assert client.invitation["dialled"].endswith("777123456")
    assert client.invitation["number"] == MAIN_NUMBER
    await client.reject()


async def test_a_wrong_password_is_told(pbx: RunningPbx) -> None:
    async with PhoneProcess() as phones:
        with pytest.raises(RegistrationFailed) as refused:
            await phones.register("101", "wrong", pbx.host, pbx.sip_port)
    assert refused.value.code == 401


async def test_when_it_is_ended_it_hangs_up_and_unregisters(stage: Stage, pbx: RunningPbx) -> None:
    jana = await stage.phone("103")
    password = next(it.password for it in pbx.directory.extensions if it.number == "101")
    async with pbx.manager() as manager, PhoneProcess() as phones:
        eva = await phones.register("101", password, pbx.host, pbx.sip_port)
        await eva.dial("103")
        desk = await jana.incoming()
        await desk.answer()
        assert phones.pid is not None
        os.kill(phones.pid, signal.SIGTERM)

        ended = await desk.disconnected()
        await manager.wait("ContactStatus", ContactStatus="Removed", AOR="101")

    assert ended["cause"] == 16
