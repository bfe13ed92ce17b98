"""The asyncio driver and the real phone program: two phones in one process, without a PBX."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from pbx_bridge.sip.process import Phone, PhoneError, PhonePool, PhoneProcess


@pytest.fixture
async def phones() -> AsyncIterator[PhoneProcess]:
    async with PhoneProcess() as process:
        yield process


async def _unregistered(phones: PhoneProcess, user: str, **behaviour: object) -> str:
    """An account whose registrar is not there; it can be called at this address all the same."""
    done = await phones.tell(
        "register", user=user, password="", host="127.0.0.1", port=9, behaviour=behaviour
    )
    return f"sip:{user}@127.0.0.1:{done['port']}"


async def test_an_unknown_command_is_answered_with_what_is_wrong(phones: PhoneProcess) -> None:
    with pytest.raises(PhoneError, match="there are 0 accounts"):
        await phones.tell("dial", to="777")
    with pytest.raises(PhoneError, match="no call 'c9'"):
        await phones.tell("answer", call="c9")


async def test_waiting_has_a_limit_and_says_for_what(phones: PhoneProcess) -> None:
    with pytest.raises(PhoneError, match=r"no incoming 101 within 0\.05 s"):
        await phones.wait("incoming", account="101", seconds=0.05)


async def test_a_ninth_account_is_refused_and_the_phone_lives_on(phones: PhoneProcess) -> None:
    for number in range(8):
        await _unregistered(phones, f"u{number}")
    with pytest.raises(PhoneError, match="at most 8 accounts"):
        await _unregistered(phones, "u8")

    await phones.tell("unregister", account="u0")


async def test_a_fifth_call_is_refused_with_words(phones: PhoneProcess) -> None:
    await _unregistered(phones, "101")
    for number in range(4):
        await phones.tell("dial", to="sip:nobody@127.0.0.1:9", call=f"k{number}")

    with pytest.raises(PhoneError, match="at most 4 calls"):
        await phones.tell("dial", to="sip:nobody@127.0.0.1:9")
    with pytest.raises(PhoneError, match="there are 4 calls: name one"):
        await phones.tell("hangup")


async def test_a_killed_phone_fails_whoever_waits(phones: PhoneProcess) -> None:
    waiting = asyncio.create_task(phones.wait("incoming"))
    await asyncio.sleep(0)
    assert phones.pid is not None
    os.kill(phones.pid, signal.SIGKILL)

    with pytest.raises(PhoneError, match="the phone ended"):
        await waiting
    with pytest.raises(PhoneError, match="not running"):
        await phones.tell("quit")
    assert not phones.running


async def test_sigterm_ends_it_and_following_its_events_ends_too(phones: PhoneProcess) -> None:
    async def follow() -> list[str]:
        return [event.name async for event in phones.follow(since=0)]

    following = asyncio.create_task(follow())
    await _unregistered(phones, "101")
    assert phones.pid is not None
    os.kill(phones.pid, signal.SIGTERM)

    assert (await following)[:2] == ["ready", "done"]


async def test_a_pool_starts_processes_as_phones_come() -> None:
    async with PhonePool(share=1) as pool:
        for user in ("101", "102"):
            with pytest.raises(PhoneError):
                await pool.register(user, "", "127.0.0.1", 9, seconds=0.1)
        assert len(pool.processes) == 2


async def test_two_phones_without_a_pbx(phones: PhoneProcess) -> None:
    eva = await _unregistered(phones, "101")
    await _unregistered(phones, "102", auto_answer=False)
    ringing_at_eva = Phone(phones, "101")

    calling = await Phone(phones, "102").dial(eva, caller="+420777123456", caller_name="Jan")
    called = await ringing_at_eva.incoming()
    assert called.invitation is not None
    assert called.invitation["headers"]["p-asserted-identity"] == [
        '"Jan" <sip:+420777123456@127.0.0.1>'
    ]
    await calling.ringing()
    await called.answer()
    await calling.confirmed()
    await called.hang_up()

    assert (await calling.disconnected())["by"] == "remote"


async def test_what_each_account_does_by_itself(phones: PhoneProcess) -> None:
    busy = await _unregistered(phones, "101", refuse=486)
    eager = await _unregistered(phones, "102", answer_after=0, hang_up_after=0.1)
    await _unregistered(phones, "103")
    caller = Phone(phones, "103")

    refused = await (await caller.dial(busy)).disconnected()
    answered = await (await caller.dial(eager)).disconnected()

    assert refused["code"] == 486
    assert answered["seconds"] is not None


async def test_a_line_is_reached_at_its_port_by_whatever_number(phones: PhoneProcess) -> None:
    await _unregistered(phones, "101", refuse=486)
    line = await _unregistered(phones, "line1", refuse=603)
    caller = Phone(phones, "101")

    call = await caller.dial(line.replace("line1", "777123456"))

    assert (await call.disconnected())["code"] == 603
    invitation = await phones.wait("incoming", account="line1")
    assert invitation["dialled"] == "777123456"


async def test_the_callers_wish_for_an_answer_is_obeyed(phones: PhoneProcess) -> None:
    eva = await _unregistered(phones, "101")
    await _unregistered(phones, "102")

    call = await Phone(phones, "102").dial(
        eva, headers={"Call-Info": "<sip:hovorna.invalid>;answer-after=0"}
    )

    await call.confirmed()
    event = await phones.wait("incoming", account="101")
    assert event["auto_answer"] is True


async def test_a_second_call_finds_a_phone_of_one_call_busy(phones: PhoneProcess) -> None:
    eva = await _unregistered(phones, "101", capacity=1)
    await _unregistered(phones, "102")
    caller = Phone(phones, "102")
    first = await caller.dial(eva)
    await first.ringing()

    second = await caller.dial(eva)

    assert (await second.disconnected())["code"] == 486
    await first.hang_up()


async def test_a_missing_sound_is_reported_and_the_call_goes_on(phones: PhoneProcess) -> None:
    eva = await _unregistered(phones, "101", play="/no/such.wav", answer_after=0)
    await _unregistered(phones, "102")

    call = await Phone(phones, "102").dial(eva)

    await call.confirmed()
    fault = await phones.wait("error", account="101")
    assert "cannot play /no/such.wav" in fault["message"]


async def test_ten_calls_one_after_another_use_four_places(phones: PhoneProcess) -> None:
    eva = await _unregistered(phones, "101", answer_after=0)
    await _unregistered(phones, "102")
    caller = Phone(phones, "102")
    for _ in range(10):
        call = await caller.dial(eva)
        await call.confirmed()
        await call.hang_up()

    ended = [it for it in phones.events if it.name == "disconnected"]
    assert len({it.call for it in ended}) >= 19  # both ends; the last may still be on its way
