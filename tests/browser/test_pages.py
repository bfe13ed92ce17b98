"""All pages: each opens by its address, is whole on a small screen, and speaks the language."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

import web
from tests.browser.conftest import DESKTOP, Desk
from tests.browser.demo import PaperDemo, demo  # noqa: F401  a fixture
from tests.browser.pages import addresses, dialogs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.usefixtures("demo")]

CATALOGUE = Path(web.__file__).parent / "locale/cs/LC_MESSAGES/messages.po"
# What the company's people typed, and names that are the same everywhere.
DATA = {"Sales", "Support", "New", "Lead", "line"}
_TEXTS = """
() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode())
    if (!node.parentElement.closest('script, style, template')) found.push(node.data.trim());
  for (const name of ['placeholder', 'title', 'aria-label'])
    for (const element of document.querySelectorAll(`[${name}]`))
      found.push(element.getAttribute(name).trim());
  return [...new Set(found)];
}
"""


# Telephone numbers that are only text: not for calling, and in no link to whose they are.
_PLAIN_NUMBERS = """
(but) => {
  const number = /\\+\\d[\\d\\s]{8,}\\d|(?<!\\d)\\d{3}\\s\\d{3}\\s\\d{3}(?!\\d)/;
  const found = [];
  const walk = document.createTreeWalker(document.querySelector('#page'), NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.parentElement;
    if (!number.test(node.data) || !at.checkVisibility()) continue;
    if (!at.closest(`[data-call], a, button, script, textarea, option, ${but}`))
      found.push(node.data.trim());
  }
  return found;
}
"""
# Headings and the steps of a call stand beside the button of their number.
_BESIDE_ITS_BUTTON = "h1, .card-tabs-bar, .story-steps"
# These have numbers of the company's own lines.
_OWN_NUMBERS = {"/settings/lines", "/try"}


def test_every_page_can_be_swapped_into_the_frame(desk: Desk) -> None:
    page = desk.page()
    headers = {"HX-Request": "true", "HX-Target": "page"}
    for path in addresses(desk.company):
        answer = page.request.get(path, headers=headers)
        assert answer.status == 200, path
        text = answer.text()
        assert text.startswith("<title>"), path
        assert '<nav class="rail"' not in text, path


def test_what_opens_over_a_page_leads_to_it(desk: Desk) -> None:
    page = desk.page()
    for address, leads_to in dialogs(desk.company).items():
        page.goto(address)
        expect(page).to_have_url(f"{desk.company.url}{leads_to}")


@pytest.mark.parametrize(
    "sizes",
    [
        ((390, 844), (320, 700)),
        # The last one: half of a desktop, as at 200 % zoom.
        ((1280, 800), (1024, 768), (768, 1024), (DESKTOP["width"] // 2, DESKTOP["height"] // 2)),
    ],
    ids=["phone", "desktop"],
)
@pytest.mark.parametrize("language", ["en", "cs"])
def test_every_page_is_whole(desk: Desk, sizes: tuple[tuple[int, int], ...], language: str) -> None:
    """By its address alone: with a title and one heading of the first order, in the language, and
    with every number of a client to be called by a click. Loaded at the first size of each kind,
    and then made narrower, as people do: nothing scrolls sideways. The console stays empty (see
    `desk`).
    """
    wrong: dict[str, list[str]] = {}
    with _speaking(desk, language) as page:
        for path in addresses(desk.company):
            _resize(page, sizes[0])
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            found = [*_untitled(page), *_dead_numbers(page, path)]
            if language == "cs":
                found += sorted(_english().intersection(page.evaluate(_TEXTS)))
            found += [f"{wide} px too wide at {at}" for at, wide in _too_wide(page, sizes).items()]
            if found:
                wrong[path] = found
    assert wrong == {}


def test_beside_the_open_panel_nothing_scrolls_sideways(desk: Desk) -> None:
    sizes = ((DESKTOP["width"], 800), (1280, 800), (1024, 800))
    page = desk.page()
    page.goto("/board")
    page.locator("[data-panel-toggle]").first.click()
    wide: dict[str, dict[int, int]] = {}
    for path in addresses(desk.company):
        _resize(page, sizes[0])
        page.goto(path)
        expect(page.locator("#panel")).to_be_visible()
        if found := _too_wide(page, sizes):
            wide[path] = found
        expect(page.locator("#panel")).to_be_visible()
    assert wide == {}


@cache
def _english() -> frozenset[str]:
    """All that the program says, where Czech says something else."""
    with CATALOGUE.open("rb") as file:
        return frozenset(
            str(message.id)
            for message in read_po(file)
            if message.id and isinstance(message.id, str) and message.id != message.string
        ).difference(DATA)


@contextmanager
def _speaking(desk: Desk, language: str) -> Iterator[Page]:
    """A page of the administrator in that language; his own is given back."""
    company = desk.company
    people, admin = company.house.crm.people, company.house.actors["admin"]
    company.run(people.update_user(admin, admin.id, {"language": language}))
    try:
        yield desk.page()
    finally:
        company.run(people.update_user(admin, admin.id, {"language": None}))


def _resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def _untitled(page: Page) -> list[str]:
    expect(page.locator("#page h1").first).to_be_attached()
    headings, title = page.locator("h1").count(), page.title()
    wrong = [f"{headings} headings of the first order"] if headings != 1 else []
    if not re.fullmatch(r"\S.* · Hovorna", title, re.DOTALL):
        wrong.append(f"its title is {title!r}")
    return wrong


def _too_wide(page: Page, sizes: tuple[tuple[int, int], ...]) -> dict[int, int]:
    """By width, the pixels by which the page is too wide."""
    wide = {}
    for size in sizes:
        _resize(page, size)
        if (pixels := _sideways(page)) > 0:
            wide[size[0]] = pixels
    return wide


def _sideways(page: Page) -> int:
    """Pixels by which the document or the page in the frame is too wide."""
    wide: int = page.evaluate(
        """() => new Promise((tell) => requestAnimationFrame(() => tell(Math.max(
             ...[document.scrollingElement, document.getElementById('page')].map(
               (element) => element.scrollWidth - element.clientWidth),
             document.scrollingElement.scrollWidth - innerWidth))))"""
    )
    return wide


def _dead_numbers(page: Page, path: str) -> list[str]:
    """Numbers of clients that no click calls."""
    found: list[str] = page.evaluate(_PLAIN_NUMBERS, _BESIDE_ITS_BUTTON)
    if page.evaluate(_PLAIN_NUMBERS, "none") != found:
        expect(page.locator("#page [data-call]:visible").first).to_be_visible()
    return [] if path in _OWN_NUMBERS else found
