"""Users, extensions and lines are searched, put in order and paged as the other lists are."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "field", "words", "found"),
    [
        ("users", "Name, login, extension", "eva", "Eva Malá"),
        ("extensions", "Number, name, employee", "petr", "Petr Novák"),
        ("lines", "Name, number, provider", "222 000 002", "Support"),
    ],
)
def test_searching_narrows_them_and_stays_in_the_address(
    desk: Desk, path: str, field: str, words: str, found: str
) -> None:
    page = desk.page("admin")
    page.goto(f"/settings/{path}")
    rows, total = page.locator("tbody tr[data-row]"), page.locator("#total")
    expect(total).to_have_text(str(rows.count()))
    page.get_by_placeholder(field).press_sequentially(words)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(found)
    expect(total).to_have_text("1")
    expect(page.get_by_placeholder(field)).to_be_focused()
    page.reload()
    expect(page.get_by_placeholder(field)).to_have_value(words)
    page.get_by_placeholder(field).fill("nobody is called so")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(rows).not_to_have_count(0)


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("users", "Login"),
        ("users", "Department"),
        ("users", "Extensions"),
        ("extensions", "Employee"),
        ("lines", "Number"),
    ],
)
def test_a_column_orders_them_and_turns_round(desk: Desk, path: str, column: str) -> None:
    page = desk.page("admin")
    page.goto(f"/settings/{path}")
    head = page.get_by_role("columnheader", name=column)
    expect(head).not_to_have_attribute("aria-sort", "ascending")
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    first = page.locator("tbody .row-link").first.inner_text()
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.locator("tbody .row-link").last).to_have_text(first)


def test_the_next_ones_come_while_one_scrolls(desk: Desk) -> None:
    company = desk.company
    admin, lines = company.house.actors["admin"], company.house.crm.lines
    made = [str(number) for number in range(300, 360)]
    for number in made:
        company.run(lines.create_extension(admin, {"number": number}))
    page = desk.page("admin")
    page.goto("/settings/extensions?q=3")
    rows = page.locator("tbody tr[data-row]")
    expect(rows).to_have_count(50)
    total = int(page.locator("#total").inner_text())
    rows.last.scroll_into_view_if_needed()
    expect(rows).to_have_count(total)
    numbers = [int(text) for text in page.locator("tbody .row-link").all_inner_texts()]
    assert numbers == sorted(set(numbers))
    for number in made:
        company.run(lines.delete_extension(admin, number))
