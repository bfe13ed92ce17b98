"""Signing in, the frame around the pages, languages, and small screens."""

import re

import pytest
from playwright.sync_api import Page, expect

from crm.people.models import Role
from crm.people.views import UserData
from tests.browser.conftest import DESKTOP, PHONE, Company, Desk
from tests.browser.test_phone import finish, ring
from tests.unit.web.house import PASSWORD

pytestmark = pytest.mark.browser


def test_who_signs_in_comes_where_he_wanted(desk: Desk) -> None:
    page = desk.page(None)
    page.goto("/contacts?q=Eva")
    expect(page).to_have_title("Sign in · Hovorna")
    page.get_by_label("Login").fill("eva")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Login or password is wrong.")
    desk.forgive("401")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{desk.company.url}/contacts?q=Eva")
    page.get_by_label("Profile: Eva Malá").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · Hovorna")


def _sign_in(page: Page, login: str) -> None:
    expect(page).to_have_title("Sign in · Hovorna")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_what_is_written_when_the_session_ends_is_there_after_the_sign_in(desk: Desk) -> None:
    company = desk.company
    path = f"/contacts/{company.cards['contact7'].id}"
    page = desk.page(None)
    page.goto(path)
    _sign_in(page, "eva")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    page.get_by_placeholder("Write a note…").fill("Half a thou")
    sign_in, eva = company.house.crm.sign_in, company.house.actors["eva"]
    company.run(sign_in.sign_out_everywhere(eva))
    _sign_in(page, "eva")
    expect(page).to_have_url(company.url + path)
    expect(page.get_by_placeholder("Write a note…")).to_have_value("Half a thou")
    expect(page.locator("#toasts")).to_contain_text("What you were writing is here again.")
    company.run(sign_in.sign_out_everywhere(eva))
    _sign_in(page, "petr")  # it is nobody else's
    expect(page).to_have_url(company.url + path)
    expect(page.get_by_placeholder("Write a note…")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('hovorna-kept')") is None


def test_what_is_saved_after_the_session_ended_is_there_after_the_sign_in(desk: Desk) -> None:
    """The page has not heard of the end yet: it is told by the answer."""
    path = f"/contacts/{desk.company.cards['contact8'].id}"
    page = desk.page("eva")
    page.route_web_socket("**/live", lambda _: None)
    page.goto(path)
    page.get_by_placeholder("Write a note…").fill("Half a thought")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save note").click()
    _sign_in(page, "eva")
    expect(page).to_have_url(desk.company.url + path)
    expect(page.get_by_placeholder("Write a note…")).to_have_value("Half a thought")
    desk.forgive("401")


def test_a_sign_in_leads_to_no_other_site(desk: Desk) -> None:
    page = desk.page(None)
    page.goto("/sign-in?next=//evil.example/")
    page.get_by_label("Login").fill("eva")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{desk.company.url}/board")


def test_navigation_swaps_the_page_and_never_the_frame(desk: Desk) -> None:
    page = desk.page()
    page.goto("/board")
    page.evaluate(
        "document.getElementById('strip').mark = document.getElementById('panel').mark = 1"
    )
    main = page.get_by_role("navigation", name="Main")
    main.get_by_role("link", name="Contacts").click()
    expect(page).to_have_title("Contacts · Hovorna")
    expect(main.get_by_role("link", name="Contacts")).to_have_attribute("aria-current", "page")
    main.get_by_role("link", name="Leads").click()
    expect(page).to_have_title("Leads · Hovorna")
    page.go_back()
    expect(page).to_have_title("Contacts · Hovorna")
    expect(page.locator("#page h1")).to_have_text("Contacts")
    expect(main.get_by_role("link", name="Contacts")).to_have_attribute("aria-current", "page")
    page.go_forward()
    expect(page.locator("#page h1")).to_have_text("Leads")
    kept = "document.getElementById('strip').mark + document.getElementById('panel').mark"
    assert page.evaluate(kept) == 2
    assert page.locator(".rail").count() == 1


def test_a_phone_reaches_everything_by_the_bottom_bar(desk: Desk) -> None:
    page = desk.page(size=PHONE, has_touch=True)
    page.goto("/board")
    page.locator(".rail summary").tap()
    page.locator(".rail .menu-item", has_text="Recordings").tap()
    expect(page.locator("#page h1")).to_have_text("Recordings")


def test_the_language_is_the_users_own(desk: Desk) -> None:
    page = desk.page("karla")
    page.goto("/profile")
    page.get_by_label("Language", exact=True).select_option(label="Čeština")
    page.locator("form[action='/profile']").get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("lang", "cs")
    expect(page.get_by_role("status").filter(has_text="Uloženo.")).to_be_visible()
    page.goto("/calls/missed")
    expect(page.locator("#page h1")).to_have_text("Zmeškané hovory")
    expect(page.get_by_role("button", name="Zavolat zpět").first).to_be_visible()
    page.goto("/leads/new")
    page.locator("#name").fill(" ")
    page.get_by_role("button", name="Uložit").click()
    expect(page.get_by_text("Nesmí být prázdné.")).to_be_visible()
    desk.forgive("422")


def test_before_sign_in_the_browser_says_the_language(desk: Desk) -> None:
    page = desk.page(None, locale="cs-CZ")
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Přihlásit")).to_be_visible()


def test_the_theme_is_kept(desk: Desk) -> None:
    page = desk.page("sup")
    page.goto("/profile")
    page.get_by_label("Theme").select_option("dark")
    page.locator("form[action='/profile']").get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 28)"


def test_errors_are_pages_in_the_frame(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/contacts/999999999")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.goto("/settings/users")
    expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    page.goto("/no/such/page")  # no route at all
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    desk.forgive("404")
    desk.forgive("403")


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("/contacts?status=gone", "/contacts"),
        ("/calls?cursor=gone", "/calls"),
        ("/settings/users?order=gone", "/settings/users"),
    ],
)
def test_a_link_to_what_is_no_more_in_a_list_leads_to_the_list(
    desk: Desk, path: str, whole: str
) -> None:
    page = desk.page("admin", locale="cs-CZ")
    page.goto(path)
    main = page.locator("#page")
    expect(main).to_contain_text("Adresa se ptá na něco, co v tomto seznamu není")
    expect(main).not_to_contain_text(re.compile("must|There|fields", re.IGNORECASE))
    main.get_by_role("link", name="Zobrazit vše").click()
    expect(page).to_have_url(desk.company.url + whole)
    expect(page.locator("tr[data-row]").first).to_be_visible()
    desk.forgive("422")


def test_print_leaves_only_the_card(desk: Desk) -> None:
    page = desk.page()
    page.goto(f"/contacts/{desk.company.cards['contact0'].id}")
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".composer")).to_be_hidden()
    expect(page.locator("#card-facts")).to_be_visible()
    expect(page.locator("#timeline")).to_be_visible()


TOAST = """
document.querySelector('#toasts')
  .append(document.querySelector('#offline-toast').content.cloneNode(true))
"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_toast_lies_over_no_key_of_the_telephone(desk: Desk, size: dict[str, int]) -> None:
    page = desk.page("eva", size=size)
    page.goto("/board")
    page.locator("[data-panel-toggle]").first.click()
    expect(page.locator("#dial-number")).to_be_visible()
    page.evaluate(TOAST)
    page.evaluate(TOAST)
    toasts, panel = page.locator("#toasts").bounding_box(), page.locator("#panel").bounding_box()
    assert toasts is not None
    assert panel is not None
    beside = toasts["x"] + toasts["width"] <= panel["x"]
    above = toasts["y"] + toasts["height"] <= panel["y"] + 60  # the tabs may wait, the keys not
    assert beside or above
    page.locator("#panel").get_by_role("button", name="Call", exact=True).click(trial=True)


def _change(company: Company, login: str, data: UserData) -> None:
    actors = company.house.actors
    company.run(company.house.crm.people.update_user(actors["admin"], actors[login].id, data))


def test_who_gets_and_loses_rights_has_the_menu_of_them_on_the_next_page(desk: Desk) -> None:
    page = desk.page("petr")
    menu = page.get_by_role("navigation", name="Main")
    page.goto("/board")
    expect(menu.get_by_role("link", name="Settings")).to_have_count(0)
    try:
        _change(desk.company, "petr", {"role": Role.ADMINISTRATOR})
        menu.get_by_role("link", name="Contacts").click()
        expect(page.locator("#page h1")).to_have_text("Contacts")
        menu.get_by_role("link", name="Settings").click()
        expect(page).to_have_url(f"{desk.company.url}/settings/users")
    finally:
        _change(desk.company, "petr", {"role": Role.EMPLOYEE})
    menu.get_by_role("link", name="Leads").click()
    expect(page.locator("#page h1")).to_have_text("Leads")
    expect(menu.get_by_role("link", name="Settings")).to_have_count(0)


def test_in_a_call_only_the_menu_becomes_another_one(desk: Desk) -> None:
    company, page = desk.company, desk.page("petr")
    call = ring(company, "+420777000031", "102")
    company.run(call.later(2).answered("102"))
    menu = page.get_by_role("navigation", name="Main")
    page.goto("/board")
    expect(page.locator("#strip .strip-call")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    try:
        _change(company, "petr", {"role": Role.ADMINISTRATOR})
        menu.get_by_role("link", name="Contacts").click()
        expect(menu.get_by_role("link", name="Settings")).to_be_visible()
        expect(menu.get_by_role("link", name="Contacts")).to_have_attribute("aria-current", "page")
        expect(page.locator("#strip .strip-call")).to_be_visible()
        assert page.evaluate("window.sameDocument")
        finish(company, call)
        expect(page.locator("#strip .strip-call")).to_have_count(0)
        menu.get_by_role("link", name="Leads").click()
        expect(page.locator("#page h1")).to_have_text("Leads")
        page.wait_for_function("window.sameDocument === undefined")
    finally:
        _change(company, "petr", {"role": Role.EMPLOYEE})


def test_a_language_that_was_chosen_elsewhere_is_that_of_the_whole_page(desk: Desk) -> None:
    page = desk.page("petr")
    page.goto("/board")
    try:
        _change(desk.company, "petr", {"language": "cs"})
        page.get_by_role("link", name="Contacts").click()
        expect(page.get_by_role("navigation", name="Hlavní")).to_contain_text("Zájemci")
        expect(page.locator("#page h1")).to_have_text("Kontakty")
    finally:
        _change(desk.company, "petr", {"language": None})


def test_what_is_written_waits_while_the_whole_page_is_loaded_anew(desk: Desk) -> None:
    path = f"/contacts/{desk.company.cards['contact7'].id}"
    page = desk.page("petr")
    page.goto(path)
    page.get_by_placeholder("Write a note…").fill("Half a thought")
    page.evaluate("window.sameDocument = true")
    try:
        _change(desk.company, "petr", {"language": "cs"})
        page.get_by_role("link", name="Leads", exact=True).click()
        expect(page.locator("#page h1")).to_have_text("Zájemci")
        page.wait_for_function("window.sameDocument === undefined")
        page.go_back()
        expect(page.locator("#page textarea[name=text]").first).to_have_value("Half a thought")
    finally:
        _change(desk.company, "petr", {"language": None})


def test_a_form_that_was_too_old_says_so_and_keeps_what_was_written(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/leads/new")
    page.evaluate("document.body.setAttribute('hx-headers', '{\"X-CSRF-Token\": \"old\"}')")
    name = page.locator("#page form input[type=text]").first
    name.fill("Half a name")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="This form was too old")).to_be_visible()
    page.get_by_role("link", name="Load it again").click()
    expect(page).to_have_url(f"{desk.company.url}/leads/new")
    expect(name).to_have_value("Half a name")
    desk.forgive("403")


def test_only_the_page_scrolls_however_long_and_never_the_window(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/calls")
    expect(page.locator("#page h1")).to_be_visible()
    below = page.evaluate(
        """() => {
          const long = document.createElement("div");
          long.append(...Array.from({ length: 200 }, () => document.createElement("p")));
          long.querySelectorAll("p").forEach((line) => (line.textContent = "a call"));
          long.lastChild.classList.add("visually-hidden");
          document.getElementById("page").append(long);
          const place = document.getElementById("page");
          const window_ = document.scrollingElement;
          return [place.scrollHeight > 2 * innerHeight, window_.scrollHeight <= innerHeight];
        }"""
    )
    assert below == [True, True]
