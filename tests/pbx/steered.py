"""Eva at her browser, who talks with a client, and what she does with the call by the strip.

Import the fixtures into a module of tests, with those of `softphones`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Locator

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx import softphones
from tests.pbx.browser_phone import BrowserPhone
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import COLLEAGUES, OURS, THEIRS
from tests.unit.recordings.sounds import RATE

TONES = (OURS, THEIRS, COLLEAGUES)
MOBILE, DIALLED = "777 555 666", "+420777555666"
MARKS = telephones(180)


@dataclass
class Talk:
    """`number`: the client's."""

    house: Program
    eva: BrowserPhone
    client: PhoneCall
    number: str
    folder: Path

    @property
    def strip(self) -> Locator:
        return self.eva.page.locator("#strip")

    async def client_hears(self, *tones: int) -> None:
        """These of all tones in the house, and no other."""
        await self.hears(self.client, *tones)

    async def hears(self, call: PhoneCall, *tones: int) -> None:
        await softphones.hears_only(call, self.folder, *tones)

    async def eva_hears(self, *tones: int) -> None:
        await self.eva.hears_only(*tones, of=TONES)

    async def ask(self, colleague: Phone) -> PhoneCall:
        """Eva announces the client to James, whose phone rings."""
        await self.eva.pick("Transfer", "Announce", "103", "James Carter")
        return await colleague.incoming()

    async def whole(self) -> tuple[dict[str, Any], NDArray[np.float64]]:
        """The call, and the client's recording, which is as long as they talked."""
        sound = await softphones.recording(self.house, self.number, self.folder)
        call = await self.house.call_with(self.number, softphones.recorded)
        assert abs(sound.shape[1] / RATE - call["talk_seconds"]) < 1
        return call, sound

    async def told(self, call: dict[str, Any]) -> list[str]:
        """The steps of the call's story."""
        return await softphones.told(self.house, call)


@pytest_asyncio.fixture(loop_scope="module")
async def james(house: Program, pool: PhonePool) -> Phone:
    """At his desk phone 103."""
    return await house.phone(pool, "103", tone=COLLEAGUES)


@pytest_asyncio.fixture(loop_scope="module")
async def talk(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> Talk:
    """The client has called, and Eva answered in the browser."""
    client = await softphones.talk(house, eva, outside, number)
    return Talk(house, eva, client, number, tmp_path)
