"""A house with an employee at her browser, who is on the phone with clients outside.

Import the fixtures into a module of tests. The browser's microphone sounds at 440 Hz, the client's
voice at 1000 Hz.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Browser

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import BrowserPhone, chromium, sit_down
from tests.pbx.firefox import firefox
from tests.pbx.program import Program, program
from tests.pbx.sound import tones_in
from tests.unit.recordings.sounds import RATE, hear, level_at

OURS, THEIRS = 440, 1000  # Hz
COLLEAGUES = 1800  # Hz: no overtone of the others
AUDIBLE = 0.02  # of full scale; the tones are at 0.2 and more
TRIES = 15  # seconds of sound, until the right ones are heard
_numbers = itertools.count(420799555200)


def engine(folder: Path, hz: int, *, whole: bool = False) -> AbstractAsyncContextManager[Browser]:
    """Chromium, or Firefox where HOVORNA_TEST_BROWSER says so, with this tone for a microphone."""
    wanted = os.environ.get("HOVORNA_TEST_BROWSER")
    return firefox(hz) if wanted == "firefox" else chromium(folder, hz, whole=whole)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with program(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with engine(tmp_path_factory.mktemp("sound"), OURS) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def pool() -> AsyncIterator[PhonePool]:
    async with PhonePool() as phones:
        yield phones


@pytest_asyncio.fixture(loop_scope="module")
async def eva(house: Program, browser: Browser) -> AsyncIterator[BrowserPhone]:
    """At her browser, which is her phone."""
    phone = await sit_down(browser, house)
    await phone.use_as_phone()
    yield phone
    await phone.context.close()
    assert not phone.complaints, phone.complaints


@pytest_asyncio.fixture(loop_scope="module")
async def outside(house: Program, pool: PhonePool) -> Phone:
    return await house.phone(pool, "line1", tone=THEIRS)


@pytest.fixture
def number() -> str:
    """A client's, of whom nobody has heard before."""
    return f"+{next(_numbers)}"


async def talk(house: Program, eva: BrowserPhone, outside: Phone, number: str) -> PhoneCall:
    """The client calls, and Eva has answered in the browser."""
    client = await outside.dial(house.number_of("line1"), caller=number)
    await eva.rings()
    await eva.press("answer")
    await client.confirmed()
    await eva.is_("talking")
    return client


async def hears(call: PhoneCall, folder: Path, name: str, seconds: float = 1.2) -> Path:
    """What this phone hears for so long."""
    file = folder / f"{name}.wav"
    await call.record(file)
    await asyncio.sleep(seconds)  # sound takes its time; what is in it is judged afterwards
    since = call.process.mark()
    await call.tell("stop-record")
    await call.wait("recorded", since=since)
    return file


async def recording(house: Program, number: str, folder: Path) -> NDArray[np.float64]:
    """What was stored of the only call with the client, whom Eva answered or called: both sides."""
    call = await house.call_with(number, recorded)
    ours = call["answered_by" if call["direction"] == "inbound" else "owner"]
    assert (ours, call["outcome"]) == ("101", "answered"), call
    file = folder / "recording.ogg"
    longest = max(call["recordings"], key=lambda it: it["seconds"])  # others of who came later
    file.write_bytes(await house.content(longest["url"]))
    return hear(file)


def parts(sound: NDArray[np.float64], *of: int) -> list[set[int]]:
    """Which of these tones (Hz) are in each half second of one side of a recording."""
    step = RATE // 2
    whole = sound[: len(sound) // step * step].reshape(-1, step)
    return [{hz for hz in of if level_at(one, hz) > AUDIBLE} for one in whole]


def pause(side: NDArray[np.float64], hz: int) -> NDArray[np.float64]:
    """What is in one side of a recording where this tone is not, the longest time in its midst."""
    step = RATE // 10
    windows = side[: len(side) // step * step].reshape(-1, step)
    has = [at for at, one in enumerate(windows) if level_at(one, hz) > AUDIBLE]
    length, end = max((end - start - 1, end) for start, end in itertools.pairwise(has))
    # What begins or ends within a tenth of a second is left out.
    return windows[end - length + 1 : end - 1].reshape(-1)


def recorded(call: dict[str, Any]) -> bool:
    kept = call["recordings"]
    return call["state"] == "ended" and bool(kept) and all(item["url"] for item in kept)


def is_with(call: dict[str, Any], extension: str) -> bool:
    present = [party for party in call["parties"] if party["left_at"] is None]
    return any(party["extension"] == extension for party in present)


async def hears_only(call: PhoneCall, folder: Path, *tones: int) -> None:
    """Until a second of what this phone hears has these tones of all in the house and no other."""
    heard: set[int] = set()
    for number in range(TRIES):
        file = await hears(call, folder, f"{call.key}-{number}")
        heard = tones_in(file, OURS, THEIRS, COLLEAGUES)
        if heard == set(tones):
            return
    raise AssertionError(f"heard {heard} instead of {tones}")


async def told(house: Program, call: dict[str, Any]) -> list[str]:
    """The steps of the call's story."""
    story = await house.get(f"/calls/{call['id']}/story")
    return [item["type"] for item in story["items"]]


def transfers(call: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Kind, by whom, to whom."""
    return [(it["kind"], it["by"], it["to"]) for it in call["transfers"]]
