"""Employees whose pages are open beside their desk phones: the page's buttons, the desk's sound."""

from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, expect

from pbx_bridge.asterisk.dialplan import CONSULT_SWAP
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
    hears,
    hears_only,
    house,
    number,
    outside,
    pool,
    recorded,
    told,
    transfers,
)
from tests.pbx.sound import is_tone, loudness
from tests.pbx.supervised import Talk, listening, noted, on_board

__all__ = ["browser", "house", "number", "outside", "pool"]

pytestmark = telephones(180)

POST = """async (path) => {
  const headers = JSON.parse(document.querySelector('[hx-headers]').getAttribute('hx-headers'));
  return (await fetch(path, {method: 'POST', headers})).status;
}"""


async def test_within_the_group_it_is_picked_up_at_the_desk(
    house: Program, browser: Browser, pool: PhonePool, number: str
) -> None:
    """James presses the board's button, and his desk phone takes it; Emily of Service may not."""
    petr = await house.phone(pool, "102")
    desk = await house.phone(pool, "103")
    line1 = await house.phone(pool, "line1", tone=THEIRS)
    emily = await sit_down(browser, house, "106")
    james = await sit_down(browser, house, "103")
    client = await line1.dial(house.number_of("line1"), caller=number)
    ringing = await petr.incoming()
    call = await house.call_with(number, lambda it: it["ringing"] != [])
    offer = james.page.locator(f"#board-call-{call['id']}").get_by_role("button", name="Pick up")
    await expect(offer).to_be_visible(timeout=WAIT)
    await expect(emily.page.locator("#board-people")).to_contain_text("Petr Novák")
    await expect(emily.page.get_by_role("button", name="Pick up")).to_have_count(0)
    assert await emily.page.evaluate(POST, f"/calls/{call['id']}/pickup") == 403
    await emily.context.close()
    await offer.click()
    taken = await desk.incoming(auto_answer=True)
    await taken.confirmed()
    await client.confirmed()
    await ringing.disconnected()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert (call["answered_by"], call["owner"]) == ("103", "103")
    await james.click("Hang up")
    await client.disconnected()
    await taken.disconnected()
    await james.context.close()


def is_recorded(state: str, call: dict[str, Any]) -> bool:
    return bool(call["recording"] == state)


async def recording_is_steered(
    house: Program, petr: BrowserPhone, client: PhoneCall, number: str, folder: Path
) -> None:
    """They talk on, whatever is done with it."""
    for button, becomes in (
        ("Pause recording", "paused"),
        ("Go on recording", "on"),
        ("End recording", "off"),
        ("Record", "on"),
    ):
        await petr.click(button)
        await house.call_with(number, partial(is_recorded, becomes))
        await hears_only(client, folder, COLLEAGUES)


async def test_a_call_on_the_desk_phone_is_steered_from_the_page(
    house: Program, browser: Browser, outside: Phone, pool: PhonePool, number: str, tmp_path: Path
) -> None:
    """Petr has his page open and telephones with his desk phone 102."""
    desk_phone = await house.phone(pool, "102", tone=COLLEAGUES)
    lucie = await house.phone(pool, "104", tone=OURS)
    petr = await sit_down(browser, house, "102")
    client = await outside.dial(house.number_of("line1"), caller=number)
    desk = await desk_phone.incoming()
    await desk.answer()
    await client.confirmed()
    strip = petr.page.locator("#strip")
    await petr.click("Hold")
    await expect(strip.locator(".strip-state")).to_contain_text("On hold", timeout=WAIT)
    music = await hears(client, tmp_path, "music", 2)
    assert loudness(music, 1) > 50
    assert not is_tone(music, COLLEAGUES, 1)
    await petr.click("Resume")
    await hears_only(client, tmp_path, COLLEAGUES)

    await recording_is_steered(house, petr, client, number, tmp_path)

    await petr.pick("Transfer", "Announce", "104", "Lucie Dvořáková")
    asked = await lucie.incoming()
    await asked.answer()
    await hears_only(asked, tmp_path, COLLEAGUES)
    await desk.digits(CONSULT_SWAP)  # on the phone itself
    await expect(strip).to_contain_text("Lucie Dvořáková waits", timeout=WAIT)
    await hears_only(client, tmp_path, COLLEAGUES)
    await petr.click("Hang up Lucie Dvořáková")
    await asked.disconnected()
    await hears_only(desk, tmp_path, THEIRS)

    await petr.pick("Add", "Add", "104", "Lucie Dvořáková")
    asked = await lucie.incoming()
    await asked.answer()
    await hears_only(client, tmp_path, OURS, COLLEAGUES)
    await petr.click("Hang up Lucie Dvořáková")
    await asked.disconnected()
    await petr.pick("Transfer", "Transfer", "104", "Lucie Dvořáková")
    asked = await lucie.incoming()
    await desk.disconnected()
    await asked.answer()
    await hears_only(client, tmp_path, OURS)
    await asked.hang_up()
    await client.disconnected()
    await petr.context.close()

    call = await house.call_with(number, recorded)
    assert transfers(call) == [("blind", "102", "104")]
    assert (call["answered_by"], call["owner"]) == ("102", "104")
    (kept,) = call["recordings"]
    assert len(kept["gaps"]) == 2, kept  # paused, and ended for a while
    steps = await told(house, call)
    for step in ("call.held", "call.resumed", "call.consult_started", "call.consult_ended"):
        assert step in steps


async def petrs_talk(house: Program, pool: PhonePool, number: str, folder: Path) -> Talk:
    """A client and Petr at his desk phone 102."""
    petr = await house.phone(pool, "102", tone=COLLEAGUES)
    line = await house.phone(pool, "line1", tone=THEIRS)
    client = await line.dial(house.number_of("line1"), caller=number)
    desk = await petr.incoming()
    await desk.answer()
    await client.confirmed()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    return Talk(client, desk, call, folder)


async def test_a_supervisor_at_a_desk_phone_steps_in(
    house: Program,
    browser: Browser,
    pool: PhonePool,
    number: str,
    tmp_path: Path,
) -> None:
    """Lucie is at her browser's page, and telephones with her desk phone 104."""
    hers = await house.phone(pool, "104", tone=OURS)
    lucie = await sit_down(browser, house, "104")
    talk = await petrs_talk(house, pool, number, tmp_path)
    client, desk = talk.client, talk.desk

    await on_board(lucie, talk).get_by_role("button", name="Listen").click()
    ear = await hers.incoming(auto_answer=True)
    await ear.confirmed()
    await listening(lucie, "You are listening to Petr Novák")
    await hears_only(ear, tmp_path, THEIRS, COLLEAGUES)
    await talk.client_hears(COLLEAGUES)
    await talk.desk_hears(THEIRS)
    await lucie.click("Whisper", where="#listening")
    await talk.desk_hears(OURS, THEIRS)
    await talk.client_hears(COLLEAGUES)
    await lucie.click("Join in", where="#listening")
    await talk.client_hears(OURS, COLLEAGUES)
    await hears_only(ear, tmp_path, THEIRS, COLLEAGUES)

    await lucie.click("Take over", where="#listening")
    await ear.disconnected()
    taken = await hers.incoming(number=number, auto_answer=True)
    await desk.disconnected()
    await talk.client_hears(OURS)
    await hears_only(taken, tmp_path, THEIRS)
    await taken.hang_up()
    await client.disconnected()
    call = await house.call_with(number, recorded)
    assert [(it["extension"], it["how"]) for it in call["parties"]] == [
        (None, "called"),
        ("102", "answered"),
        ("104", "conference"),
        ("104", "transfer"),
    ]
    assert (call["answered_by"], call["owner"]) == ("102", "104")
    await lucie.context.close()
    admin = await sit_down(browser, house)
    assert await noted(admin, talk) == [
        "listened in",
        "whispered to the colleague",
        "joined the call",
        "took over the client",
    ]
    await admin.context.close()


async def test_a_supervisor_at_a_desk_phone_ends_what_she_hears(
    house: Program, browser: Browser, pool: PhonePool, number: str, tmp_path: Path
) -> None:
    """Lucie is above Petr's department and no administrator."""
    hers = await house.phone(pool, "104", tone=OURS)
    lucie = await sit_down(browser, house, "104")
    talk = await petrs_talk(house, pool, number, tmp_path)
    await on_board(lucie, talk).get_by_role("button", name="Listen").click()
    ear = await hers.incoming(auto_answer=True)
    await ear.confirmed()
    await listening(lucie, "You are listening to Petr Novák")
    await lucie.click("End the call", where="#listening")
    await lucie.click("End the call", where="[role=alertdialog]")
    for phone in (talk.client, talk.desk, ear):
        await phone.disconnected()
    await expect(lucie.page.locator(".listening")).to_have_count(0, timeout=WAIT)
    call = await house.call_with(number, recorded)
    assert (call["owner"], call["outcome"], call["ended_by_side"]) == ("102", "answered", "company")
    await lucie.context.close()
    admin = await sit_down(browser, house)
    assert await noted(admin, talk) == ["listened in", "ended the call of a colleague"]
    await admin.context.close()


async def test_a_number_clicked_twice_is_called_once_on_the_line_of_last_time(
    house: Program, browser: Browser, pool: PhonePool, number: str
) -> None:
    """Emily, whose own line is the first, double-clicks who had called on the second."""
    desk_phone = await house.phone(pool, "106")
    line = await house.phone(pool, "line2")
    client = await line.dial(house.number_of("line2"), caller=number)
    missed = await house.call_with(number, lambda it: it["ringing"] != [])
    await client.hang_up()
    await house.call_with(number, lambda it: it["state"] == "ended")
    emily = await sit_down(browser, house, "106")
    await emily.page.goto(f"/calls/{missed['id']}")
    await emily.page.locator(f"#page [data-call='{number}']").first.dblclick()
    desk = await desk_phone.incoming(auto_answer=True)
    await desk.confirmed()
    called = await line.incoming(dialled=number)
    await called.answer()
    calls = (await house.get("/calls", number=number))["items"]
    assert [(it["direction"], it["line"]) for it in calls] == [
        ("outbound", "line2"),
        ("inbound", "line2"),
    ]
    await called.hang_up()
    await desk.disconnected()
    await emily.context.close()
