"""What employees dial on the bundled PBX, and what they may not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_bridge.asterisk import dialplan
from pbx_bridge.directory import PbxDirectory, RecordMode
from pbx_bridge.sip.process import Phone, PhoneCall
from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.scenarios.stage import CLIENT, MAIN_NUMBER, SERVICE_NUMBER, Stage, company
from tests.pbx.sound import loudest_hz, loudness, seconds_of

pytestmark = pytest.mark.pbx

OUTSIDE = "608765432"


def _restricted() -> PbxDirectory:
    """101 may use both lines, 102 the second only and is not recorded, 103 none."""
    plain = company()
    rights = {
        "102": {"lines": ("line2",), "default_line": "line2", "record": RecordMode.OFF},
        "103": {"lines": (), "default_line": None},
    }
    extensions = tuple(replace(it, **rights.get(it.number, {})) for it in plain.extensions)  # type: ignore[arg-type]
    return replace(plain, extensions=extensions)


@pytest.fixture
async def pbx(tmp_path: Path) -> AsyncIterator[RunningPbx]:
    async with running_pbx(_restricted(), tmp_path) as running:
        yield running


async def _talking(desk: Phone, outside: Phone, to: str) -> tuple[PhoneCall, PhoneCall]:
    call = await desk.dial(to)
    client = await outside.incoming()
    await client.answer()
    await call.confirmed()
    return call, client


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


async def test_an_outgoing_call_is_recorded_on_the_clients_channel(
    pbx: RunningPbx, stage: Stage
) -> None:
    async with pbx.manager() as manager:
        eva, outside = await stage.phone("101"), await stage.outside()
        call, client = await _talking(eva, outside, OUTSIDE)
        await client.tell("tone", hz=1000)
        await call.tell("tone", hz=440)
        await stage.wait(1.5)
        await call.hang_up()
        stopped = await manager.wait("MixMonitorStop")
    assert stopped["Channel"].startswith("PJSIP/line1-")
    channel = stopped["Uniqueid"]
    assert loudest_hz(pbx.spool / f"{channel}{dialplan.CLIENT_SUFFIX}") == pytest.approx(
        1000, abs=5
    )
    assert loudest_hz(pbx.spool / f"{channel}{dialplan.COMPANY_SUFFIX}") == pytest.approx(
        440, abs=5
    )


async def test_who_is_not_recorded_leaves_no_file(pbx: RunningPbx, stage: Stage) -> None:
    petr, second = await stage.phone("102"), await stage.outside("line2")
    call, client = await _talking(petr, second, OUTSIDE)
    await call.hang_up()
    await client.disconnected()
    assert list(pbx.spool.iterdir()) == []


async def test_colleagues_are_not_recorded(pbx: RunningPbx, stage: Stage) -> None:
    eva, petr = await stage.phones("101", "102")
    call, other = await _talking(eva, petr, "102")
    await call.hang_up()
    await other.disconnected()
    assert list(pbx.spool.iterdir()) == []


async def test_a_client_whom_a_colleague_is_joined_to_is_recorded(
    pbx: RunningPbx, stage: Stage
) -> None:
    """102 and 101 speak; 101 asks somebody outside for 102, and hangs up."""
    eva, petr, outside = await stage.phone("101"), await stage.phone("102"), await stage.outside()
    call, other = await _talking(eva, petr, "102")
    await stage.talk(call, other, seconds=0.5)
    await call.digits(f"*{OUTSIDE}#")
    client = await outside.incoming()
    await client.answer()
    await stage.talk(call, client, seconds=0.5)
    await call.hang_up()
    await stage.talk(other, client, seconds=1)
    async with pbx.manager() as manager:
        await client.hang_up()
        await other.disconnected()
        stopped = await manager.wait("MixMonitorStop")
    sides = {it.name: seconds_of(it) for it in pbx.spool.iterdir()}
    channel = stopped["Uniqueid"]
    assert sides.keys() == {
        f"{channel}{dialplan.CLIENT_SUFFIX}",
        f"{channel}{dialplan.COMPANY_SUFFIX}",
    }
    # Both the asking and the talk, each with what was said in it.
    assert min(sides.values()) > 1.5, sides


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


async def test_the_client_cannot_transfer(stage: Stage) -> None:
    """Neither by digits nor by REFER, whoever called whom."""
    eva, petr, outside = await stage.phone("101"), await stage.phone("102"), await stage.outside()
    call, client = await _talking(eva, outside, OUTSIDE)
    mark = petr.process.mark()
    await client.digits("*102#")
    await client.tell("transfer", to="102")
    answer = await client.wait("transfer")
    assert answer["code"] >= 400
    await stage.talk(call, client, seconds=1)
    await call.hang_up()
    assert not [
        it for it in petr.process.events[mark:] if it.name == "incoming" and it.account == "102"
    ]


async def test_a_transfer_outside_uses_the_lines_of_who_transfers(stage: Stage) -> None:
    """103 may use no line, and so cannot send a client outside on anybody's."""
    jana, outside = await stage.phone("103"), await stage.outside()
    eva = await stage.phone("101")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await desk.transfer("103")
    held = await jana.incoming()
    await held.answer()
    await stage.talk(client, held, seconds=0.5)
    mark = outside.process.mark()
    await held.transfer(OUTSIDE)
    await (await jana.incoming()).reject(603)  # it comes back to her
    await client.disconnected()
    events = outside.process.events[mark:]
    assert not [it for it in events if it.name == "incoming" and it.account == "line1"]


async def test_the_transfer_key_sends_a_client_out_by_a_line_key(stage: Stage) -> None:
    """101 sends the client on by the second line, as it would dial; that one's way is held open."""
    eva, second = await stage.phone("101"), await stage.outside("line2")
    client = await stage.call_in()
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await desk.transfer(f"*2*{OUTSIDE}")
    mobile = await second.incoming(number=SERVICE_NUMBER, dialled=f"+420{OUTSIDE}")
    await mobile.answer()
    await stage.talk(client, mobile, seconds=0.5)
    await client.hang_up()
    await mobile.disconnected()


@pytest.mark.parametrize("to", [f"*2*{OUTSIDE}", f"*1*{OUTSIDE}", "*1*005351234567", "*1*7"])
async def test_a_line_key_sends_nobody_where_its_owner_may_not_call(stage: Stage, to: str) -> None:
    """102 has one line, on which nobody is registered, and may call no more than some countries."""
    petr, outside = await stage.phone("102"), await stage.outside()
    client = await stage.call_in()
    desk = await petr.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    mark = outside.process.mark()
    await desk.transfer(to)
    back = await petr.incoming()  # it comes back
    await back.answer()
    await stage.talk(client, back, seconds=0.5)
    await client.hang_up()
    await back.disconnected()
    events = outside.process.events[mark:]
    assert not [it for it in events if it.name == "incoming" and it.account != petr.account]


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


async def test_clicked_calls_are_held_to_the_employees_lines(pbx: RunningPbx, stage: Stage) -> None:
    petr = await stage.phone("102")
    outside = await stage.outside()
    for number, (to, line) in enumerate(
        [(OUTSIDE, "line1"), (OUTSIDE, "nothing"), ("777123456,evil", "line2"), ("", "line2")]
    ):
        mark = outside.process.mark()
        await pbx.originate(
            "PJSIP/102",
            f"clicked-{number}",
            context=dialplan.CLICK_CONTEXT,
            variables=[
                f'{dialplan.TO_VARIABLE}="{to}"',
                f"{dialplan.LINE_VARIABLE}={line}",
                *dialplan.AUTO_ANSWER,
            ],
        )
        desk = await petr.incoming(auto_answer=True)
        await desk.disconnected()
        events = outside.process.events[mark:]
        assert not [it for it in events if it.name == "incoming" and it.account == "line1"]


async def test_a_clicked_call_shows_the_lines_number_and_rings_a_colleague_too(
    pbx: RunningPbx, stage: Stage
) -> None:
    petr, eva = await stage.phone("102"), await stage.phone("101")
    second = await stage.outside("line2")
    for key, to, far, number in [
        ("clicked-a", f"+420{OUTSIDE}", second, SERVICE_NUMBER),
        ("clicked-b", "101", eva, "102"),
    ]:
        await pbx.originate(
            "PJSIP/102",
            key,
            context=dialplan.CLICK_CONTEXT,
            callerid='"The client" <777>',
            variables=[f"{dialplan.TO_VARIABLE}={to}", *dialplan.AUTO_ANSWER],
        )
        desk = await petr.incoming(auto_answer=True)
        other = await far.incoming(number=number)
        await other.answer()
        await stage.talk(desk, other, seconds=0.5)
        await desk.hang_up()
        await other.disconnected()


async def test_the_crm_picks_up_for_an_employee(pbx: RunningPbx, stage: Stage) -> None:
    await stage.phone("101")
    jana = await stage.phone("103")
    async with pbx.manager() as manager:
        client = await stage.call_in()
        begun = await manager.wait("DialBegin")
        await pbx.originate(
            "PJSIP/103",
            "picked-up",
            context=dialplan.PICKUP_CONTEXT,
            variables=[
                f"{dialplan.PICKUP_VARIABLE}={begun['DestChannel']}",
                *dialplan.AUTO_ANSWER,
            ],
        )
        desk = await jana.incoming(auto_answer=True)
        await client.confirmed()
    await stage.talk(client, desk, seconds=0.5)
    await client.hang_up()
    await desk.disconnected()


async def test_pickup_is_for_the_own_group(stage: Stage) -> None:
    service = await stage.phone("105")
    eva = await stage.phone("101")
    client = await stage.call_in()
    ringing = await eva.incoming()
    refused = await service.dial("*11")
    assert (await refused.disconnected())["code"] == 480
    await ringing.answer()
    await client.confirmed()
    await client.hang_up()


@pytest.mark.slow
async def test_recording_goes_on_through_transfers(pbx: RunningPbx, stage: Stage) -> None:
    """Debian's own build loses the company's side after half of all transfers (see `mend`)."""
    eva, jana = await stage.phones("101", "103")
    for number in range(6):
        async with pbx.manager() as manager:
            client = await stage.call_in()
            desk = await eva.incoming()
            await desk.answer()
            await client.tell("tone", hz=1000)
            await manager.wait("BridgeEnter", BridgeNumChannels="2")
            await desk.transfer("103")
            other = await jana.incoming()
            await other.answer()
            await other.tell("tone", hz=620)
            await stage.wait(1.2)
            await client.hang_up()
            await other.disconnected()
            stopped = await manager.wait("MixMonitorStop")
        company_side = pbx.spool / f"{stopped['Uniqueid']}{dialplan.COMPANY_SUFFIX}"
        client_side = pbx.spool / f"{stopped['Uniqueid']}{dialplan.CLIENT_SUFFIX}"
        assert loudest_hz(company_side, last_seconds=0.5) == pytest.approx(620, abs=10), number
        assert loudest_hz(client_side, last_seconds=0.5) == pytest.approx(1000, abs=10), number
    assert len(list(pbx.spool.iterdir())) == 12


async def test_a_returned_consultation_gives_the_client_back(stage: Stage) -> None:
    """101 presses *103# and waits; 103 does not answer in time; 101 talks to the client again."""
    eva, jana = await stage.phones("101", "103")
    client = await stage.call_in(CLIENT)
    desk = await eva.incoming()
    await desk.answer()
    await stage.talk(client, desk, seconds=0.5)
    await desk.digits("*103#")
    ringing = await jana.incoming()
    await ringing.disconnected(25)
    await stage.talk(client, desk, seconds=0.5)
    async with asyncio.timeout(5):
        await desk.hang_up()
        await client.disconnected()
