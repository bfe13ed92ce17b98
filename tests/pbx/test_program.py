"""The promises, kept by the whole program with real calls: nothing lost, whatever is killed."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pbx_bridge.sip.handles import PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program, program
from tests.pbx.rows.reader import Reader
from tests.pbx.sound import sentence

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


async def speak(client: PhoneCall, folder: Path) -> None:
    """The client says something, for a second."""
    await client.wait("media")
    await client.tell("play", file=str(sentence(folder, 1.0)))
    await client.wait("played")


async def test_a_call_from_a_new_number(house: Program, pool: PhonePool, tmp_path: Path) -> None:
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    desk = await eva.incoming()
    ringing = await house.call_with(CLIENT, lambda call: call["ringing"] != [])
    (card,) = ringing["cards"]
    assert card["type"] == "lead"
    await desk.answer()
    await client.confirmed()
    await house.call_with(CLIENT, lambda call: call["state"] == "talking")
    await speak(client, tmp_path)
    await client.hang_up()
    call = await house.call_with(CLIENT, has_recording)
    assert (call["outcome"], call["answered_by"], call["ended_by_side"]) == (
        "answered",
        "101",
        "client",
    )
    (recording,) = call["recordings"]
    assert recording["channels"] == 2
    leads = await house.get("/leads", q=CLIENT)
    assert [lead["id"] for lead in leads["items"]] == [card["id"]]


async def test_click_to_call(house: Program, pool: PhonePool, tmp_path: Path) -> None:
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    status, placed = await house.post("/calls", {"from": "101", "to": "+420 799 555 222"})
    assert status == 202
    desk = await eva.incoming()
    await desk.confirmed()  # it answered by itself
    outside = await provider.incoming()
    await outside.answer()
    talking = await house.call_with("+420799555222", lambda call: call["state"] == "talking")
    assert (talking["id"], talking["direction"], talking["line"]) == (
        placed["id"],
        "outbound",
        "line1",
    )
    await speak(outside, tmp_path)
    await desk.hang_up()
    call = await house.call_with("+420799555222", has_recording)
    assert (call["outcome"], call["ended_by_side"]) == ("answered", "company")
    assert [card["type"] for card in call["cards"]] == ["lead"]


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


async def test_a_line_is_down_until_its_provider_comes(house: Program, pool: PhonePool) -> None:
    eva = await house.phone(pool, "101")
    lines = {it["name"]: it["state"] for it in (await house.get("/lines"))["items"]}
    assert lines == {"line1": "unregistered", "line2": "unregistered"}
    wanted = {"from": "101", "to": "+420 799 555 222"}
    status, problem = await house.post("/calls", wanted)
    assert (status, problem["code"]) == (503, "telephone_unavailable")
    assert "Main line is down: its provider is not registered" in problem["detail"]
    provider = await house.phone(pool, "line1")
    status, _ = await house.post("/calls", wanted)
    assert status == 202
    desk = await eva.incoming()
    outside = await provider.incoming()
    await outside.answer()
    await desk.confirmed()
    people = {it["name"]: it for it in (await house.get("/people"))["items"]}
    assert people["Petr Novák"]["state"] == "offline"
    assert people["Eva Malá"]["devices"] == [
        {"extension": "101", "kind": "desk", "registered": True}
    ]
    await desk.hang_up()


async def test_a_supervisor_listens_to_a_call(house: Program, pool: PhonePool) -> None:
    provider = await house.phone(pool, "line1")
    petr, eva = await house.phone(pool, "102"), await house.phone(pool, "101")
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    await eva.incoming()
    desk = await petr.incoming()
    await desk.answer()
    call = await house.call_with(CLIENT, lambda call: call["state"] == "talking")
    path = f"/calls/{call['id']}/supervise"
    assert (await house.post(path, {"mode": "listen", "extension": "102"}))[0] == 204
    ear = await eva.incoming(auto_answer=True)
    await ear.confirmed()
    assert (await house.post(path, {"mode": "whisper", "extension": "102"}))[0] == 204
    status, problem = await house.post(path, {"mode": "listen", "extension": "103"})
    assert (status, list(problem["errors"])) == (422, ["extension"])
    assert (await house.post(path, {"mode": "stop"}))[0] == 204
    await ear.disconnected()
    assert (await house.post(path, {"mode": "takeover", "extension": "102"}))[0] == 204
    taken = await eva.incoming()
    await taken.answer()
    await desk.disconnected()
    await client.hang_up()
    ended_call = await house.call_with(CLIENT, ended)
    assert [it["extension"] for it in ended_call["parties"]] == [None, "102", "101"]


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


async def test_a_second_one_on_the_same_ports_is_refused(house: Program, tmp_path: Path) -> None:
    second = Program(tmp_path / "second")
    second.data.mkdir(parents=True)
    taken = house.environment["HOVORNA_HTTP_PORT"]
    second.environment["HOVORNA_HTTP_PORT"] = taken
    with pytest.raises(AssertionError, match=rf"port {taken} is taken.*HOVORNA_HTTP_PORT"):
        await second.start()
    assert await house.get("/me")  # the first one did not mind


async def test_a_second_one_on_the_same_data_is_refused(house: Program, tmp_path: Path) -> None:
    second = Program(tmp_path / "second")
    second.log.parent.mkdir()
    second.environment["HOVORNA_DATA"] = str(house.data)
    assert house.child is not None
    with pytest.raises(AssertionError, match=rf"already runs.*{house.child.pid}"):
        await second.start()
