"""The promises, kept by the whole program with real calls: nothing lost, whatever is killed."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program, program
from tests.pbx.rows.reader import Reader
from tests.pbx.sound import speak

pytestmark = [pytest.mark.pbx, pytest.mark.timeout(120)]

CLIENT = "+420799555111"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Program]:
    async with program(tmp_path) as running:
        yield running


@pytest.fixture
async def pool() -> AsyncIterator[PhonePool]:
    async with PhonePool() as phones:
        yield phones


def ended(call: dict[str, Any]) -> bool:
    return str(call["state"]) == "ended"


def has_recording(call: dict[str, Any]) -> bool:
    return ended(call) and any(item["url"] for item in call["recordings"])


async def test_the_limits_hold_for_what_a_desk_phone_dials(
    house: Program, pool: PhonePool, tmp_path: Path
) -> None:
    provider, eva = await house.phone(pool, "line1"), await house.phone(pool, "101")
    users = (await house.get("/users"))["items"]
    (user,) = [it for it in users if "101" in it["extensions"]]
    await house.patch(f"/users/{user['id']}", {"outbound_per_hour": 1})
    refused = await eva.dial("005351234567")  # Cuba; it does not count
    assert (await refused.disconnected(20))["code"] == 403
    desk = await eva.dial("799555444")
    outside = await provider.incoming()
    await outside.answer()
    await speak(outside, tmp_path)
    await desk.hang_up()
    await house.call_with("+420799555444", ended)
    too_many = await eva.dial("799555445")
    assert (await too_many.disconnected(20))["code"] == 403
    for number, reason in (("+5351234567", "country"), ("+420799555445", "hour")):
        call = await house.call_with(number, ended)
        assert (call["outcome"], call["direction"], call["line"]) == ("failed", "outbound", "line1")
        story = await house.get(f"/calls/{call['id']}/story")
        assert [it["body"]["reason"] for it in story["items"] if it["type"] == "call.refused"] == [
            reason
        ]
    await house.signal(signal.SIGKILL)  # nobody is left to count; the countries still hold
    await eva.dial("799555446")
    await (await provider.incoming()).reject(486)
    abroad = await eva.dial("005351234567")
    assert (await abroad.disconnected(20))["code"] == 403


async def test_kill_9_in_mid_call_and_the_call_goes_on(
    house: Program, pool: PhonePool, tmp_path: Path
) -> None:
    """A colleague has been called in, and muted: both are as they were."""
    provider = await house.phone(pool, "line1")
    eva, james = await house.phone(pool, "101"), await house.phone(pool, "103")
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    desk = await eva.incoming()
    await desk.answer()
    talking = await house.call_with(CLIENT, lambda call: call["state"] == "talking")
    conference = f"/calls/{talking['id']}/conference"
    assert (await house.post(conference, {"action": "add", "to": "103"}))[0] == 204
    await (await james.incoming()).answer()
    await house.call_with(CLIENT, lambda call: len(call["parties"]) == 3)
    assert (await house.post(conference, {"action": "mute", "who": "103"}))[0] == 204
    pbx = house.pbx_pid
    await house.signal(signal.SIGKILL)
    assert house.pbx_pid == pbx
    await house.start()
    assert house.pbx_pid == pbx  # adopted
    still = await house.call_with(CLIENT, lambda call: call["state"] == "talking")
    async with contextlib.aclosing(Reader(house)) as page, asyncio.timeout(20):
        while "is-muted" not in await page.strip_with("James Carter"):
            await asyncio.sleep(0.05)
    await speak(client, tmp_path)
    await client.hang_up()
    call = await house.call_with(CLIENT, has_recording)
    assert call["id"] == still["id"]
    assert (call["outcome"], call["answered_by"], call["assumed"]) == ("answered", "101", False)
    assert len(call["recordings"]) == 1


async def test_a_call_while_the_crm_is_down_is_made_up_for(
    house: Program, pool: PhonePool, tmp_path: Path
) -> None:
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    petr = await house.phone(pool, "102")
    await house.signal(signal.SIGKILL)
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    desk, _ = await asyncio.gather(eva.incoming(), petr.incoming())  # the line's group
    await desk.answer()
    await client.confirmed()
    await speak(client, tmp_path)
    await client.hang_up()
    await client.disconnected()
    missed = await provider.dial(house.number_of("line1"), caller="+420799555333")
    await eva.incoming()
    await missed.hang_up()
    await missed.disconnected()
    await house.start()
    call = await house.call_with(CLIENT, has_recording)
    assert (call["outcome"], call["answered_by"]) == ("answered", "101")
    assert [card["type"] for card in call["cards"]] == ["lead"]
    unanswered = await house.call_with("+420799555333", ended)
    assert unanswered["outcome"] == "missed"
    waiting = await house.get("/missed")
    assert "+420799555333" in {item["call"]["number"] for item in waiting["items"]}


async def test_ctrl_c_in_mid_call_ends_everything(
    house: Program, pool: PhonePool, tmp_path: Path
) -> None:
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    await (await eva.incoming()).answer()
    await house.call_with(CLIENT, lambda call: call["state"] == "talking")
    await speak(client, tmp_path)
    began = time.monotonic()
    assert await house.signal(signal.SIGINT) == 0
    assert time.monotonic() - began < 30  # it may be a slow machine, but it does not hang
    assert house.pbx_pid is None
    await client.disconnected()
    await house.start()
    call = await house.call_with(CLIENT, has_recording)
    assert call["outcome"] == "answered"
