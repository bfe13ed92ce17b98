"""A recording in the hands of who talks at the browser."""

import numpy as np

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
)
from tests.pbx.sound import is_tone
from tests.pbx.steered import MARKS, TONES, Talk, james, talk
from tests.unit.recordings.sounds import RATE

__all__ = ["browser", "eva", "house", "james", "number", "outside", "pool", "talk"]

pytestmark = MARKS


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
