"""The board that all look at."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def test_the_board_fills_the_screen_and_gives_it_back(desk: Desk) -> None:
    page = desk.page()
    page.goto("/board")
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.get_by_role("button", name="Leave full screen").click()
    expect(page.get_by_role("button", name="Full screen", exact=True)).to_be_visible()


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
