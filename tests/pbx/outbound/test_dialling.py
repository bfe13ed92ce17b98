"""What employees dial on the bundled PBX, and what they may not."""

from dataclasses import replace
from pathlib import Path

import pytest

from pbx_bridge.asterisk.announcing import sound_name
from pbx_bridge.directory import Announcement
from tests.pbx.harness import RunningPbx
from tests.pbx.outbound.outside import OUTSIDE
from tests.pbx.scenarios.stage import MAIN_NUMBER, SERVICE_NUMBER, Stage
from tests.pbx.sound import loudest_hz, loudness, seconds_of

pytestmark = pytest.mark.pbx


@pytest.mark.parametrize(
    "dialled", [OUTSIDE, f"+420{OUTSIDE}", f"00420{OUTSIDE}", "0033140506070", "+33140506070"]
)
async def test_a_number_goes_out_in_e164_with_the_lines_own_number(
    stage: Stage, dialled: str
) -> None:
    eva, outside = await stage.phone("101"), await stage.outside()
    call = await eva.dial(dialled)
    client = await outside.incoming()
    assert client.invitation is not None
    expected = "+33140506070" if "33140" in dialled else f"+420{OUTSIDE}"
    assert client.invitation["dialled"] == expected
    assert client.invitation["number"] == MAIN_NUMBER
    assert "Employee" not in str(client.invitation["headers"])
    await call.hang_up()
    await client.disconnected()


async def test_an_employee_chooses_the_line(stage: Stage) -> None:
    eva, second = await stage.phone("101"), await stage.outside("line2")
    call = await eva.dial(f"*2*{OUTSIDE}")
    client = await second.incoming(number=SERVICE_NUMBER, dialled=f"+420{OUTSIDE}")
    await call.hang_up()
    await client.disconnected()


async def test_each_goes_out_on_the_own_default_line(stage: Stage) -> None:
    petr, second = await stage.phone("102"), await stage.outside("line2")
    call = await petr.dial(OUTSIDE)
    client = await second.incoming(number=SERVICE_NUMBER)
    await call.hang_up()
    await client.disconnected()


async def test_a_line_that_one_may_not_use_is_refused(stage: Stage) -> None:
    petr, jana = await stage.phones("102", "103")
    await stage.outside()
    await stage.outside("line2")
    for phone, dialled, code in [
        (jana, OUTSIDE, 403),
        (jana, f"*1*{OUTSIDE}", 404),
        (petr, f"*2*{OUTSIDE}", 404),  # has one line
    ]:
        call = await phone.dial(dialled)
        assert (await call.disconnected())["code"] == code, dialled


async def test_an_emergency_call_goes_out_all_the_same(stage: Stage) -> None:
    jana, outside = await stage.phone("103"), await stage.outside()
    call = await jana.dial("112")
    client = await outside.incoming(dialled="112", number=MAIN_NUMBER)  # which can be called back
    assert client.invitation is not None
    assert "Employee" not in str(client.invitation["headers"])
    await call.hang_up()
    await client.disconnected()


@pytest.mark.parametrize("first", ["is not there", "is congested"])
async def test_an_emergency_call_takes_another_line_where_the_first_fails(
    pbx: RunningPbx, stage: Stage, first: str
) -> None:
    """103 may use none, 101 has the first; both lines' world takes the call."""
    if first == "is congested":
        await stage.outside("line1", refuse=503)
    other = await stage.outside("line2")
    for extension in ("101", "103"):
        phone = await stage.phone(extension)
        call = await phone.dial("112")
        client = await other.incoming(dialled="112", number=SERVICE_NUMBER)
        await client.answer()
        await call.confirmed()
        await call.hang_up()
        await client.disconnected()


async def test_an_emergency_call_that_no_line_takes_ends(stage: Stage) -> None:
    eva = await stage.phone("101")
    call = await eva.dial("112")
    assert (await call.disconnected())["code"] >= 400


@pytest.mark.parametrize(
    "dialled", ["199", "7", "12345", "*99", "**", "#", "7771234567890123", "+0777123456"]
)
async def test_what_nobody_has_is_answered_with_not_found(stage: Stage, dialled: str) -> None:
    eva = await stage.phone("101")
    await stage.outside()
    call = await eva.dial(dialled)
    assert (await call.disconnected())["code"] == 404


@pytest.mark.parametrize(
    "dialled",
    [
        "777123456,120,b(evil)",
        "777123456&PJSIP/102",
        "777123456)",
        "${SHELL(id)}",
        "s",
        "777123456;x",
    ],
)
async def test_nothing_but_digits_is_dialled(stage: Stage, dialled: str) -> None:
    eva, petr, outside = await stage.phone("101"), await stage.phone("102"), await stage.outside()
    mark = outside.process.mark()
    call = await eva.dial(dialled)
    assert (await call.disconnected())["code"] >= 400
    incoming = [it for it in outside.process.events[mark:] if it.name == "incoming"]
    assert [it["dialled"] for it in incoming if it.account != petr.account] in ([], ["777123456"])


@pytest.mark.parametrize(("code", "expected"), [(486, 486), (603, 403), (404, 404), (480, 480)])
async def test_the_phone_learns_why_the_far_side_did_not_answer(
    stage: Stage, code: int, expected: int
) -> None:
    eva = await stage.phone("101")
    await stage.outside(refuse=code)
    call = await eva.dial(OUTSIDE)
    assert (await call.disconnected())["code"] == expected


async def test_the_echo_speaks_back(stage: Stage, tmp_path: Path) -> None:
    eva = await stage.phone("101")
    call = await eva.dial("*43")
    await call.confirmed()
    await call.record(tmp_path / "heard.wav")
    await call.tell("tone", hz=700)
    await stage.wait(1.5)
    await call.tell("stop-record")
    await call.hang_up()
    assert loudest_hz(tmp_path / "heard.wav", last_seconds=0.5) == pytest.approx(700, abs=5)


async def test_who_dials_on_a_line_that_is_down_hears_words(stage: Stage, tmp_path: Path) -> None:
    """Nobody has registered the first line: the phone is told before any answer, and then ends."""
    eva = await stage.phone("101")
    for dialled in (OUTSIDE, f"*2*{OUTSIDE}"):
        call = await eva.dial(dialled)
        await call.wait("media")
        heard = tmp_path / f"{dialled[:2]}.wav".replace("*", "key")
        await call.record(heard)
        ended = await call.disconnected(20)
        assert ended["code"] >= 400
        await call.wait("recorded")
        assert seconds_of(heard) > 2
        assert loudness(heard) > 300


async def test_the_words_are_the_employees_own(
    pbx: RunningPbx, stage: Stage, tmp_path: Path
) -> None:
    said = Announcement("Nejde. " * 12, "cs")  # longer than Asterisk's own
    eva, *others = pbx.directory.extensions
    await pbx.apply(replace(pbx.directory, extensions=(replace(eva, line_down=said), *others)))
    phone = await stage.phone("101")
    call = await phone.dial(OUTSIDE)
    await call.wait("media")
    await call.record(tmp_path / "heard.wav")
    await call.disconnected(40)
    await call.wait("recorded")
    sound = pbx.pbx.paths.sounds / f"{sound_name(said)}.wav"
    assert abs(seconds_of(tmp_path / "heard.wav") - seconds_of(sound)) < 1
