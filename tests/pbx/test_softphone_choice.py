"""Whether a browser is a phone: not given up in a talk, and not without an extension."""

import re

from playwright.async_api import Route, expect

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import WAIT, BrowserPhone
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import browser, eva, house, is_with, number, outside, pool, talk

__all__ = ["browser", "eva", "house", "number", "outside", "pool"]

pytestmark = telephones(120)


async def test_in_a_talk_no_tab_gives_the_phone_up(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    other = await eva.another_tab()
    await other.ready()
    client = await talk(house, eva, outside, number)
    await other.is_("talking")
    for tab in (eva, other):
        choice = tab.page.get_by_label("This browser is my phone")
        await expect(choice).to_be_disabled()
        await expect(choice).to_have_attribute("title", re.compile("switch it off when"))
    await client.hang_up()
    for tab in (eva, other):
        await tab.has_no_call()
        choice = tab.page.get_by_label("This browser is my phone")
        await expect(choice).to_be_enabled()
        await expect(choice).to_have_attribute("title", "")


async def test_a_phone_that_is_given_up_elsewhere_ends_no_talk(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    """By a tab that does not know of the talk yet."""
    other = await eva.another_tab()
    await other.ready()
    client = await talk(house, eva, outside, number)
    await other.page.evaluate("localStorage.setItem('hovorna-phone-1-device', '')")
    choice = eva.page.get_by_label("This browser is my phone")
    await expect(choice).not_to_be_checked(timeout=WAIT)
    await eva.is_("talking")
    await house.call_with(number, lambda it: it["state"] == "talking" and is_with(it, "101"))
    await client.hang_up()
    await expect(eva.page.locator("html")).to_have_attribute("data-phone", "off", timeout=WAIT)


async def test_whose_extension_was_taken_away_is_told_so(house: Program, eva: BrowserPhone) -> None:
    """And not that the telephone exchange does not answer."""
    await house.patch("/extensions/101", {"user_id": None})
    said = eva.page.locator("[data-phone-problem]:visible")
    await expect(said).to_contain_text("You have no extension any more", timeout=WAIT)
    await expect(eva.page.locator("html")).to_have_attribute("data-phone", "refused")
    await house.patch("/extensions/101", {"user_id": 1})  # as the sample company is made
    await eva.page.reload()
    await eva.ready()


async def test_whose_session_is_over_signs_in_again(eva: BrowserPhone) -> None:
    async def ends(route: Route) -> None:
        await eva.context.clear_cookies()
        await route.fulfill(status=401, json={"code": "unauthorized"})

    await eva.page.route("**/softphone/account", ends)
    await eva.page.reload()
    await eva.page.wait_for_url("**/sign-in?next=*")
