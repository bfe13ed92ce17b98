"""Calls steered by the API on desk phones: one call, its owner, and a recording of all of it."""

import asyncio
import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program
from tests.pbx.softphones import house, number, pool
from tests.pbx.sound import loudest_hz, speak
from tests.pbx.test_program import has_recording

__all__ = ["house", "number", "pool"]

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


class Steered:
    """A client on 101's desk phone, and the call as the API has it."""

    def __init__(self, program: Program, number: str, call: dict[str, Any]) -> None:
        self.program = program
        self.number = number
        self.id = call["id"]

    async def does(self, verb: str, **body: Any) -> None:
        status, said = await self.program.post(f"/calls/{self.id}/{verb}", body)
        assert status == 204, said

    async def refuses(self, verb: str, status: int, **body: Any) -> str:
        got, said = await self.program.post(f"/calls/{self.id}/{verb}", body)
        assert got == status, said
        return str(said["detail"])

    async def is_(self, state: str) -> dict[str, Any]:
        return await self.program.call_with(self.number, lambda call: call["state"] == state)


async def _talk(
    program: Program, pool: PhonePool, number: str
) -> tuple[PhoneCall, Phone, PhoneCall, Steered]:
    provider = await program.phone(pool, "line1", tone=1000)
    eva = await program.phone(pool, "101")
    client = await provider.dial(program.number_of("line1"), caller=number)
    desk = await eva.incoming()
    await desk.answer()
    await client.confirmed()
    call = await program.call_with(number, lambda it: it["state"] == "talking")
    return client, eva, desk, Steered(program, number, call)


def _recording_is(state: str) -> Callable[[dict[str, Any]], bool]:
    return lambda call: call["recording"] == state


async def recording_of(program: Program, call: dict[str, Any]) -> tuple[float, list[float]]:
    """Seconds, and the loudness of each second of the client's side."""
    (kept,) = call["recordings"]
    content = await program.content(f"{kept['url']}?format=wav")
    with wave.open(io.BytesIO(content)) as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
    client = samples.reshape(-1, 2)[:, 0].astype(float)
    loud = [float(np.abs(client[i : i + rate]).mean()) for i in range(0, len(client), rate)]
    return len(client) / rate, loud


async def test_held_asked_about_and_handed_over(
    house: Program, pool: PhonePool, tmp_path: Path, number: str
) -> None:
    jana = await house.phone(pool, "103")
    client, _, desk, call = await _talk(house, pool, number)
    heard = tmp_path / "held.wav"
    await client.tell("record", file=str(heard))
    await call.does("hold")
    await call.is_("held")
    await speak(client, tmp_path)
    await client.tell("stop-record")
    await client.wait("recorded")
    assert loudest_hz(heard) > 50  # music, not silence
    await call.does("resume")
    await call.is_("talking")

    assert "104 cannot be reached" in await call.refuses("transfer", 503, to="104", announce=True)
    wishes = [
        house.post(f"/calls/{call.id}/transfer", {"to": "103", "announce": True}) for _ in range(2)
    ]
    (first, one), (second, other_said) = await asyncio.gather(*wishes)
    assert sorted((first, second)) == [204, 503]
    assert "speaks with a colleague already" in str((one, other_said))
    other = await jana.incoming()
    await other.answer()
    await house.call_with(number, lambda it: it["consults"] != [])
    await call.refuses("hold", 503)
    await call.does("transfer", step="complete")
    await desk.disconnected()
    await house.call_with(number, lambda it: it["owner"] == "103")
    await speak(client, tmp_path)
    await other.hang_up()
    ended = await house.call_with(number, has_recording)
    await call.refuses("hold", 409)

    assert (ended["answered_by"], ended["owner"], ended["ended_by_side"]) == (
        "101",
        "103",
        "company",
    )
    assert [(it["kind"], it["by"], it["to"]) for it in ended["transfers"]] == [
        ("attended", "101", "103")
    ]
    seconds, _ = await recording_of(house, ended)
    assert abs(seconds - ended["talk_seconds"]) < 1
    story = await house.get(f"/calls/{call.id}/story")
    told = [item["type"] for item in story["items"]]
    for step in ("call.held", "call.resumed", "call.consult_started", "call.transferred"):
        assert step in told
    (card,) = ended["cards"]
    lead = await house.get(f"/leads/{card['id']}")
    assert lead["responsible"]["name"] == ended["owner_name"]


async def test_a_conference_of_three_with_a_paused_recording(
    house: Program, pool: PhonePool, tmp_path: Path, number: str
) -> None:
    jana = await house.phone(pool, "103")
    client, _, desk, call = await _talk(house, pool, number)
    await speak(client, tmp_path)
    await call.does("record", action="pause")
    await house.call_with(number, lambda it: it["recording"] == "paused")
    for _ in range(2):
        await speak(client, tmp_path)
    await call.does("record", action="resume")
    await call.does("conference", to="103")
    other = await jana.incoming()
    await house.call_with(number, lambda it: "103" in [r["extension"] for r in it["ringing"]])
    await other.answer()
    await house.call_with(number, lambda it: len(it["parties"]) == 3)
    await call.does("conference", action="mute", who="103")
    await call.does("conference", action="unmute", who="103")
    await call.does("conference", action="leave")
    await desk.disconnected()
    await speak(client, tmp_path)
    await client.hang_up()
    await other.disconnected()
    ended = await house.call_with(number, has_recording)

    assert [(it["extension"], it["how"]) for it in ended["parties"]] == [
        (None, "called"),
        ("101", "answered"),
        ("103", "conference"),
    ]
    assert ended["owner"] == "103"
    seconds, loud = await recording_of(house, ended)
    assert abs(seconds - ended["talk_seconds"]) < 1
    ((start, end),) = ended["recordings"][0]["gaps"]
    assert end - start > 2
    middle = int((start + end) / 2)
    assert loud[middle] == 0  # the gap is silent, where it is said to be
    assert max(loud) > 100


async def test_who_was_called_into_a_talk_has_the_codes_of_the_others(
    house: Program, pool: PhonePool, tmp_path: Path, number: str
) -> None:
    jana = await house.phone(pool, "103")
    lucie = await house.phone(pool, "104")
    client, _, desk, call = await _talk(house, pool, number)
    await call.does("conference", to="103")
    invited = await jana.incoming()
    await invited.answer()
    await house.call_with(number, lambda it: len(it["parties"]) == 3)

    await invited.digits("*2")
    await house.call_with(number, _recording_is("paused"))
    await speak(client, tmp_path)
    await invited.digits("*2")
    await house.call_with(number, _recording_is("on"))
    await speak(client, tmp_path)
    await invited.digits("*104#")
    asked = await lucie.incoming()
    await asked.answer()
    await house.call_with(number, lambda it: it["consults"] != [])
    await invited.hang_up()
    await house.call_with(number, lambda it: it["transfers"] != [])
    await desk.hang_up()
    await speak(client, tmp_path)
    await client.hang_up()
    await asked.disconnected()
    ended = await house.call_with(number, has_recording)

    assert [(it["extension"], it["how"]) for it in ended["parties"]] == [
        (None, "called"),
        ("101", "answered"),
        ("103", "conference"),
        ("104", "conference"),
    ]
    assert [(it["kind"], it["by"], it["to"]) for it in ended["transfers"]] == [
        ("attended", "103", "104")
    ]
    assert ended["owner"] == "104"
    seconds, _ = await recording_of(house, ended)
    assert abs(seconds - ended["talk_seconds"]) < 1


async def test_a_recording_ended_by_hand_is_begun_again_in_the_same_file(
    house: Program, pool: PhonePool, tmp_path: Path, number: str
) -> None:
    client, _, desk, call = await _talk(house, pool, number)
    await speak(client, tmp_path)
    for action, state, refused in (
        ("pause", "paused", None),
        ("stop", "off", "resume"),
        ("start", "on", None),
        ("stop", "off", "pause"),
        ("start", "on", None),
    ):
        await call.does("record", action=action)
        await house.call_with(number, _recording_is(state))
        if refused:
            assert "not recorded" in await call.refuses("record", 503, action=refused)
        await speak(client, tmp_path)
    await client.hang_up()
    await desk.disconnected()
    ended = await house.call_with(number, has_recording)

    seconds, loud = await recording_of(house, ended)
    assert abs(seconds - ended["talk_seconds"]) < 1
    first, second = ended["recordings"][0]["gaps"]
    assert first[1] - first[0] > 2
    assert second[1] - second[0] > 1
    assert first[1] + 1 < second[0]
    assert loud[int((first[0] + first[1]) / 2)] == 0
    assert max(loud[int(first[1]) : int(second[0]) + 1]) > 100
    assert max(loud[int(second[1]) :]) > 100
    story = await house.get(f"/calls/{call.id}/story")
    told = [it["type"] for it in story["items"] if "recording" in it["type"]]
    assert told == [
        "call.recording_started",
        "call.recording_paused",
        "call.recording_stopped",
        "call.recording_begun_again",
        "call.recording_stopped",
        "call.recording_begun_again",
        "call.recording_finished",
    ]


async def test_who_is_sent_nowhere_comes_back(
    house: Program, pool: PhonePool, tmp_path: Path, number: str
) -> None:
    jana = await house.phone(pool, "103")
    client, eva, desk, call = await _talk(house, pool, number)
    assert await call.refuses("transfer", 422, to="101")
    assert await call.refuses("transfer", 403, to="+5351234567")
    await call.does("transfer", to="103")
    other = await jana.incoming()
    await other.reject(486)
    again = await eva.incoming()
    await again.answer()
    await house.call_with(number, lambda it: any(t["returned"] for t in it["transfers"]))
    await speak(client, tmp_path)
    await client.hang_up()
    await desk.disconnected()
    ended = await house.call_with(number, has_recording)
    assert ended["owner"] == "101"
    assert [(t["to"], t["returned"]) for t in ended["transfers"]] == [("103", True)]
