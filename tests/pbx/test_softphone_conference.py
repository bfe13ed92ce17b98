"""All talk together, by the buttons of the strip in the browser: one call, one recording."""

from playwright.async_api import Browser, expect

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import WAIT, sit_down
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    browser,
    eva,
    house,
    number,
    outside,
    parts,
    pool,
    transfers,
)
from tests.pbx.steered import DIALLED, MARKS, MOBILE, TONES, Talk, james, talk

__all__ = ["browser", "eva", "house", "james", "number", "outside", "pool", "talk"]

pytestmark = MARKS


async def test_a_conference_of_three_is_left_to_the_others(talk: Talk, james: Phone) -> None:
    eva, client = talk.eva, talk.client
    await eva.pick("Add", "Add", "103", "James Carter")
    desk = await james.incoming()
    await expect(eva.page.locator("#strip .strip-party")).not_to_have_count(0, timeout=WAIT)
    await desk.answer()
    await talk.client_hears(OURS, COLLEAGUES)
    await talk.hears(desk, OURS, THEIRS)
    await talk.eva_hears(THEIRS, COLLEAGUES)

    await eva.click("Mute James Carter")
    await talk.client_hears(OURS)
    await eva.click("Mute James Carter")
    await talk.client_hears(OURS, COLLEAGUES)

    await eva.page.reload()  # the others go on, and the page comes back to them
    back = ("101", "conference")
    await talk.house.call_with(
        talk.number, lambda it: back in [(one["extension"], one["how"]) for one in it["parties"]]
    )
    await talk.client_hears(OURS, COLLEAGUES)
    await talk.eva_hears(THEIRS, COLLEAGUES)

    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await talk.client_hears(COLLEAGUES)
    await client.hang_up()
    await desk.disconnected()

    call, (said_by_client, said_to_client) = await talk.whole()
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


async def test_a_colleague_is_called_in_at_desk_phone_and_browser(
    talk: Talk, james: Phone, browser: Browser
) -> None:
    eva, client = talk.eva, talk.client
    his = await sit_down(browser, talk.house, "103")
    await his.use_as_phone()
    await eva.pick("Add", "Add", "103", "James Carter")
    desk = await james.incoming()
    await his.rings()
    rings = eva.page.locator("#strip .strip-party", has_text="James Carter rings")
    await expect(rings).to_have_count(1, timeout=WAIT)
    await his.press("answer")
    await desk.disconnected()
    await his.hears_only(OURS, THEIRS, of=TONES)
    await talk.eva_hears(OURS, THEIRS)  # the microphones of both browsers sound alike
    await expect(his.page.locator("#strip .strip-party")).to_have_count(3, timeout=WAIT)
    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await talk.client_hears(OURS)
    await client.hang_up()
    await his.has_no_call()
    await his.context.close()

    call, _ = await talk.whole()
    assert call["owner"] == "103"
    assert [(it["extension"], it["how"]) for it in call["parties"][2:]] == [("103", "conference")]
    assert "call.missed" not in await talk.told(call)


async def test_asked_in_turn_and_then_all_together(talk: Talk, james: Phone) -> None:
    eva, client = talk.eva, talk.client
    desk = await talk.ask(james)
    await desk.answer()
    await expect(talk.strip.locator(".strip-state")).to_contain_text("Client waits", timeout=WAIT)
    await talk.hears(desk, OURS)

    await eva.click("Swap")
    await expect(talk.strip.locator(".strip-state")).to_contain_text("Talking", timeout=WAIT)
    await expect(talk.strip).to_contain_text("James Carter waits")
    await talk.client_hears(OURS)
    await talk.eva_hears(THEIRS)
    await eva.click("Swap")
    await expect(talk.strip.locator(".strip-state")).to_contain_text("Client waits", timeout=WAIT)
    await talk.hears(desk, OURS)
    await talk.eva_hears(COLLEAGUES)

    await eva.click("All together")
    await talk.client_hears(OURS, COLLEAGUES)
    await talk.hears(desk, OURS, THEIRS)
    await talk.eva_hears(THEIRS, COLLEAGUES)
    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await talk.client_hears(COLLEAGUES)
    await client.hang_up()
    await desk.disconnected()

    call, (said_by_client, said_to_client) = await talk.whole()
    assert (call["owner"], transfers(call)) == ("103", [])
    assert {"call.consult_started", "call.consult_ended"} <= set(await talk.told(call))
    heard = parts(said_to_client, *TONES)
    assert {OURS, COLLEAGUES} in heard
    assert {COLLEAGUES} in heard[heard.index({OURS, COLLEAGUES}) :]
    assert {THEIRS} in parts(said_by_client, *TONES)[-4:]


async def test_a_colleague_and_a_mobile_are_called_in_and_sent_out(
    talk: Talk, outside: Phone, james: Phone
) -> None:
    """The client is left with the mobile: Eva spoke with both last."""
    eva, client = talk.eva, talk.client
    parties_ = eva.page.locator("#strip .strip-parties")
    await eva.pick("Add", "Add", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    await expect(parties_).to_contain_text(f"{MOBILE} rings", timeout=WAIT)
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await talk.client_hears(OURS, COLLEAGUES)
    await talk.hears(far, OURS, THEIRS)
    await talk.eva_hears(THEIRS, COLLEAGUES)
    await eva.click(f"Mute {MOBILE}")
    await talk.client_hears(OURS)
    await eva.click(f"Hang up {MOBILE}")
    await far.disconnected()
    await expect(parties_).to_have_count(0, timeout=WAIT)
    await talk.eva_hears(THEIRS)

    await eva.pick("Add", "Add", "103", "James Carter")
    desk = await james.incoming()
    await desk.answer()
    await talk.client_hears(OURS, COLLEAGUES)
    await eva.pick("Add", "Add", MOBILE, MOBILE)
    again = await outside.incoming(dialled=DIALLED)
    await again.answer()
    await again.tell("tone", hz=OURS)
    await talk.hears(again, OURS, THEIRS, COLLEAGUES)
    # Muted before, and heard since: the button says so.
    mute = parties_.get_by_role("button", name=f"Mute {MOBILE}", exact=True)
    await expect(mute).to_be_visible(timeout=WAIT)
    await eva.click("Hang up James Carter")
    await desk.disconnected()
    await talk.hears(again, OURS, THEIRS)
    await eva.click("Leave it to the others")
    await eva.has_no_call()
    await talk.client_hears(OURS)
    await talk.hears(again, THEIRS)
    await client.hang_up()
    await again.disconnected()

    call, (said_by_client, _) = await talk.whole()
    assert [(it["extension"] or it["number"], it["how"]) for it in call["parties"]] == [
        (talk.number, "called"),
        ("101", "answered"),
        (DIALLED, "conference"),
        ("103", "conference"),
        (DIALLED, "conference"),
    ]
    assert (call["owner"], transfers(call)) == ("101", [])
    assert all(part == {THEIRS} for part in parts(said_by_client, *TONES)[2:-2])
