"""Firefox as a telephone when something fails, as test_softphone_trouble.py tells it of Chromium.

Firefox and Asterisk do not agree who leads an ICE restart: lost sound comes back by the other
road, the call being sent anew. And Firefox lets no page tell a track that it has ended.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from pbx_bridge.sip.handles import Phone
from tests.pbx import test_softphone_trouble as trouble
from tests.pbx.browser_phone import BrowserPhone
from tests.pbx.firefox import firefox, why_absent
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import OURS, eva, house, number, outside, pool
from tests.pbx.test_softphone_trouble import (
    test_a_call_whose_sound_finds_no_other_way_comes_anew,
    test_how_the_network_lets_the_sound_through_is_shown,
    test_without_a_microphone_it_says_so,
)

__all__ = [
    "eva",
    "house",
    "number",
    "outside",
    "pool",
    "test_a_call_whose_sound_finds_no_other_way_comes_anew",
    "test_how_the_network_lets_the_sound_through_is_shown",
    "test_without_a_microphone_it_says_so",
]

ABSENT = why_absent()

pytestmark = telephones(180, pytest.mark.skipif(ABSENT is not None, reason=ABSENT or ""))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with firefox(OURS) as started:
        yield started


async def test_a_microphone_that_is_unplugged_is_replaced(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    unplugged = trouble.test_a_microphone_that_is_unplugged_is_replaced
    await unplugged(house, eva, outside, number, tmp_path, "seen")
