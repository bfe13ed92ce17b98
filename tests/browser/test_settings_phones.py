"""Extensions, lines and the limits of calling out as the administrator sets them."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Desk
from tests.unit.recordings.sounds import tone, wav_bytes

pytestmark = pytest.mark.browser


def test_each_line_of_an_employee_has_a_key_in_the_order_that_the_pbx_counts(desk: Desk) -> None:
    house, company = desk.company.house, desk.company
    crm, eva, admin = house.crm, house.actors["eva"], house.actors["admin"]
    company.run(crm.people.update_user(admin, eva.id, {"lines": ["line2", "line1"]}))
    try:
        (entry,) = [
            it for it in company.run(crm.lines.pbx_directory()).extensions if it.number == "101"
        ]
        page = desk.page()
        page.goto("/settings/extensions")
        row = page.locator("tr", has_text="101")
        row.get_by_role("button", name="Set up a phone").click()
        keys = page.locator("#dialog h3", has_text="Line keys").locator("+ p + dl")
        expect(keys.locator("dt")).to_have_text(
            [crm.directory.lines[it].label for it in entry.lines]
        )
        expect(keys.locator("code")).to_have_text(["*1*", "*2*"])
    finally:
        company.run(crm.people.update_user(admin, eva.id, {"lines": ["line1"]}))


def test_a_phones_password_is_shown_on_demand_and_that_is_written_down(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/extensions")
    page.get_by_role("link", name="New extension").click()
    page.get_by_label("Digits").fill("120")
    page.get_by_label("Name on the display").fill("Meeting room")
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr", has_text="Meeting room")
    row.get_by_role("button", name="Set up a phone").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Set up a phone for 120")
    password = dialog.locator("dt", has_text="Password").locator("+ dd code").inner_text()
    assert len(password) >= 16
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert password not in page.content()
    page.goto("/settings/audit")
    expect(page.locator("tbody tr").first).to_contain_text("saw the password")


def test_a_line_gets_its_ring_group(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/lines")
    page.get_by_role("link", name="Support").click()
    page.get_by_label("102 Petr Novák").check()
    page.get_by_label("Seconds of ringing").fill("40")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tr", has_text="Support")).to_contain_text("102")
    expect(page.locator("tr", has_text="Support")).to_contain_text("40 s")


@pytest.mark.parametrize("size", [None, PHONE])
def test_callers_of_a_line_hear_an_uploaded_sound(
    desk: Desk, size: dict[str, int] | None, tmp_path: Path
) -> None:
    hello, letter = tmp_path / "Dobrý den.wav", tmp_path / "letter.wav"
    hello.write_bytes(wav_bytes(tone(600, 3.0)))
    letter.write_bytes(b"Dear Sir or Madam,")
    page = desk.page(size=size)
    page.goto("/settings/lines/line1")
    file = page.get_by_label("Or a sound file instead of the text")
    file.set_input_files(letter)
    expect(page.locator("#sound-error")).to_have_text("Is no WAV, MP3 or Ogg sound.")
    desk.forgive("422")
    expect(file).to_have_attribute("aria-describedby", "sound-error")
    file.set_input_files(hello)
    sound = page.locator("#line-sound")
    expect(sound).to_contain_text("Dobrý den.wav")
    expect(sound).to_contain_text("0:03")
    player = sound.locator("audio")
    player.evaluate("it => { it.muted = true; return it.play(); }")
    player.evaluate(
        "it => new Promise(done => { it.ontimeupdate = () => it.currentTime && done(); })"
    )
    assert player.evaluate("it => it.duration") == 3
    assert (
        page.evaluate("document.documentElement.scrollWidth") <= (size or {"width": 1440})["width"]
    )
    expect(page.locator("#line-form #number")).to_be_visible()  # the rest is as it was
    sound.get_by_role("button", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(sound.locator("audio")).to_have_count(0)
    expect(page.get_by_label("Or a sound file instead of the text")).to_be_visible()


def test_the_company_limits_calling_out(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/limits")
    page.get_by_label("Countries to call").fill("cz, sk XX")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("There is no country XX.")).to_be_visible()
    desk.forgive("422")
    page.get_by_label("Countries to call").fill("cz, sk")
    page.get_by_label("Outbound calls an hour").fill("50")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Countries to call")).to_have_value("CZ SK")
    page.get_by_label("Countries to call").fill("")
    page.get_by_label("Outbound calls an hour").fill("")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Outbound calls an hour")).to_have_value("120")
    eva = desk.page("eva")
    eva.goto("/settings/limits")
    expect(eva.get_by_role("heading", name="You may not do this")).to_be_visible()
    desk.forgive("403")
