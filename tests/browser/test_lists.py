"""Lists: search, filters in the address, order, paging, keyboard, acting on many."""

import pytest
from playwright.sync_api import expect

from crm.clients.models import CardType
from tests.browser.company import CONTACTS
from tests.browser.conftest import PHONE, Company, Desk

pytestmark = pytest.mark.browser


def test_searching_narrows_the_list_and_stays_in_the_address(desk: Desk) -> None:
    page = desk.page()
    page.goto("/contacts")
    field = page.get_by_placeholder("Name, number, e-mail")
    field.press_sequentially("prib")
    expect(page.locator("tbody tr[data-row]").first).to_contain_text("Příbramský")
    expect(page).to_have_url(f"{desk.company.url}/contacts?q=prib")
    expect(field).to_be_focused()
    names = page.locator("tbody .row-link").all_inner_texts()
    assert names
    assert all("Příbramský" in name for name in names)
    page.reload()
    expect(page.get_by_placeholder("Name, number, e-mail")).to_have_value("prib")
    page.get_by_placeholder("Name, number, e-mail").fill("nobody is called so")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_the_next_rows_come_while_one_scrolls(desk: Desk) -> None:
    page = desk.page()
    page.goto("/contacts?order=name")
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(50)
    total = int(page.locator("#total").inner_text())
    assert total > CONTACTS
    for count in (100, total):
        rows.last.scroll_into_view_if_needed()
        expect(rows).to_have_count(count)
    names = page.locator("tbody .row-link").all_inner_texts()
    assert len(set(names)) == len(names)


def test_a_filter_is_a_chip_that_can_be_taken_off(desk: Desk) -> None:
    page = desk.page()
    page.goto("/calls")
    page.locator(".chip", has_text="Outcome").click()
    page.locator(".menu-item", has_text="Missed").click()
    expect(page).to_have_url(f"{desk.company.url}/calls?outcome=missed")
    rows = page.locator("tbody tr[data-row]")
    expect(rows.locator(".pill").filter(has_not_text="+")).not_to_have_count(0)
    assert set(rows.locator("td .pill").all_inner_texts()) == {"Missed"}
    page.get_by_role("link", name="Remove filter Outcome").click()
    expect(page).to_have_url(f"{desk.company.url}/calls")


def test_a_column_orders_and_turns_round(desk: Desk) -> None:
    page = desk.page()
    page.goto("/contacts")
    page.get_by_role("link", name="Name", exact=True).click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute(
        "aria-sort", "ascending"
    )
    first = page.locator("tbody .row-link").first.inner_text()
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(page.locator("tbody .row-link").first).not_to_have_text(first)


def test_the_keyboard_moves_opens_and_calls(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/contacts?order=name")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    second = page.locator("tbody tr[data-row]").nth(1)
    expect(second).to_be_focused()
    with page.expect_response("**/dial") as answer:
        page.keyboard.press("c")
    assert answer.value.ok
    expect(page.locator(".toast-line")).to_contain_text("Your phone rings")
    number = second.locator("[data-call]").first.get_attribute("data-call")
    done = desk.company.house.telephony.done[-1]
    assert (done[0], done[2], done[3]) == ("place", "101", number)
    name = second.locator(".row-link").inner_text()
    second.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#page h1").first).to_have_text(name)


def test_picked_rows_are_deleted_and_brought_back(desk: Desk) -> None:
    company = desk.company
    for i in range(3):
        _contact(company, f"Zbytečný {i}")
    page = desk.page()
    page.goto("/contacts?q=zbytecny")
    expect(page.locator("tbody tr[data-row]")).to_have_count(3)
    page.locator("tbody tr[data-row]").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.get_by_role("toolbar")
    expect(bar).to_contain_text("2 picked")
    bar.get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)
    expect(page.locator(".toast-line")).to_contain_text("Done: 2.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr[data-row]")).to_have_count(3)


def test_many_get_a_new_responsible_at_once(desk: Desk) -> None:
    company = desk.company
    for i in range(2):
        _contact(company, f"Osiřelý {i}")
    page = desk.page()
    page.goto("/contacts?q=osirely")
    page.get_by_label("Pick all shown").check()
    bar = page.get_by_role("toolbar")
    bar.get_by_label("Responsible").select_option(label="Petr Novák")
    bar.get_by_role("button", name="Apply").click()
    expect(page.locator("tbody td", has_text="Petr Novák")).to_have_count(2)


def test_an_empty_list_says_how_the_first_one_comes(desk: Desk) -> None:
    page = desk.page()
    page.goto("/recordings?direction=internal")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".player")).not_to_have_count(0)


def _contact(company: Company, name: str) -> None:
    house = company.house
    company.run(
        house.crm.clients.create_card(house.actors["admin"], CardType.CONTACT, {"name": name})
    )


def test_a_finger_finds_boxes_links_and_headings_on_a_telephone(desk: Desk) -> None:
    page = desk.page(size=PHONE, has_touch=True)
    page.goto("/contacts")
    row = page.locator("tr[data-row]").first
    expect(page.locator("#list thead").get_by_role("link", name="Name")).to_be_visible()
    # 16 px beside the middle of the box, still in its cell.
    page.locator("td.is-check").first.tap(position={"x": 4, "y": 36})
    expect(row.get_by_role("checkbox")).to_be_checked()
    page.locator("th.is-check").tap(position={"x": 36, "y": 4})
    expect(page.locator("#list tbody input:not(:checked)")).to_have_count(0)
    tall = """links => links.filter(one => one.checkVisibility())
        .map(one => one.getBoundingClientRect().height).filter(height => height < 39.5)"""
    links = page.locator("#list td > a:not(.row-link)")
    assert links.evaluate_all("links => links.length") > 0
    assert links.evaluate_all(tall) == []
    assert page.locator("#list thead a").evaluate_all(tall) == []
