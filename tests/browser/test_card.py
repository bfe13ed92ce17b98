"""A card: edited in place, noted on, converted; calls moved between cards."""

import re

import pytest
from playwright.sync_api import Page, expect

from crm.clients.models import CardType
from crm.clients.views import CardData, CardView
from tests.browser.company import NASTY_NAME
from tests.browser.conftest import Company, Desk

pytestmark = pytest.mark.browser


def make(company: Company, type_: CardType, data: CardData) -> CardView:
    house = company.house
    return company.run(house.crm.clients.create_card(house.actors["admin"], type_, data))


def again(company: Company, card: CardView) -> CardView:
    """The card as it is now in the database."""
    house = company.house
    return company.run(house.crm.clients.get_card(house.actors["admin"], card.type, card.id))


def open_card(page: Page, card: CardView) -> None:
    page.goto(f"/{card.type}s/{card.id}" if card.type != "company" else f"/companies/{card.id}")


def test_a_field_is_saved_on_leaving_it_and_undone(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Ivan Starý", "position": "Nákupčí"})
    page = desk.page()
    open_card(page, card)
    page.get_by_label("Position").fill("Ředitel")
    page.get_by_label("E-mail").focus()
    expect(page.locator(".toast-line")).to_contain_text("Saved.")
    assert again(desk.company, card).position == "Ředitel"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Position")).to_have_value("Nákupčí")
    expect(page.locator(".toast-line")).to_contain_text("Undone.")
    assert again(desk.company, card).position == "Nákupčí"


def test_enter_saves_and_escape_gives_back(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Olga Ostrá"})
    page = desk.page()
    open_card(page, card)
    name = page.get_by_label("Name")
    name.fill("Něco jiného")
    name.press("Escape")
    expect(name).to_have_value("Olga Ostrá")
    assert again(desk.company, card).name == "Olga Ostrá"
    name.fill("Olga Jemná")
    name.press("Enter")
    expect(page.locator(".toast-line")).to_contain_text("Saved.")
    assert again(desk.company, card).name == "Olga Jemná"


def test_what_is_wrong_stands_beside_the_field(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Emil Mýlka"})
    page = desk.page()
    open_card(page, card)
    page.get_by_label("E-mail").fill("this is none")
    page.get_by_label("Position").focus()
    expect(page.locator("#fact-emails-error")).to_have_text("Is not an e-mail address.")
    expect(page.get_by_label("E-mail")).to_have_value("this is none")
    assert again(desk.company, card).emails == ()


def test_phones_are_edited_typed_in_any_usual_way(desk: Desk) -> None:
    card = make(
        desk.company,
        CardType.CONTACT,
        {"name": "Tele Fonista", "phones": [{"number": "+420777555111", "kind": "mobile"}]},
    )
    page = desk.page()
    open_card(page, card)
    page.get_by_role("button", name="Edit phones").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("button", name="Add a phone").click()
    dialog.locator("input[type=tel]").last.fill("12")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("Is not a telephone number.")
    dialog.locator("input[type=tel]").last.fill("00420 777/555-222")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#card-facts .phone-call")).to_have_text(["777 555 111", "777 555 222"])
    expect(dialog).not_to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#card-facts .phone-call")).to_have_text(["777 555 111"])


@pytest.mark.parametrize("language", ["en-GB", "cs-CZ"])
def test_a_colleagues_own_mobile_is_no_clients_number(desk: Desk, language: str) -> None:
    company = desk.company
    admin, eva = company.house.actors["admin"], company.house.actors["eva"]
    people = company.house.crm.people
    company.run(people.update_user(admin, eva.id, {"mobile": "603 111 222"}))
    page = desk.page(locale=language)
    page.goto("/contacts/new")
    page.locator("[name=name]").fill("Eva z domova")
    page.locator("input[type=tel]").first.fill("+420 603 111 222")
    page.locator("#page form button.btn-main").click()
    says = {
        "en-GB": "Is the mobile of somebody who works here.",
        "cs-CZ": "Je mobil někoho z firmy.",
    }
    expect(page.locator("#page .field-error").first).to_have_text(says[language])
    expect(page.locator("input[type=tel]").first).to_have_value("+420 603 111 222")
    desk.forgive("422")
    company.run(people.update_user(admin, eva.id, {"mobile": None}))


def test_a_note_that_could_not_be_saved_is_not_lost(desk: Desk) -> None:
    company = desk.company
    card = make(company, CardType.CONTACT, {"name": "Smazán Meziť"})
    page = desk.page()
    open_card(page, card)
    note = page.get_by_placeholder("Write a note…")
    note.fill("Long, and nobody writes it twice")
    clients, admin = company.house.crm.clients, company.house.actors["admin"]
    company.run(clients.delete_card(admin, CardType.CONTACT, card.id))
    page.get_by_role("button", name="Save note").click()
    said = "This is not there any more: somebody deleted it meanwhile."
    expect(page.locator("#toasts [role=alert]")).to_have_text(said)
    expect(note).to_have_value("Long, and nobody writes it twice")
    desk.forgive("404")
    company.run(clients.restore_card(admin, CardType.CONTACT, card.id))
    page.get_by_role("button", name="Save note").click()
    expect(note).to_have_value("")
    expect(page.locator("#timeline .note-text")).to_have_text("Long, and nobody writes it twice")


def test_who_leaves_a_page_in_the_middle_of_writing_finds_it_again(desk: Desk) -> None:
    """As when a call comes in, and another client's card is looked at."""
    page = desk.page()
    card = make(desk.company, CardType.CONTACT, {"name": "Roze Psáno"})
    open_card(page, card)
    note = page.get_by_placeholder("Write a note…")
    note.fill("Half a thought")
    page.get_by_role("link", name="Leads", exact=True).first.click()
    expect(page.locator("#page h1")).to_have_text("Leads")
    page.go_back()
    expect(note).to_have_value("Half a thought")
    expect(page.locator("#toasts")).to_contain_text("What you were writing is here again.")
    page.get_by_role("button", name="Save note").click()
    expect(note).to_have_value("")
    page.get_by_role("link", name="Leads", exact=True).first.click()
    expect(page.locator("#page h1")).to_have_text("Leads")
    page.go_back()
    expect(page.locator("#timeline")).to_contain_text("Half a thought")
    expect(note).to_have_value("")


def test_what_was_cancelled_does_not_come_back(desk: Desk) -> None:
    page = desk.page()
    page.goto("/contacts")
    for end, comes_back in (("Cancel", ""), ("Companies", "Nikdo Důležitý")):
        page.get_by_role("link", name="New contact").click()
        page.get_by_label("Name", exact=False).first.fill("Nikdo Důležitý")
        page.get_by_role("link", name=end, exact=True).first.click()
        expect(page.locator("#page h1")).not_to_have_text("New contact")
        page.get_by_role("link", name="Contacts", exact=True).first.click()
        page.get_by_role("link", name="New contact").click()
        expect(page.get_by_label("Name", exact=False).first).to_have_value(comes_back)
        page.get_by_role("link", name="Cancel").click()
        expect(page.locator("#page h1")).to_have_text("Contacts")


def test_what_somebody_else_changes_is_seen_at_once_and_typing_goes_on(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Dva Najednou"})
    one, other = desk.page(), desk.page("eva")
    for page in (one, other):
        open_card(page, card)
        expect(page.locator("html[data-live=on]")).to_be_attached()
    other.get_by_label("E-mail").press_sequentially("dva@naj")
    one.get_by_label("Position").fill("Ředitel")
    one.get_by_label("Position").press("Enter")
    expect(other.get_by_label("Position")).to_have_value("Ředitel")
    other.get_by_label("E-mail").press_sequentially("ednou.cz")
    with other.expect_response("**/fields/emails"):
        other.get_by_label("E-mail").press("Enter")
    expect(one.get_by_label("E-mail")).to_have_value("dva@najednou.cz")
    other.get_by_label("E-mail").fill("this is none")
    other.get_by_label("E-mail").press("Enter")
    expect(other.locator("#fact-emails-error")).to_be_visible()
    one.get_by_label("Position").fill("Jednatel")
    with other.expect_response("**/timeline*"):
        one.get_by_label("Position").press("Enter")
    expect(other.get_by_label("E-mail")).to_have_value("this is none")
    expect(other.locator("#fact-emails-error")).to_be_visible()


def test_a_note_goes_on_the_timeline(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Pozná Mka"})
    page = desk.page()
    open_card(page, card)
    note = page.get_by_placeholder("Write a note…")
    note.fill("First line\n<b>second</b> line")
    note.press("Control+Enter")
    expect(page.locator("#timeline .note-text")).to_have_text("First line\n<b>second</b> line")
    expect(note).to_have_value("")


def test_a_deleted_note_comes_back(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Mazal Poznámku"})
    page = desk.page("eva")
    open_card(page, card)
    page.get_by_placeholder("Write a note…").fill("Only mine to delete")
    page.get_by_role("button", name="Save note").click()
    note = page.locator("#timeline .note-text")
    note.hover()
    note.get_by_role("button", name="Delete the note").click()
    expect(note).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(note).to_have_text("Only mine to delete")


def test_the_form_of_a_new_lead_keeps_what_was_typed(desk: Desk) -> None:
    page = desk.page()
    page.goto("/leads")
    page.get_by_role("link", name="New lead").click()
    expect(page.locator("#page h1")).to_have_text("New lead")
    page.get_by_label("Name").fill("Nový Zájemce")
    page.get_by_label("Phone number").first.fill("not a number")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Is not a telephone number.")).to_be_visible()
    desk.forgive("422")
    expect(page.get_by_label("Name")).to_have_value("Nový Zájemce")
    page.get_by_label("Phone number").first.fill("777 888 001")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#page h1").first).to_have_text("Nový Zájemce")
    expect(page.locator(".phone-call").first).to_have_text("777 888 001")


def test_a_lead_becomes_a_contact_of_a_new_company(desk: Desk) -> None:
    lead = make(
        desk.company,
        CardType.LEAD,
        {"name": "Zdena Zájemná", "phones": [{"number": "+420777888002"}]},
    )
    page = desk.page()
    open_card(page, lead)
    page.get_by_role("button", name="Convert").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Company").fill("Zájemná a dcery")
    dialog.get_by_role("button", name="Convert").click()
    expect(page).to_have_url(re.compile(r"/contacts/\d+$"))
    expect(page.locator("#card-facts")).to_contain_text("Zájemná a dcery")
    expect(dialog).not_to_be_visible()
    converted = again(desk.company, lead)
    assert converted.converted_to is not None
    assert converted.converted_to.name == "Zdena Zájemná"


def test_a_call_is_moved_to_another_card(desk: Desk) -> None:
    company = desk.company
    target = make(company, CardType.CONTACT, {"name": "Pravá Adresátka"})

    async def called() -> int:
        call = await company.caller.rings("+420777000050")
        await call.later(3).answered("101")
        await call.later(30).ended()
        return (await call.view()).id

    call_id = company.run(called())
    page = desk.page()
    page.goto(f"/calls/{call_id}")
    page.get_by_role("button", name="Move to another card").click()
    dialog = page.locator("#dialog")
    dialog.get_by_placeholder("Name or number").press_sequentially("adresatka")
    dialog.get_by_label("Pravá Adresátka").check()
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator("#page h1")).to_have_text("Pravá Adresátka")
    open_card(page, target)
    expect(page.locator("#timeline")).to_contain_text("Inbound, answered by Eva Malá, 0:30")


def test_a_deleted_card_comes_back(desk: Desk) -> None:
    card = make(desk.company, CardType.CONTACT, {"name": "Smazaná Omylem"})
    page = desk.page()
    open_card(page, card)
    page.get_by_label("More actions").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#page h1")).to_have_text("Contacts")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#page h1").first).to_have_text("Smazaná Omylem")


def test_a_name_with_html_is_only_text(desk: Desk) -> None:
    page = desk.page()
    page.goto("/contacts?q=krystof")
    expect(page.locator(".row-link").first).to_have_text(NASTY_NAME.strip())
    assert page.locator("#page img").count() == 0


def test_the_story_opens_to_its_steps(desk: Desk) -> None:
    page = desk.page()
    open_card(page, desk.company.cards["contact0"])
    story = page.locator(".moment", has=page.locator(".player")).locator("details.story")
    expect(story.locator("summary")).to_have_text("rang 0:08, Eva Malá, transferred to Petr Novák")
    story.locator("summary").click()
    expect(story).to_contain_text("Call from 777 000 000")
    expect(story).to_contain_text("Eva Malá transfers to Petr Novák")
    expect(story).to_contain_text("The client hangs up")
