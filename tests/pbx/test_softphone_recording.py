"""A recording in the hands of who talks at the browser."""

from pathlib import Path

import numpy as np

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import BrowserPhone
from tests.pbx.program import Program
from tests.pbx.softphones import (
    OURS,
    THEIRS,
    browser,
    eva,
    hears,
    house,
    number,
    outside,
    parts,
    pool,
    recorded,
    recording,
)
from tests.pbx.sound import is_tone
from tests.pbx.steered import MARKS, TONES, Talk, james, talk
from tests.unit.recordings.sounds import RATE, tone, wav_bytes

__all__ = ["browser", "eva", "house", "james", "number", "outside", "pool", "talk"]

pytestmark = MARKS

ANNOUNCED = 600  # Hz


async def test_what_is_said_while_the_recording_is_paused_is_not_in_it(talk: Talk) -> None:
    eva, client = talk.eva, talk.client
    await hears(client, talk.folder, "before", 2)
    await eva.click("Pause recording")
    await talk.house.call_with(talk.number, lambda it: it["recording"] == "paused")
    await hears(client, talk.folder, "secret", 3)
    await eva.click("Go on recording")
    await talk.house.call_with(talk.number, lambda it: it["recording"] == "on")
    assert is_tone(await hears(client, talk.folder, "after", 2), OURS, 1)
    await client.hang_up()

    call, sides = await talk.whole()
    ((start, end),) = call["recordings"][0]["gaps"]
    assert end - start > 3
    silent = slice(int((start + 0.5) * RATE), int((end - 0.5) * RATE))
    for side, hz in zip(sides, (THEIRS, OURS), strict=True):
        assert np.abs(side[silent]).max() < 0.01
        assert {hz} in parts(side[: int(start * RATE)], *TONES)
        assert {hz} in parts(side[int(end * RATE) :], *TONES)
    steps = await talk.told(call)
    assert {"call.recording_paused", "call.recording_resumed"} <= set(steps)


async def test_who_is_told_of_the_recording_is_rejected_and_then_answered_by_keys(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    sound = wav_bytes(tone(ANNOUNCED, 3.0))
    await house.upload("/lines/line1/announcement?file=told.wav", sound)
    first = await outside.dial(house.number_of("line1"), caller=f"{number}1")
    await first.confirmed()  # by the announcement
    told_of = await hears(first, tmp_path, "announcement", 2)
    assert is_tone(told_of, ANNOUNCED, 1)
    await eva.rings()
    await eva.page.locator("body").press("e")
    await eva.has_no_call()
    await first.disconnected()
    refused = await house.call_with(f"{number}1", lambda it: it["state"] == "ended")
    assert (refused["outcome"], refused["recordings"]) == ("rejected", [])

    client = await outside.dial(house.number_of("line1"), caller=number)
    await client.confirmed()
    await eva.rings()
    await eva.page.locator("body").press("a")
    await eva.is_("talking")
    await eva.hears_only(THEIRS, of=(OURS, THEIRS, ANNOUNCED))
    assert is_tone(await hears(client, tmp_path, "talk", 2), OURS, 1)
    await client.hang_up()
    sides = await recording(house, number, tmp_path)
    call = await house.call_with(number, recorded)
    assert abs(sides.shape[1] / RATE - call["talk_seconds"]) < 1
    for side, hz in zip(sides, (THEIRS, OURS), strict=True):
        assert {frozenset(part) for part in parts(side, OURS, THEIRS, ANNOUNCED)} <= {
            frozenset(),
            frozenset({hz}),
        }
    await house.patch("/lines/line1", {"announcement": ""})
