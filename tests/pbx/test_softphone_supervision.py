"""A supervisor at his browser listens and steps in, by the buttons: who hears whom, by tone."""

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from pbx_bridge.sip.handles import Phone
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import WAIT, BrowserPhone, sit_down
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    browser,
    eva,
    house,
    is_with,
    number,
    pool,
    recorded,
)
from tests.pbx.supervised import TONES, Talk, listening, noted, on_board

__all__ = ["browser", "eva", "house", "number", "pool"]

pytestmark = telephones(180)


@pytest_asyncio.fixture(loop_scope="module")
async def tomas(house: Program, pool: PhonePool) -> Phone:
    return await house.phone(pool, "105", tone=COLLEAGUES)


@pytest_asyncio.fixture(loop_scope="module")
async def their_talk(
    house: Program, pool: PhonePool, tomas: Phone, number: str, tmp_path: Path
) -> Talk:
    line = await house.phone(pool, "line2", tone=THEIRS)
    client = await line.dial(house.number_of("line2"), caller=number)
    desk = await tomas.incoming()
    await desk.answer()
    await client.confirmed()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    return Talk(client, desk, call, tmp_path)


async def test_listen_whisper_join_and_stop(eva: BrowserPhone, their_talk: Talk) -> None:
    await on_board(eva, their_talk).get_by_role("button", name="Listen").click()
    await listening(eva, "You are listening to Tomáš Horák")
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)
    await their_talk.client_hears(COLLEAGUES)
    await their_talk.desk_hears(THEIRS)

    await eva.click("Whisper", where="#listening")
    await listening(eva, "You whisper to Tomáš Horák")
    await their_talk.desk_hears(OURS, THEIRS)
    await their_talk.client_hears(COLLEAGUES)
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)

    await eva.click("Join in", where="#listening")
    await listening(eva, "You speak in the call of Tomáš Horák")
    await their_talk.client_hears(OURS, COLLEAGUES)
    await their_talk.desk_hears(OURS, THEIRS)
    await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)

    await eva.click("Only listen", where="#listening")
    await their_talk.client_hears(COLLEAGUES)
    await their_talk.desk_hears(THEIRS)

    await eva.click("Stop listening", where="#listening")
    await expect(eva.page.locator(".listening")).to_have_count(0, timeout=WAIT)
    await eva.has_no_call()
    await their_talk.client_hears(COLLEAGUES)
    assert await noted(eva, their_talk) == [
        "listened in",
        "whispered to the colleague",
        "joined the call",
        "listened in",
    ]
    await their_talk.client.hang_up()


@pytest.mark.parametrize("listens", [True, False])
async def test_a_client_is_taken_over(
    house: Program, eva: BrowserPhone, their_talk: Talk, number: str, listens: bool
) -> None:
    """Who pressed the button, of what she hears or on the board, has the client at once."""
    card = on_board(eva, their_talk)
    if listens:
        await card.get_by_role("button", name="Listen").click()
        await eva.hears_only(THEIRS, COLLEAGUES, of=TONES)
        await eva.click("Take over", where="#listening")
    else:
        await card.locator("summary").click()
        await card.get_by_role("button", name="Take over the client").click()
    await their_talk.desk.disconnected()
    await eva.is_("talking")
    await their_talk.client_hears(OURS)
    await eva.hears_only(THEIRS, of=TONES)
    await house.call_with(number, lambda it: is_with(it, "101"))
    await eva.press("hangup")
    await their_talk.client.disconnected()
    call = await house.call_with(number, recorded)
    assert (call["answered_by"], call["owner"]) == ("105", "101")
    before = ["listened in"] if listens else []
    assert await noted(eva, their_talk) == [*before, "took over the client"]


EXPECT = """key => document.dispatchEvent(new CustomEvent("softphone:placing", {detail: key}))"""


async def test_a_browser_answers_by_itself_only_what_was_asked_for_at_it(
    house: Program, eva: BrowserPhone, their_talk: Talk, number: str
) -> None:
    """Her page waits for another call; this one is taken over by the API, in her name."""
    await eva.page.evaluate(EXPECT, "main-another")
    body = {"mode": "takeover", "extension": "105", "device": "browser"}
    assert (await house.post(f"/calls/{their_talk.call['id']}/supervise", body))[0] == 204
    await eva.rings()
    await their_talk.desk.disconnected()
    await eva.rings()  # still
    await eva.press("answer")
    await eva.hears_only(THEIRS, of=TONES)
    await eva.press("hangup")
    await their_talk.client.disconnected()


async def test_a_call_is_ended_from_the_board(
    house: Program, eva: BrowserPhone, their_talk: Talk, number: str
) -> None:
    """Asked first, and not done if it was not meant."""
    card, dialog = on_board(eva, their_talk), eva.page.get_by_role("alertdialog")
    end = card.get_by_role("button", name="End the call")
    for answer in ("Cancel", "End the call"):
        if not await end.is_visible():
            await card.locator("summary").click()
        await end.click()
        await expect(dialog).to_contain_text("End this call? The client is hung up on.")
        await dialog.get_by_role("button", name=answer).click()
        await expect(dialog).to_be_hidden()
        if answer == "Cancel":
            await their_talk.client_hears(COLLEAGUES)
    await their_talk.client.disconnected()
    await their_talk.desk.disconnected()
    call = await house.call_with(number, recorded)
    assert (call["owner"], call["outcome"], call["ended_by_side"]) == ("105", "answered", "company")
    assert await noted(eva, their_talk) == ["ended the call of a colleague"]


POST = """async ([path, mode]) => {
  const headers = JSON.parse(document.querySelector('[hx-headers]').getAttribute('hx-headers'));
  const body = new URLSearchParams({mode, extension: '105'});
  return (await fetch(path, {method: 'POST', headers, body})).status;
}"""


async def test_who_may_not_has_no_buttons_and_is_refused(
    house: Program, browser: Browser, their_talk: Talk
) -> None:
    """An employee, and a supervisor of another department who sees the call."""
    path = f"/calls/{their_talk.call['id']}/supervise"
    for extension in ("103", "104"):
        other = await sit_down(browser, house, extension)
        people = other.page.locator("#page")
        await expect(people).to_contain_text("Tomáš Horák", timeout=WAIT)
        await expect(people.locator("[hx-post*=supervise]")).to_have_count(0)
        for mode in ("listen", "whisper", "barge", "takeover", "end"):
            assert await other.page.evaluate(POST, [path, mode]) == 403, mode
        await other.context.close()
    await their_talk.desk_hears(THEIRS)
    await their_talk.client_hears(COLLEAGUES)
    await their_talk.client.hang_up()
