"""How all pages look, held by rules: contrast, names, sizes for a finger; in both themes.

The rules are WCAG 2.2's AA, and 40 px for what a finger presses. Words are test_pages.py's.
"""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from pbx_bridge.calls.events import Joined, Party
from tests.browser.company import NASTY_NAME
from tests.browser.conftest import PHONE, Desk
from tests.browser.demo import PaperDemo, demo  # noqa: F401  a fixture
from tests.browser.pages import addresses

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.usefixtures("demo")]

_THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS = Path(__file__).with_name("looks.js").read_text()


def _wrong(page: Page, *, touch: bool) -> list[str]:
    """In the light, and in the dark."""
    wrong: list[str] = []
    for theme in _THEMES:
        page.emulate_media(color_scheme=theme)
        wrong += [f"{theme}: {one}" for one in page.evaluate(LOOKS, touch)]
    return wrong


@pytest.mark.parametrize("touch", [False, True], ids=["desktop", "phone"])
def test_every_page_is_legible_named_and_large_enough(desk: Desk, touch: bool) -> None:
    page = _page(desk, touch)
    wrong = {}
    for path in addresses(desk.company):
        page.goto(path)
        if found := _wrong(page, touch=touch):
            wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize("touch", [False, True], ids=["desktop", "phone"])
def test_a_call_in_every_state_is_legible_named_and_large_enough(desk: Desk, touch: bool) -> None:
    """Ringing, talking, handed on, a conference; the strip, the board and the panel."""
    company, page = desk.company, _page(desk, touch)
    page.goto("/board")
    strip = page.locator("#strip")
    call = company.run(company.caller.rings("+420777999999", extensions=("110",), name=NASTY_NAME))
    expect(strip.locator(".state-ringing")).to_be_visible()
    wrong = {"ringing": _wrong(page, touch=touch)}
    company.run(call.later(5).answered("110"))
    expect(strip.locator(".state-talking")).to_be_visible()
    wrong["talking"] = _wrong(page, touch=touch)
    strip.locator("details[id^=transfer] > summary").click()
    expect(strip.locator(".person-row").first).to_be_visible()
    wrong["transferring"] = _wrong(page, touch=touch)
    page.keyboard.press("Escape")
    company.run(call.joins(Party(extension="101"), Joined.CONFERENCE))
    expect(strip.locator(".strip-parties")).to_be_visible()
    wrong["conference"] = _wrong(page, touch=touch)
    page.locator("[data-panel-toggle]").first.click()
    expect(page.locator("#dial-number")).to_be_visible()
    wrong["panel"] = _wrong(page, touch=touch)
    for tab in ("Colleagues", "History"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".person-row, .recent-row").last).to_be_visible()
        wrong[tab] = _wrong(page, touch=touch)
    assert {state: found for state, found in wrong.items() if found} == {}


def test_what_opens_over_a_page_is_legible_named_and_large_enough(desk: Desk) -> None:
    page = _page(desk, touch=True)
    lead = f"/leads/{desk.company.cards['lead'].id}"
    wrong = {}
    for path, button in (
        (lead, "Convert"),
        (lead, "Edit phones"),
        (lead, "Set company"),
        ("/settings/extensions", "Set up a phone"),
        ("/settings/extensions/101", "Delete"),
    ):
        page.goto(path)
        if path == lead:
            page.get_by_role("tab", name="Facts").click()
        page.get_by_role("button", name=button).first.click()
        expect(page.locator("dialog[open]")).to_be_visible()
        if found := _wrong(page, touch=True):
            wrong[button] = found
    assert wrong == {}


def test_tabs_are_walked_by_arrows_and_a_dialog_begins_at_its_field(desk: Desk) -> None:
    page = desk.page(size=PHONE)
    page.goto(f"/contacts/{desk.company.cards['contact0'].id}")
    page.get_by_role("tab", name="Timeline").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Facts")).to_be_focused()
    expect(page.get_by_role("region", name="Facts")).to_be_visible()
    page.get_by_role("button", name="Change company").click()
    expect(page.get_by_placeholder("Name of the company")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_form_that_was_refused_is_legible(desk: Desk) -> None:
    page = _page(desk, touch=True)
    page.goto("/settings/lines/new")
    page.get_by_label("Name of the line").fill("Nová")
    page.get_by_label("Number", exact=False).first.fill("12")
    page.get_by_label("Short name").fill("1 2")
    page.get_by_label("Country").fill("CZ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error").first).to_be_visible()
    assert _wrong(page, touch=True) == []
    desk.forgive("422")


def _page(desk: Desk, touch: bool) -> Page:
    options: dict[str, Any] = {"reduced_motion": "reduce"}
    if touch:
        return desk.page(size=PHONE, has_touch=True, **options)
    return desk.page(**options)
