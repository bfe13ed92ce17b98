"""What rings at colleagues is taken in a browser: by a code on its pad, and by two at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import WAIT, BrowserPhone, sit_down
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    browser,
    hears_only,
    house,
    number,
    outside,
    parts,
    pool,
    recorded,
    told,
)
from tests.unit.recordings.sounds import RATE, hear

__all__ = ["browser", "house", "number", "outside", "pool"]

pytestmark = telephones(120)

TONES = (OURS, THEIRS, COLLEAGUES)


@pytest_asyncio.fixture(loop_scope="module")
async def james(house: Program, browser: Browser) -> AsyncIterator[BrowserPhone]:
    """At his browser, 103, of the group that line 1 rings in; it does not ring at him."""
    phone = await sit_down(browser, house, "103")
    await phone.use_as_phone()
    yield phone
    await phone.context.close()
    assert not phone.complaints, phone.complaints


@pytest_asyncio.fixture(loop_scope="module")
async def desks(house: Program, pool: PhonePool) -> list[Phone]:
    return [await house.phone(pool, extension, tone=COLLEAGUES) for extension in ("101", "102")]


async def _rings_in(
    house: Program, outside: Phone, desks: list[Phone], number: str
) -> tuple[PhoneCall, list[PhoneCall]]:
    client = await outside.dial(house.number_of("line1"), caller=number)
    rings = [await desk.incoming() for desk in desks]
    await house.call_with(number, lambda it: len(it["ringing"]) == len(desks))
    return client, rings


@pytest.mark.parametrize(("code", "of"), [("*11", ""), ("*11102", "102"), ("40", "")])
async def test_taken_by_a_code_on_the_pad(
    house: Program,
    james: BrowserPhone,
    outside: Phone,
    desks: list[Phone],
    number: str,
    tmp_path: Path,
    code: str,
    of: str,
) -> None:
    client, rang = await _rings_in(house, outside, desks, number)
    await james.dial(code)
    await james.is_("talking")
    for ring in rang:
        await ring.disconnected()
    await james.hears_only(THEIRS, of=TONES)
    await hears_only(client, tmp_path, OURS)
    await client.hang_up()
    await james.has_no_call()

    call = await house.call_with(number, recorded)
    assert (call["answered_by"], call["owner"], call["ended_by_side"]) == ("103", "103", "client")
    assert [(it["extension"], it["how"]) for it in call["parties"]] == [
        (None, "called"),
        ("103", "pickup"),
    ]
    story = await house.get(f"/calls/{call['id']}/story")
    (taken,) = [it["body"] for it in story["items"] if it["type"] == "call.picked_up"]
    assert taken["by"]["extension"] == "103"
    assert taken["of"]["extension"] in ([of] if of else ["101", "102"])
    await _is_whole(house, call, tmp_path)


async def test_the_room_the_test_call_and_nothing_that_rings(
    house: Program, james: BrowserPhone, pool: PhonePool
) -> None:
    await james.dial("*11")
    await expect(james.page.locator("#toasts")).to_contain_text("Nothing rings", timeout=WAIT)
    await james.dial("*43")
    await james.is_("talking")
    await james.hears_only(OURS, of=TONES)  # himself
    await james.press("hangup")
    await james.has_no_call()
    emily = await house.phone(pool, "106", tone=COLLEAGUES)
    await james.dial("800")
    other = await emily.dial("800")
    await other.confirmed()
    await james.hears_only(COLLEAGUES, of=TONES)
    await james.is_("talking")
    await james.press("hangup")
    await james.has_no_call()
    await other.hang_up()


async def test_what_rings_outside_his_group_is_not_taken(
    house: Program, james: BrowserPhone, pool: PhonePool, number: str
) -> None:
    service = await house.phone(pool, "line2", tone=THEIRS)
    tomas = await house.phone(pool, "105", tone=COLLEAGUES)
    client = await service.dial(house.number_of("line2"), caller=number)
    rings = await tomas.incoming()
    await house.call_with(number, lambda it: it["ringing"] != [])
    await james.dial("*11105")
    await expect(james.page.locator("#toasts")).to_contain_text("Nothing rings", timeout=WAIT)
    await james.has_no_call()
    await house.call_with(number, lambda it: it["state"] == "ringing")
    await rings.answer()
    await client.confirmed()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert call["answered_by"] == "105"
    assert "call.picked_up" not in await told(house, call)
    await client.hang_up()
    await rings.disconnected()


async def test_two_pick_up_at_once_and_one_has_the_client(
    house: Program,
    james: BrowserPhone,
    browser: Browser,
    outside: Phone,
    desks: list[Phone],
    number: str,
    tmp_path: Path,
) -> None:
    lucie = await sit_down(browser, house, "104")
    await lucie.use_as_phone()
    client, rang = await _rings_in(house, outside, desks, number)
    both = (james, lucie)
    buttons = [it.page.locator("#board").get_by_role("button", name="Pick up") for it in both]
    for button in buttons:
        await expect(button).to_be_visible(timeout=WAIT)
    await asyncio.gather(*(button.click() for button in buttons))
    for ring in rang:
        await ring.disconnected()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    first, second = both if call["answered_by"] == "103" else (lucie, james)
    await first.is_("talking")
    await second.has_no_call()
    await expect(second.page.locator("#toasts")).to_contain_text("any more", timeout=WAIT)
    await hears_only(client, tmp_path, OURS)
    await client.hang_up()
    await first.has_no_call()

    ended = await house.call_with(number, recorded)
    assert ended["owner"] == call["answered_by"] in ("103", "104")
    assert [it["how"] for it in ended["parties"]] == ["called", "pickup"]
    await lucie.context.close()


async def _is_whole(house: Program, call: dict[str, Any], folder: Path) -> None:
    """Both sides are in the recording, which is as long as they talked."""
    (kept,) = call["recordings"]
    file = folder / "recording.ogg"
    file.write_bytes(await house.content(kept["url"]))
    sound = hear(file)
    assert abs(sound.shape[1] / RATE - call["talk_seconds"]) < 1
    said_by_client, said_to_client = sound
    assert {THEIRS} in parts(said_by_client, *TONES)
    assert {OURS} in parts(said_to_client, *TONES)
