"""The asyncio driver and the real phone program: two phones in one process, without a PBX."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from pbx_bridge.sip.process import PhoneError, PhonePool, PhoneProcess


@pytest.fixture
async def phones() -> AsyncIterator[PhoneProcess]:
    async with PhoneProcess() as process:
        yield process


async def _unregistered(phones: PhoneProcess, user: str, **behaviour: object) -> str:
    """An account whose registrar is not there: it can call directly all the same."""
    await phones.tell(
        "register", user=user, password="", host="127.0.0.1", port=9, behaviour=behaviour
    )
    return user


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
