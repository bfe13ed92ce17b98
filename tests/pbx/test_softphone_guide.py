"""A newcomer with nothing but a browser follows the demo's guide, step by step."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.pbx.browser_phone import BrowserPhone, sit_down
from tests.pbx.program import program
from tests.pbx.softphones import engine
from web.guide import STEPS

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(180),
]
VOICE = 440  # Hz
PATIENT = 30_000  # ms: simulated people take their time to answer


class Newcomer:
    def __init__(self, phone: BrowserPhone) -> None:
        self.phone = phone
        self.page = phone.page
        self.guide = self.page.get_by_role("region", name="Step by step")
        self.strip = self.page.locator("#strip")
        self.ticked = 0

    def step(self, title: str) -> Locator:
        return self.guide.locator("li", has=self.page.get_by_role("heading", name=title))

    async def lets(self, scene: str) -> None:
        await self.guide.get_by_role("button", name=scene, exact=True).click()

    async def did(self, title: str) -> None:
        """The guide has ticked this step off, and no later one."""
        await expect(self.step(title)).to_have_class(re.compile("is-done"), timeout=PATIENT)
        self.ticked += 1
        await expect(self.guide).to_contain_text(f"{self.ticked} of {len(STEPS)} tried")

    def call(self, state: str) -> Locator:
        """The one in the strip that is in this state."""
        return self.strip.locator(f".strip-call.state-{state}")

    async def press(self, name: str, state: str = "talking") -> None:
        shown = self.call(state).get_by_role("button", name=name, exact=True)
        await shown.first.click(timeout=PATIENT)

    async def picks(self, menu: str, act: str, words: str) -> None:
        """In a menu of the call that goes on: the first who is found by these words."""
        await self.call("talking").locator("summary", has_text=menu).click()
        await self.page.keyboard.type(words)
        found = self.call("talking").get_by_role("button", name=re.compile(f"^{act}: "))
        await found.first.click()


@pytest_asyncio.fixture
async def newcomer(tmp_path: Path) -> AsyncIterator[Newcomer]:
    async with (
        program(tmp_path, "--demo", empty=True) as house,
        engine(tmp_path, VOICE, whole=True) as browser,
    ):
        phone = await sit_down(browser, house)
        await phone.context.clear_cookies(name="hovorna_panel")
        await phone.page.goto("/")
        yield Newcomer(phone)
        assert not phone.complaints, phone.complaints


async def test_every_step_of_the_guide_works_in_a_browser_alone(newcomer: Newcomer) -> None:
    await newcomer.page.get_by_role("link", name="Try it").click()
    await chooses_the_browser(newcomer)
    await takes_a_call(newcomer)
    await takes_a_second_one(newcomer)
    await asks_colleagues(newcomer)
    await hands_the_first_one_over(newcomer)
    await listens_and_picks_up(newcomer)
    await calls_out(newcomer)
    await calls_from_the_mobile(newcomer)
    assert newcomer.ticked == len(STEPS)


async def chooses_the_browser(he: Newcomer) -> None:
    await expect(he.page.get_by_label("This browser is my phone")).to_be_hidden()
    await he.lets("Open the phone")
    await he.page.get_by_label("This browser is my phone").check()
    await he.did("Choose this browser as your phone")
    await he.page.locator("summary", has_text="Sound and window").click()
    await he.page.get_by_role("button", name="Test call: hear yourself").click()
    await he.phone.hears_only(VOICE, of=(VOICE,))
    await he.did("Hear yourself")
    await he.phone.press("hangup")
    await he.phone.has_no_call()


async def takes_a_call(he: Newcomer) -> None:
    await he.lets("Call me")
    await he.did("Let a client call you")
    await he.press("Answer", "ringing")
    await he.did("Answer the call")
    await he.press("Mute")
    await he.did("Mute yourself")
    await he.press("Unmute")
    await he.page.locator("[data-phone-pad] summary").click()
    await he.page.locator("#softphone [data-phone-do=digit][data-phone-value='5']").click()
    await he.did("Send digits")
    await he.press("Hold")
    await he.did("Put the client on hold")


async def takes_a_second_one(he: Newcomer) -> None:
    await he.lets("Call me again")
    await he.press("Answer", "ringing")
    await he.did("Answer a second client meanwhile")
    await he.press("Pause recording")
    await he.did("Pause the recording")
    await he.press("Go on recording")


async def asks_colleagues(he: Newcomer) -> None:
    await he.picks("Transfer", "Announce", "James")
    await he.did("Ask a colleague while the client waits")
    await he.strip.get_by_role("button", name="Back to the client").click()
    await he.picks("Add", "Add", "Lucie")
    await he.did("Ask a third one into the talk")
    await he.press("Leave it to the others")
    await he.did("Leave the talk to the others")


async def hands_the_first_one_over(he: Newcomer) -> None:
    await he.press("Resume", "held")
    await he.picks("Transfer", "Transfer", "Petr")
    await he.did("Transfer the client to a colleague")
    await he.phone.has_no_call()


async def listens_and_picks_up(he: Newcomer) -> None:
    await he.lets("Let them talk")
    await he.page.get_by_role("link", name="Live", exact=True).first.click()
    listen = he.page.locator("#board-talking").get_by_role("button", name="Listen")
    await listen.first.click(timeout=PATIENT)
    await he.page.get_by_role("button", name="Stop listening").click(timeout=PATIENT)
    await he.page.get_by_role("link", name="Try it").click()
    await he.did("Listen as a supervisor")
    await he.phone.has_no_call()
    await he.lets("Let a phone ring")
    await he.page.get_by_role("link", name="Live", exact=True).first.click()
    await he.page.locator("#page").get_by_role("button", name="Pick up").first.click()
    await he.phone.is_("talking")
    await he.phone.press("hangup")
    await he.page.get_by_role("link", name="Try it").click()
    await he.did("Pick up a colleague's ringing call")


async def calls_out(he: Newcomer) -> None:
    await he.page.get_by_role("link", name="Leads", exact=True).first.click()
    await he.page.locator("#page [data-call]").first.click()
    await he.page.get_by_role("link", name="Try it").click()
    await he.did("Call out")
    await he.phone.press("hangup")
    await he.phone.has_no_call()


async def calls_from_the_mobile(he: Newcomer) -> None:
    await he.page.get_by_role("switch", name="Call from my mobile").check()
    await he.page.get_by_role("link", name="Leads", exact=True).first.click()
    await he.page.locator("#page [data-call]").first.click()
    await he.page.get_by_role("link", name="Try it").click()
    await he.did("Call from a mobile")
    await he.press("Hang up")
