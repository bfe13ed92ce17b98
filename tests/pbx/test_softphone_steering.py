"""What is done with a call by the buttons of the strip in the browser: one call, one recording."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import expect

from pbx_bridge.sip.handles import Phone
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import WAIT, BrowserPhone
from tests.pbx.program import Program
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    browser,
    eva,
    hears,
    hears_only,
    house,
    number,
    outside,
    parts,
    pool,
    recorded,
    recording,
    talk,
    told,
    transfers,
)
from tests.pbx.sound import is_tone, loudness
from tests.unit.recordings.sounds import RATE

__all__ = ["browser", "eva", "house", "number", "outside", "pool"]

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

TONES = (OURS, THEIRS, COLLEAGUES)
MOBILE, DIALLED = "777 555 666", "+420777555666"


@pytest_asyncio.fixture(loop_scope="module")
async def james(house: Program, pool: PhonePool) -> Phone:
    """At his desk phone 103."""
    return await house.phone(pool, "103", tone=COLLEAGUES)


async def whole(
    house: Program, number: str, folder: Path
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """The call with the client's recording, which is as long as they talked."""
    sound = await recording(house, number, folder)
    call = await house.call_with(number, recorded)
    assert abs(sound.shape[1] / RATE - call["talk_seconds"]) < 1
    return call, sound


async def test_handed_over_to_a_desk_phone_and_from_there_out(
    house: Program,
    eva: BrowserPhone,
    outside: Phone,
    james: Phone,
    number: str,
    tmp_path: Path,
) -> None:
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    await eva.pick("Transfer", "Transfer", "103", "James Carter")
    desk = await james.incoming(number=number)
    await eva.has_no_call()
    await desk.answer()
    await hears_only(client, tmp_path, COLLEAGUES)
    await hears_only(desk, tmp_path, THEIRS)

    mobile = f"{number}7"
    await desk.transfer(mobile)
    far = await outside.incoming()
    assert far.invitation is not None
    assert far.invitation["dialled"] == mobile
    await far.answer()
    await far.tell("tone", hz=OURS)
    await desk.disconnected()
    await hears_only(client, tmp_path, OURS)
    await hears_only(far, tmp_path, THEIRS)
    await client.hang_up()
    await far.disconnected()

    call, (said_by_client, said_to_client) = await whole(house, number, tmp_path)
    assert transfers(call) == [("blind", "101", "103"), ("blind", "103", mobile)]
    assert call["owner"] == "103"
    assert (await told(house, call)).count("call.transferred") == 2
    assert all(part == {THEIRS} for part in parts(said_by_client, *TONES)[2:-2])
    heard = parts(said_to_client, *TONES)
    assert {COLLEAGUES} in heard
    assert {OURS} in heard[heard.index({COLLEAGUES}) :]  # from Eva to James, and then out


async def test_announced_and_handed_over(
    house: Program,
    eva: BrowserPhone,
    outside: Phone,
    james: Phone,
    number: str,
    tmp_path: Path,
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.pick("Transfer", "Announce", "103", "James Carter")
    desk = await james.incoming()
    strip = eva.page.locator("#strip")
    await expect(strip).to_contain_text("Asking James Carter", timeout=WAIT)
    await desk.answer()
    await expect(strip.get_by_role("button", name="Swap")).to_be_visible(timeout=WAIT)
    await hears_only(desk, tmp_path, OURS)
    await eva.hears_only(COLLEAGUES, of=TONES)
    music = await hears(client, tmp_path, "music", 2)
    assert loudness(music) > 50
    assert not any(is_tone(music, hz, 1.5) for hz in TONES)
    await eva.click("Hand over")
    await eva.has_no_call()
    await hears_only(client, tmp_path, COLLEAGUES)
    await hears_only(desk, tmp_path, THEIRS)
    await desk.hang_up()
    await client.disconnected()

    call, (said_by_client, said_to_client) = await whole(house, number, tmp_path)
    assert transfers(call) == [("attended", "101", "103")]
    assert (call["owner"], call["ended_by_side"]) == ("103", "company")
    assert {"call.consult_started", "call.transferred"} <= set(await told(house, call))
    assert {THEIRS} in parts(said_by_client, THEIRS)[-4:]
    assert {COLLEAGUES} in parts(said_to_client, *TONES)[-4:]


async def test_announced_and_then_kept(
    house: Program,
    eva: BrowserPhone,
    outside: Phone,
    james: Phone,
    number: str,
    tmp_path: Path,
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.pick("Transfer", "Announce", "103", "James Carter")
    desk = await james.incoming()
    await desk.answer()
    await hears_only(desk, tmp_path, OURS)
    await eva.click("Back to the client")
    await desk.disconnected()
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=TONES)
    await eva.press("hangup")
    await client.disconnected()

    call, (_, said_to_client) = await whole(house, number, tmp_path)
    assert (call["owner"], transfers(call)) == ("101", [])
    assert {"call.consult_started", "call.consult_ended"} <= set(await told(house, call))
    heard = parts(said_to_client, *TONES)
    assert {OURS} in heard[-4:]
    assert {COLLEAGUES} not in heard  # what they said of him is not in his recording


async def test_a_conference_of_three_is_left_to_the_others(
    house: Program,
    eva: BrowserPhone,
    outside: Phone,
    james: Phone,
    number: str,
    tmp_path: Path,
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.pick("Add", "Add", "103", "James Carter")
    desk = await james.incoming()
    await expect(eva.page.locator("#strip .strip-party")).not_to_have_count(0, timeout=WAIT)
    await desk.answer()
    await hears_only(client, tmp_path, OURS, COLLEAGUES)
    await hears_only(desk, tmp_path, OURS, THEIRS)
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)

    await eva.click("Mute James Carter")
    await hears_only(client, tmp_path, OURS)
    await eva.click("Mute James Carter")
    await hears_only(client, tmp_path, OURS, COLLEAGUES)

    await eva.page.reload()  # the others go on, and the page comes back to them
    back = ("101", "conference")
    await house.call_with(
        number, lambda it: back in [(one["extension"], one["how"]) for one in it["parties"]]
    )
    await hears_only(client, tmp_path, OURS, COLLEAGUES)
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)

    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await hears_only(client, tmp_path, COLLEAGUES)
    await client.hang_up()
    await desk.disconnected()

    call, (said_by_client, said_to_client) = await whole(house, number, tmp_path)
    assert [(it["extension"], it["how"]) for it in call["parties"]] == [
        (None, "called"),
        ("101", "answered"),
        ("103", "conference"),
        ("101", "conference"),
    ]
    assert call["owner"] == "103"
    heard = parts(said_to_client, *TONES)
    assert {OURS} in heard
    assert {OURS, COLLEAGUES} in heard
    assert {COLLEAGUES} in heard
    assert {THEIRS} in parts(said_by_client, *TONES)


async def test_asked_in_turn_and_then_all_together(
    house: Program,
    eva: BrowserPhone,
    outside: Phone,
    james: Phone,
    number: str,
    tmp_path: Path,
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.pick("Transfer", "Announce", "103", "James Carter")
    desk = await james.incoming()
    await desk.answer()
    strip = eva.page.locator("#strip")
    await expect(strip.locator(".strip-state")).to_contain_text("Client waits", timeout=WAIT)
    await hears_only(desk, tmp_path, OURS)

    await eva.click("Swap")
    await expect(strip.locator(".strip-state")).to_contain_text("Talking", timeout=WAIT)
    await expect(strip).to_contain_text("James Carter waits")
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=TONES)
    await eva.click("Swap")
    await expect(strip.locator(".strip-state")).to_contain_text("Client waits", timeout=WAIT)
    await hears_only(desk, tmp_path, OURS)
    await eva.hears_only(COLLEAGUES, of=TONES)

    await eva.click("All together")
    await hears_only(client, tmp_path, OURS, COLLEAGUES)
    await hears_only(desk, tmp_path, OURS, THEIRS)
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)
    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await hears_only(client, tmp_path, COLLEAGUES)
    await client.hang_up()
    await desk.disconnected()

    call, (said_by_client, said_to_client) = await whole(house, number, tmp_path)
    assert (call["owner"], transfers(call)) == ("103", [])
    assert {"call.consult_started", "call.consult_ended"} <= set(await told(house, call))
    heard = parts(said_to_client, *TONES)
    assert {OURS, COLLEAGUES} in heard
    assert {COLLEAGUES} in heard[heard.index({OURS, COLLEAGUES}) :]
    assert {THEIRS} in parts(said_by_client, *TONES)[-4:]


async def test_a_colleague_and_a_mobile_are_called_in_and_sent_out(
    house: Program,
    eva: BrowserPhone,
    outside: Phone,
    james: Phone,
    number: str,
    tmp_path: Path,
) -> None:
    """The client is left with the mobile: Eva spoke with both last."""
    client = await talk(house, eva, outside, number)
    parties_ = eva.page.locator("#strip .strip-parties")
    await eva.pick("Add", "Add", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    await expect(parties_).to_contain_text(f"{MOBILE} rings", timeout=WAIT)
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await hears_only(client, tmp_path, OURS, COLLEAGUES)
    await hears_only(far, tmp_path, OURS, THEIRS)
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)
    await eva.click(f"Mute {MOBILE}")
    await hears_only(client, tmp_path, OURS)
    await eva.click(f"Hang up {MOBILE}")
    await far.disconnected()
    await expect(parties_).to_have_count(0, timeout=WAIT)
    await eva.hears_only(THEIRS, of=TONES)

    await eva.pick("Add", "Add", "103", "James Carter")
    desk = await james.incoming()
    await desk.answer()
    await hears_only(client, tmp_path, OURS, COLLEAGUES)
    await eva.pick("Add", "Add", MOBILE, MOBILE)
    again = await outside.incoming(dialled=DIALLED)
    await again.answer()
    await again.tell("tone", hz=OURS)
    await hears_only(again, tmp_path, OURS, THEIRS, COLLEAGUES)
    await eva.click("Hang up James Carter")
    await desk.disconnected()
    await hears_only(again, tmp_path, OURS, THEIRS)
    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await hears_only(client, tmp_path, OURS)
    await hears_only(again, tmp_path, THEIRS)
    await client.hang_up()
    await again.disconnected()

    call, (said_by_client, _) = await whole(house, number, tmp_path)
    assert [(it["extension"] or it["number"], it["how"]) for it in call["parties"]] == [
        (number, "called"),
        ("101", "answered"),
        (DIALLED, "conference"),
        ("103", "conference"),
        (DIALLED, "conference"),
    ]
    assert (call["owner"], transfers(call)) == ("101", [])
    assert all(part == {THEIRS} for part in parts(said_by_client, *TONES)[2:-2])


async def test_announced_to_a_mobile_and_handed_over(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.pick("Transfer", "Announce", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    strip = eva.page.locator("#strip")
    await expect(strip).to_contain_text(f"Asking {MOBILE}", timeout=WAIT)
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await hears_only(far, tmp_path, OURS)
    await eva.hears_only(COLLEAGUES, of=TONES)
    await eva.click("Hand over")
    await eva.has_no_call()
    await hears_only(client, tmp_path, COLLEAGUES)
    await hears_only(far, tmp_path, THEIRS)
    await far.hang_up()
    await client.disconnected()

    call, _ = await whole(house, number, tmp_path)
    assert transfers(call) == [("attended", "101", DIALLED)]
    assert call["owner"] == "101"


async def test_what_was_handed_on_comes_back_and_goes_out(
    house: Program, eva: BrowserPhone, outside: Phone, james: Phone, number: str, tmp_path: Path
) -> None:
    """From Eva to James, who asks her and gives the client back; from her to a mobile."""
    client = await talk(house, eva, outside, number)
    await eva.pick("Transfer", "Transfer", "103", "James Carter")
    desk = await james.incoming(number=number)
    await desk.answer()
    await hears_only(client, tmp_path, COLLEAGUES)
    await eva.has_no_call()
    await desk.digits("*101#")
    await eva.rings()
    await eva.press("answer")
    await eva.hears_only(COLLEAGUES, of=TONES)
    await desk.hang_up()
    await eva.hears_only(THEIRS, of=TONES)
    await hears_only(client, tmp_path, OURS)

    await eva.pick("Transfer", "Transfer", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    await eva.has_no_call()
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await hears_only(client, tmp_path, COLLEAGUES)
    await hears_only(far, tmp_path, THEIRS)
    await client.hang_up()
    await far.disconnected()

    call, (_, said_to_client) = await whole(house, number, tmp_path)
    assert transfers(call) == [
        ("blind", "101", "103"),
        ("attended", "103", "101"),
        ("blind", "101", DIALLED),
    ]
    assert call["owner"] == "101"
    heard = parts(said_to_client, *TONES)
    assert {OURS} in heard[heard.index({COLLEAGUES}) :]


async def test_who_is_not_taken_comes_back_to_the_browser(
    house: Program, eva: BrowserPhone, outside: Phone, james: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.pick("Transfer", "Transfer", "103", "James Carter")
    desk = await james.incoming(number=number)
    await eva.has_no_call()
    await desk.reject(486)
    await eva.rings()
    await eva.press("answer")
    await hears_only(client, tmp_path, OURS)
    await eva.pick("Transfer", "Announce", "103", "James Carter")
    desk = await james.incoming()
    await eva.click("Hand over")
    await eva.has_no_call()
    await desk.reject(486)
    await eva.rings()
    await eva.press("answer")
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=TONES)
    await client.hang_up()
    await eva.has_no_call()

    call, _ = await whole(house, number, tmp_path)
    returned = [(it["kind"], it["by"], it["to"], it["returned"]) for it in call["transfers"]]
    assert returned == [("blind", "101", "103", True), ("attended", "101", "103", True)]
    assert call["owner"] == "101"


async def test_a_client_who_cannot_be_handed_on_stays(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    """To nobody, to oneself, to a country that is not allowed, on a line that is down."""
    client = await talk(house, eva, outside, number)
    strip = eva.page.locator("#strip")
    said = eva.page.locator(".toast-line.is-error")
    menu = strip.locator("details", has=eva.page.locator("summary", has_text="Transfer"))
    await menu.locator("summary").click()
    for nobody in ("7" * 20, "Eva Mal", number):
        await menu.locator("input[type=search]").fill(nobody)
        await expect(menu).to_contain_text("Nobody found.", timeout=WAIT)
        await menu.locator("input[type=search]").fill("James")
        await expect(menu).to_contain_text("James Carter", timeout=WAIT)
    await menu.locator("input[type=search]").fill("+53 5 1234567")
    await eva.click("Transfer: +53 5 1234567")
    await expect(said).to_contain_text("not allowed", timeout=WAIT)
    await hears_only(client, tmp_path, OURS)

    await outside.unregister()
    async with asyncio.timeout(15):
        while (await house.get("/lines"))["items"][0]["state"] == "up":
            await asyncio.sleep(0.1)
    await eva.pick("Transfer", "Announce", MOBILE, MOBILE)
    await expect(said.last).to_contain_text("its provider is not registered", timeout=WAIT)
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=TONES)
    await client.hang_up()
    await eva.has_no_call()


async def test_what_is_said_while_the_recording_is_paused_is_not_in_it(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await hears(client, tmp_path, "before", 2)
    await eva.click("Pause recording")
    await house.call_with(number, lambda it: it["recording"] == "paused")
    await hears(client, tmp_path, "secret", 3)
    await eva.click("Go on recording")
    await house.call_with(number, lambda it: it["recording"] == "on")
    assert is_tone(await hears(client, tmp_path, "after", 2), OURS, 1)
    await client.hang_up()

    call, sides = await whole(house, number, tmp_path)
    ((start, end),) = call["recordings"][0]["gaps"]
    assert end - start > 3
    silent = slice(int((start + 0.5) * RATE), int((end - 0.5) * RATE))
    for side, hz in zip(sides, (THEIRS, OURS), strict=True):
        assert np.abs(side[silent]).max() < 0.01
        assert {hz} in parts(side[: int(start * RATE)], *TONES)
        assert {hz} in parts(side[int(end * RATE) :], *TONES)
    steps = await told(house, call)
    assert {"call.recording_paused", "call.recording_resumed"} <= set(steps)
