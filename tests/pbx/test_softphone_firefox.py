"""Firefox as a telephone: what differs from Chromium, on the real PBX.

Everything that test_softphone.py tells can be tried here too: HOVORNA_TEST_BROWSER=firefox.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, expect

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import BrowserPhone, sit_down
from tests.pbx.firefox import firefox, heard_in, why_absent
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import (
    OURS,
    THEIRS,
    hears,
    hears_only,
    house,
    number,
    outside,
    pool,
    recorded,
    recording,
    talk,
    told,
)
from tests.pbx.sound import is_tone, loudness
from tests.unit.recordings.sounds import loudest_hertz

__all__ = ["house", "number", "outside", "pool"]

ABSENT = why_absent()
PAGES = (
    "/board",
    "/calls",
    "/leads",
    "/contacts",
    "/companies",
    "/recordings",
    "/settings",
    "/profile",
)

pytestmark = telephones(180, pytest.mark.skipif(ABSENT is not None, reason=ABSENT or ""))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with firefox(OURS) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eva(house: Program, browser: Browser) -> AsyncIterator[BrowserPhone]:
    phone = await sit_down(browser, house)
    await phone.use_as_phone()
    yield phone
    await phone.context.close()
    assert not phone.complaints, phone.complaints


async def test_a_talk_in_firefox_is_heard_held_muted_and_recorded(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    assert await heard_in(eva.page, OURS, THEIRS) == {THEIRS}
    # The PBX takes Firefox's way to write "no address yet" for hold.
    assert (await house.call_with(number, lambda it: it["state"] != "ringing"))[
        "state"
    ] == "talking"
    await eva.press("mute")
    await expect(eva.page.locator("#softphone [data-phone-do=unmute]:visible")).to_be_visible()
    await hears_only(client, tmp_path)
    await eva.press("unmute")
    await eva.page.locator("[data-phone-pad] summary").click()
    await eva.page.keyboard.press("7")
    await client.wait("dtmf", digit="7")
    await eva.press("hold")
    await house.call_with(number, lambda it: it["state"] == "held")
    music = await hears(client, tmp_path, "music", 2)
    assert loudness(music) > 50
    assert not is_tone(music, OURS, 1)
    await eva.press("resume")
    await house.call_with(number, lambda it: it["state"] == "talking")
    await hears_only(client, tmp_path, OURS)
    await eva.press("hangup")
    await client.disconnected()
    said_by_client, said_by_us = await recording(house, number, tmp_path)
    assert abs(loudest_hertz(said_by_client) - THEIRS) < 10
    assert abs(loudest_hertz(said_by_us) - OURS) < 10


async def test_what_firefox_dialled_goes_on_after_a_reload(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    await eva.dial(number)
    client = await outside.incoming()
    await client.answer()
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await eva.page.reload()
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    assert await heard_in(eva.page, OURS, THEIRS) == {THEIRS}
    await client.hang_up()
    await eva.has_no_call()
    assert "call.held" not in await told(house, await house.call_with(number, recorded))


async def test_firefox_has_nothing_to_complain_about(house: Program, eva: BrowserPhone) -> None:
    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            eva.complaints.append(f"{eva.page.url}: {message.text}")

    eva.page.on("console", hear)
    for page in PAGES:
        await eva.page.goto(page)
        await expect(eva.page.locator("html[data-live=on]")).to_be_attached()
    await eva.ready()
