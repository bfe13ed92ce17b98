"""Employees at browsers: Chromium with a tone for a microphone, on a running Hovorna.

    async with chromium(folder, 440) as browser:
        eva = await sit_down(browser, house, "101")
        await eva.use_as_phone()
        await eva.press("answer")

One tone for each browser process: Chromium's microphone is a file that it is started with.
"""

import asyncio
import contextlib
import json
import math
import struct
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright, expect

from tests.chromium import executable
from tests.pbx.firefox import heard_in
from tests.pbx.program import Program

FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
RATE = 48000
WAIT = 15_000  # ms, on a machine that is busy with other tests
# Echo cancellation takes a tone for noise.
SETTINGS = json.dumps({"processing": False})
# What is heard in the page: the tones that come in by any connection that lives.
EARS = """
(() => {
  const context = new AudioContext();
  const ears = [];
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(real, options) {
      const connection = new real(...options);
      connection.addEventListener('track', ({track}) => {
        const analyser = new AnalyserNode(context, {fftSize: 8192, smoothingTimeConstant: 0});
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        ears.push({track, analyser, connection});
      });
      return connection;
    },
  });
  window.tonesHeard = (tones) => tones.filter((hz) => ears.some(({track, analyser, connection}) => {
    if (track.readyState === 'ended' || connection.connectionState === 'closed') return false;
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    return levels[Math.round(hz * analyser.fftSize / context.sampleRate)] > -45;
  }));
})()
"""


def tone_file(folder: Path, hz: int, seconds: float = 10.0) -> Path:
    """A whole number of periods, so that it can be repeated without a crack."""
    file = folder / f"tone-{hz}.wav"
    samples = (
        int(12000 * math.sin(2 * math.pi * hz * n / RATE)) for n in range(int(seconds * RATE))
    )
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file


@contextlib.asynccontextmanager
async def chromium(folder: Path, hz: int = 440, *, whole: bool = False) -> AsyncIterator[Browser]:
    sound = f"--use-file-for-fake-audio-capture={tone_file(folder, hz)}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(whole=whole), args=[*FLAGS, sound]
        )
        yield browser
        await browser.close()


@dataclass
class BrowserPhone:
    """One employee's browser, and the tab in front of it."""

    house: Program
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def complain(self, error: Error) -> None:
        """Not of the blank page, where our own scripts run; not of a server that is down."""
        if self.page.url != "about:blank" and "establish a connection" not in error.message:
            self.complaints.append(f"{error.message} {error.stack}")

    async def use_as_phone(self) -> None:
        """Returns when it is registered."""
        await self.page.get_by_label("This browser is my phone").check()
        await self.ready()

    async def ready(self) -> None:
        await expect(self.page.locator("html")).to_have_attribute(
            "data-phone", "ready", timeout=WAIT
        )

    async def another_tab(self) -> "BrowserPhone":
        tab = BrowserPhone(self.house, self.context, await self.context.new_page())
        await tab.page.goto("/board")
        return tab

    @property
    def calls(self) -> Any:
        """The calls of this browser, in the panel."""
        return self.page.locator("[data-call-id]")

    async def rings(self) -> None:
        await self.is_("ringing")

    async def is_(self, state: str, count: int = 1) -> None:
        """So many calls of the panel are in this state."""
        shown = self.page.locator(f"[data-call-id] [data-call-state={state}]:visible")
        await expect(shown).to_have_count(count, timeout=WAIT)

    async def has_no_call(self) -> None:
        await expect(self.calls).to_have_count(0, timeout=WAIT)

    async def press(self, act: str, *, strip: bool = False) -> None:
        """A button of the panel's call, or of the call strip's."""
        where = "#strip" if strip else "#softphone"
        await self.page.locator(f"{where} [data-phone-do={act}]:visible").first.click(timeout=WAIT)

    async def hears_only(self, *tones: int, of: tuple[int, ...]) -> None:
        """Until these of the tones (Hz), and no other of them, sound in the page."""
        engine = self.context.browser
        if engine is not None and engine.browser_type.name == "firefox":
            async with asyncio.timeout(WAIT / 1000):
                while await heard_in(self.page, *of) != set(tones):
                    pass  # it listens for a second
            return
        await self.page.wait_for_function(
            "([tones, of]) => window.tonesHeard(of).join() === tones.join()",
            arg=[sorted(tones), sorted(of)],
        )

    async def click(self, name: str, *, where: str = "#strip") -> None:
        """A button by its words."""
        button = self.page.locator(where).get_by_role("button", name=name, exact=True)
        await button.first.click(timeout=WAIT)

    async def pick(self, menu: str, act: str, words: str, name: str) -> None:
        """In a menu of the strip: `act` of the one who is found by these words."""
        opener = self.page.locator("#strip summary", has_text=menu)
        await opener.click(timeout=WAIT)
        await self.page.keyboard.type(words)  # the search has the focus
        await self.click(f"{act}: {name}")

    async def dial(self, number: str) -> None:
        await self.page.locator("#dial-number").fill(number)
        await self.page.locator("#dial-number").press("Enter")


async def sit_down(browser: Browser, house: Program, extension: str = "101") -> BrowserPhone:
    """Sign in as the extension's employee, with the panel open."""
    context = await browser.new_context(
        base_url=house.url, locale="en-GB", permissions=["microphone"]
    )
    context.set_default_timeout(WAIT)
    user = str(int(extension) - 100)  # as the sample company is made
    await context.add_init_script(
        f"localStorage.getItem('hovorna-phone-{user}-settings') ?? "
        f"localStorage.setItem('hovorna-phone-{user}-settings', {json.dumps(SETTINGS)})"
    )
    await context.add_init_script(EARS)
    page = await context.new_page()
    phone = BrowserPhone(house, context, page)
    page.on("pageerror", phone.complain)
    login, password = house.login_of(extension)
    await page.goto("/sign-in?next=/board")
    await page.get_by_label("Login").fill(login)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/board")
    await context.add_cookies([{"name": "hovorna_panel", "value": "1", "url": house.url}])
    await page.goto("/board")
    return phone
