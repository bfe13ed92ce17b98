"""Statuses of leads as the administrator keeps them."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Desk

pytestmark = pytest.mark.browser


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
