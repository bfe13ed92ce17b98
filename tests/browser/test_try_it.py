"""The demo's own page: clients who call, and the guide through all that can be done."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Desk
from tests.browser.demo import PaperDemo, demo

__all__ = ["demo"]

pytestmark = pytest.mark.browser


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
