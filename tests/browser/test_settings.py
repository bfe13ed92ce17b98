"""What the administrator sets up in the browser, what everybody sets for himself, and the demo."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from crm.telephony.ports import TelephonyError
from tests.browser.conftest import PHONE, Company, Desk
from tests.unit.recordings.sounds import tone, wav_bytes
from web.context import CONTEXT
from web.ports import DemoPhone

pytestmark = pytest.mark.browser


def test_a_user_is_made_changed_and_told_what_is_wrong(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/users")
    page.get_by_role("link", name="New user").click()
    expect(page.locator("#page h2")).to_have_text("New user")
    page.locator("#name").fill("Nina Nová")
    page.locator("#login").fill("eva")
    page.get_by_role("checkbox", name="Support").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("This login exists already")
    desk.forgive("422")
    expect(page.locator("#name")).to_have_value("Nina Nová")
    expect(page.get_by_role("checkbox", name="Support")).to_be_checked()
    page.locator("#login").fill("nina")
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr", has_text="Nina Nová")
    expect(row).to_contain_text("No password yet")
    row.get_by_role("link", name="Nina Nová").click()
    page.get_by_label("New password").fill("a very long password")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tr", has_text="Nina Nová")).to_contain_text("Active")


def test_departments_are_added_renamed_and_removed(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/departments")
    page.get_by_label("Name of the new department").fill("Sklad")
    page.get_by_role("button", name="Add").click()
    form = page.locator("form", has=page.locator("input[value='Sklad']"))
    form.get_by_role("textbox").fill("Velký sklad")
    form.get_by_role("button", name="Rename").click()
    page.get_by_role("button", name="Delete Velký sklad").click()
    asked = page.get_by_role("alertdialog", name="Delete department Velký sklad?")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).not_to_be_visible()
    page.get_by_role("button", name="Delete Velký sklad").click()
    asked.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Delete Velký sklad")).to_have_count(0)


def test_statuses_of_leads_are_kept_in_order(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/statuses")
    page.get_by_role("link", name="New status").click()
    page.locator("#name").fill("New")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("A status of this name exists already")
    desk.forgive("422")
    page.locator("#name").fill("Čeká na nabídku")
    page.get_by_text("Purple").click()
    page.get_by_role("button", name="Save").click()
    row = page.locator("tbody tr").last
    expect(row).to_contain_text("Čeká na nabídku")
    expect(row.locator(".pill")).to_have_class("pill hue-3 pill-hue")
    page.get_by_role("button", name="Move Čeká na nabídku up").click()
    expect(page.locator("tbody tr").last).to_contain_text("Lost")
    page.get_by_role("link", name="New", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("Give them another one first")
    desk.forgive("422")
    page.goto("/settings/statuses")
    page.get_by_role("link", name="Čeká na nabídku").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Converted").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_an_employee_does_not_keep_the_statuses(desk: Desk) -> None:
    page = desk.page("eva")
    for path in ("/settings/statuses", "/settings/statuses/new", "/settings/statuses/1"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403
    desk.forgive("403")


def test_on_a_phone_the_present_tab_is_in_sight(desk: Desk) -> None:
    page = desk.page(size=PHONE)
    page.goto("/settings/statuses")
    expect(page.locator(".tab[aria-current=page]")).to_be_in_viewport(ratio=1)


def test_the_board_fills_the_screen_and_gives_it_back(desk: Desk) -> None:
    page = desk.page()
    page.goto("/board")
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.get_by_role("button", name="Leave full screen").click()
    expect(page.get_by_role("button", name="Full screen", exact=True)).to_be_visible()


def test_a_one_time_password_is_changed_before_anything_else(desk: Desk, company: Company) -> None:
    given, own = "from the administrator", "known to me alone"
    people, admin = company.house.crm.people, company.house.actors["admin"]
    company.run(people.create_user(admin, {"login": "ota", "name": "Ota Nový", "password": given}))
    page = desk.page(None)
    page.goto("/calls")
    page.get_by_label("Login").fill("ota")
    page.get_by_label("Password").fill(given)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    page.get_by_label("New password").fill(given)
    page.get_by_label("Once more").fill(given)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#password-error")).to_contain_text("another than the one-time password")
    desk.forgive("422")
    page.get_by_label("New password").fill(own)
    page.get_by_label("Once more").fill(own)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#page h1")).to_have_text("Calls")


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


def test_a_token_is_shown_once(desk: Desk) -> None:
    page = desk.page("sup")
    page.goto("/profile")
    page.get_by_label("Name of the new token").fill("Power BI")
    page.get_by_role("button", name="Make a token").click()
    secret = page.locator(".notice code")
    expect(secret).to_contain_text("hov_")
    shown = secret.inner_text()
    page.goto("/profile")
    expect(page.get_by_text("Power BI")).to_be_visible()
    assert shown not in page.content()
    page.locator("form", has_text="Power BI").get_by_role("button", name="Revoke").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("form", has_text="Power BI")).to_have_count(0)


def test_my_state_is_seen_by_others(desk: Desk) -> None:
    watching = desk.page("sup")
    watching.goto("/board")
    expect(watching.locator("html[data-live=on]")).to_be_attached()
    page = desk.page("eva")
    page.goto("/board")
    page.get_by_label("My state: Free").click()
    page.get_by_role("button", name="Break").click()
    expect(page.get_by_label("My state: Break")).to_be_visible()
    expect(watching.locator(".board-person", has_text="Eva Malá")).to_contain_text("Break")
    page.get_by_label("My state: Break").click()
    page.get_by_role("button", name="Free").click()
    expect(watching.locator(".board-person", has_text="Eva Malá")).to_contain_text("Free")


class PaperDemo:
    """A demo without people: remembers who was to call. `refuse`: why nobody can."""

    sip = "127.0.0.1:5060"
    phones = (DemoPhone("101", "Eva Malá", "secret-of-101"),)

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.calls: list[tuple[str | None, str]] = []
        self.played: list[str] = []
        self.told: list[tuple[int, str]] = []
        self.refuse = ""

    async def call_in(
        self, number: str | None, line: str, *, patient: bool = False, spared: bool = False
    ) -> str:
        if self.refuse:
            raise TelephonyError(self.refuse)
        self.calls.append((number, line))
        self.played.append(f"{line}{' patient' * patient}{' spared' * spared}")
        return number or "+420601222333"

    def told_of(self, user: int) -> frozenset[str]:
        return frozenset(step for who, step in self.told if who == user)

    def tell_of(self, user: int, step: str) -> None:
        self.told.append((user, step))

    async def ring_colleague(self, among: Sequence[str]) -> tuple[str, str]:
        self.played.append(f"one of {' '.join(among)}")
        return "101", "102"


@pytest.fixture
def demo(company: Company) -> Iterator[PaperDemo]:
    app = company.house.client.app
    assert app is not None
    before, paper = app[CONTEXT], PaperDemo(company.house.clock())
    # The application is frozen: only here, and back at the end.
    app._state[CONTEXT] = dataclasses.replace(before, demo=paper)
    yield paper
    app._state[CONTEXT] = before


def test_a_newcomer_lets_a_client_call(desk: Desk, demo: PaperDemo) -> None:
    page = desk.page()
    page.goto("/board")
    page.get_by_role("link", name="Try it").click()
    expect(page.locator("#page")).to_contain_text("secret-of-101")
    page.get_by_role("button", name="Let them call").click()
    expect(page.locator("#try-result")).to_contain_text("+420 601 222 333 is calling")
    page.get_by_label("A client from the database").check()
    page.get_by_role("button", name="Let them call").click()
    expect(page.locator("#try-result")).to_contain_text("+420 777")
    assert demo.calls[0] == (None, "line1")
    assert demo.calls[1][0] is not None
    demo.refuse = "The simulated people are still coming to work; try again"
    page.get_by_role("button", name="Let them call").click()
    expect(page.locator("#try-result .is-error")).to_contain_text("still coming to work")
    page.get_by_role("link", name="Leads", exact=True).last.click()
    expect(page.locator("#page h1")).to_have_text("Leads")


def test_the_guide_sets_scenes_up_and_ticks_off_what_is_done(desk: Desk, demo: PaperDemo) -> None:
    company = desk.company
    page = desk.page("eva")
    page.goto("/try")
    guide = page.get_by_role("region", name="Step by step")

    def step(title: str) -> Locator:
        return guide.locator("li", has_text=title)

    expect(guide).to_contain_text("0 of 17 tried")
    guide.get_by_role("button", name="Call me", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="calls your phone")).to_be_visible()
    assert demo.played == ["line1 patient spared"]
    call = company.run(company.caller.rings("+420601777888"))
    expect(step("Let a client call you")).to_have_class(re.compile("is-done"))
    company.run(call.later(3).answered("101"))
    expect(step("Answer the call")).to_have_class(re.compile("is-done"))
    company.run(call.later(3).held("101"))
    expect(step("Put the client on hold")).to_have_class(re.compile("is-done"))
    company.run(call.later(3).transferred("101", "102"))
    expect(step("Transfer the client")).to_have_class(re.compile("is-done"))
    expect(step("Call out")).not_to_have_class(re.compile("is-done"))
    expect(guide).to_contain_text("4 of 17 tried")
    company.run(call.later(3).ended())
    other = desk.page("petr")  # what Eva has done is not his
    other.goto("/try")
    expect(other.get_by_role("region", name="Step by step")).to_contain_text("0 of 17 tried")


DID = """
async (step) => {
  const headers = JSON.parse(document.body.getAttribute('hx-headers'));
  const body = new URLSearchParams({step});
  const answer = await fetch('/try/did', {method: 'POST', headers, body});
  document.dispatchEvent(new Event('guide:changed'));
  return answer.status;
}
"""


def test_the_phone_in_the_page_tells_the_guide_what_only_it_knows(
    desk: Desk, demo: PaperDemo
) -> None:
    page = desk.page("eva")
    page.goto("/try")
    guide = page.get_by_role("region", name="Step by step")
    assert page.evaluate(DID, "transfer") == 422, "the journal tells that, nobody else"
    assert page.evaluate(DID, "mute") == 204
    expect(guide.locator(".is-done")).to_have_text(re.compile("Mute yourself"))
    desk.forgive("422")
    other = desk.page("petr")
    other.goto("/try")
    expect(other.get_by_role("region", name="Step by step")).to_contain_text("0 of 17 tried")


def test_without_the_demo_nobody_is_told(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    assert page.evaluate(DID, "mute") == 404
    desk.forgive("404")


def test_without_the_demo_there_is_no_such_page(desk: Desk) -> None:
    page = desk.page()
    page.goto("/try")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Try it")).to_have_count(0)
    desk.forgive("404")


def test_the_audit_names_what_was_changed_and_leads_there(desk: Desk) -> None:
    page = desk.page()
    page.goto("/settings/users/new")
    page.get_by_label("Name", exact=False).first.fill("Olga Zapsaná")
    page.get_by_label("Login").fill("olga.zapsana")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Olga Zapsaná")).to_be_visible()
    page.goto("/settings/audit")
    page.locator("#chips summary", has_text="On").click()
    page.locator(".menu-item", has_text="user").first.click()
    expect(page).to_have_url(re.compile("subject=user"))
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("created")
    row.get_by_role("link", name="Olga Zapsaná").click()
    expect(page.get_by_role("heading", name="Olga Zapsaná")).to_be_visible()


def test_an_employee_does_not_read_the_audit(desk: Desk) -> None:
    page = desk.page("eva")
    for path in ("/settings/audit", "/settings/audit/rows"):
        page.goto(path)
        expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
    desk.forgive("403")
