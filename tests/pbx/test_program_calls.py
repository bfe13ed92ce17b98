"""Calls and questions to the whole program, while it runs undisturbed."""

import asyncio
from pathlib import Path

import pytest

from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program
from tests.pbx.softphones import house, number, pool
from tests.pbx.sound import speak
from tests.pbx.test_program import ended, has_recording

__all__ = ["house", "number", "pool"]

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_a_call_from_a_new_number(
    house: Program, pool: PhonePool, tmp_path: Path, number: str
) -> None:
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    client = await provider.dial(house.number_of("line1"), caller=number)
    desk = await eva.incoming()
    ringing = await house.call_with(number, lambda call: call["ringing"] != [])
    (card,) = ringing["cards"]
    assert card["type"] == "lead"
    await desk.answer()
    await client.confirmed()
    await house.call_with(number, lambda call: call["state"] == "talking")
    await speak(client, tmp_path)
    await client.hang_up()
    call = await house.call_with(number, has_recording)
    assert (call["outcome"], call["answered_by"], call["ended_by_side"]) == (
        "answered",
        "101",
        "client",
    )
    (recording,) = call["recordings"]
    assert recording["channels"] == 2
    leads = await house.get("/leads", q=number)
    assert [lead["id"] for lead in leads["items"]] == [card["id"]]


async def test_click_to_call(house: Program, pool: PhonePool, tmp_path: Path, number: str) -> None:
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    status, placed = await house.post("/calls", {"from": "101", "to": number})
    assert status == 202
    desk = await eva.incoming()
    await desk.confirmed()  # it answered by itself
    outside = await provider.incoming()
    await outside.answer()
    talking = await house.call_with(number, lambda call: call["state"] == "talking")
    assert (talking["id"], talking["direction"], talking["line"]) == (
        placed["id"],
        "outbound",
        "line1",
    )
    await speak(outside, tmp_path)
    await desk.hang_up()
    call = await house.call_with(number, has_recording)
    assert (call["outcome"], call["ended_by_side"]) == ("answered", "company")
    assert [card["type"] for card in call["cards"]] == ["lead"]


async def _all_are_gone(program: Program) -> None:
    """Who was there in the test before has left: lines and phones."""
    async with asyncio.timeout(20):
        while True:
            lines = {it["state"] for it in (await program.get("/lines"))["items"]}
            people = {it["state"] for it in (await program.get("/people"))["items"]}
            if lines == {"unregistered"} and people == {"offline"}:
                return
            await asyncio.sleep(0.1)


async def test_a_line_is_down_until_its_provider_comes(
    house: Program, pool: PhonePool, number: str
) -> None:
    await _all_are_gone(house)
    eva = await house.phone(pool, "101")
    wanted = {"from": "101", "to": number}
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


async def test_a_supervisor_listens_to_a_call(house: Program, pool: PhonePool, number: str) -> None:
    provider = await house.phone(pool, "line1")
    petr, eva = await house.phone(pool, "102"), await house.phone(pool, "101")
    client = await provider.dial(house.number_of("line1"), caller=number)
    await eva.incoming()
    desk = await petr.incoming()
    await desk.answer()
    call = await house.call_with(number, lambda call: call["state"] == "talking")
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
    taken = await eva.incoming(auto_answer=True)
    await taken.confirmed()
    await desk.disconnected()
    await client.hang_up()
    ended_call = await house.call_with(number, ended)
    assert [it["extension"] for it in ended_call["parties"]] == [None, "102", "101"]


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
