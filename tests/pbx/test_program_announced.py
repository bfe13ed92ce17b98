"""A line whose callers hear an announcement first: what of such a call is recorded."""

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program
from tests.pbx.sound import loudest_hz, seconds_of, speak
from tests.pbx.test_program import CLIENT, ended, has_recording, house, pool
from tests.pbx.test_program_steering import Steered, recording_of
from tests.unit.recordings.sounds import tone, wav_bytes

__all__ = ["house", "pool"]

pytestmark = [pytest.mark.pbx, pytest.mark.timeout(120)]

OTHER = "+420799555112"


async def test_all_of_the_talk_is_recorded_and_nothing_before_it(
    house: Program, pool: PhonePool, tmp_path: Path
) -> None:
    await house.patch("/lines/line1", {"announcement": "Recorded."})
    provider = await house.phone(pool, "line1")
    eva, jana = await house.phone(pool, "101"), await house.phone(pool, "103")
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    await client.confirmed()  # by the announcement
    desk = await eva.incoming()
    await speak(client, tmp_path, 2)  # to nobody
    await desk.answer()
    answered = await desk.confirmed()
    call = await house.call_with(CLIENT, lambda it: it["state"] == "talking")
    await speak(client, tmp_path, 1)
    await Steered(house, CLIENT, call).does("transfer", to="103")
    other = await jana.incoming()
    await speak(client, tmp_path, 3)  # while it rings
    await other.answer()
    await house.call_with(CLIENT, lambda it: it["owner"] == "103")
    await speak(client, tmp_path, 1)
    await client.hang_up()
    gone = await client.disconnected()
    kept = await house.call_with(CLIENT, has_recording)

    seconds, loud = await recording_of(house, kept)
    assert abs(seconds - (gone.at - answered.at)) < 1
    assert abs(seconds - kept["talk_seconds"]) < 1
    assert sum(second > 100 for second in loud) >= 4  # of which three while it rang

    lost = await provider.dial(house.number_of("line1"), caller=OTHER)
    await lost.confirmed()
    await eva.incoming()
    await speak(lost, tmp_path, 1)
    await lost.hang_up()
    await house.call_with(OTHER, ended)
    async with asyncio.timeout(15):
        while list((house.data / "pbx" / "spool").rglob("*.wav")):  # taken in, and found empty
            await asyncio.sleep(0.1)
    missed = await house.call_with(OTHER, ended)
    assert (missed["outcome"], missed["recordings"]) == ("missed", [])


async def test_callers_hear_the_sound_that_was_uploaded_also_after_a_restart(
    house: Program, pool: PhonePool, tmp_path: Path
) -> None:
    await house.patch("/lines/line1", {"announcement": "Nobody hears this."})
    await house.upload("/lines/line1/announcement?file=hello.wav", wav_bytes(tone(600, 3.0)))
    assert await house.signal(signal.SIGTERM) == 0
    await asyncio.to_thread(shutil.rmtree, house.data / "pbx" / "sounds")  # is made anew
    await house.start()
    provider = await house.phone(pool, "line1")
    eva = await house.phone(pool, "101")
    client = await provider.dial(house.number_of("line1"), caller=CLIENT)
    heard = tmp_path / "heard.wav"
    await client.confirmed()
    await client.tell("record", file=str(heard))
    await eva.incoming()
    await client.tell("stop-record")
    await client.wait("recorded")
    await client.hang_up()
    assert abs(loudest_hz(heard) - 600) < 5
    assert seconds_of(heard) > 2
