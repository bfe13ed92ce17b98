"""Employees at Firefox, with a tone for a microphone.

async with firefox(440) as browser:
    eva = await sit_down(browser, house, "101")
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parents[2]
PACKAGE = "firefox-esr"
SETTINGS: dict[str, str | float | bool] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
}

# Without a sound card Firefox's AudioContext stands still: a second of the voice is recorded.
HEARD = """
async (tones) => {
  const element = [...document.querySelectorAll('audio')].find((one) => one.srcObject !== null);
  if (element === undefined) return [];
  const recorder = new MediaRecorder(element.srcObject), parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  setTimeout(() => recorder.stop(), 1000);
  await stopped;
  const rate = 48000, context = new OfflineAudioContext(1, rate, rate);
  const sound = await context.decodeAudioData(await new Blob(parts).arrayBuffer());
  const samples = sound.getChannelData(0).slice(-rate / 4);
  return tones.filter((hz) => {
    let real = 0, imaginary = 0;
    samples.forEach((sample, n) => {
      real += sample * Math.cos(2 * Math.PI * hz * n / rate);
      imaginary += sample * Math.sin(2 * Math.PI * hz * n / rate);
    });
    return 2 * Math.hypot(real, imaginary) / samples.length > 0.02;
  });
}
"""


async def heard_in(page: Page, *tones: int) -> set[int]:
    """Which of these (Hz) the voice in the page has."""
    return set(await page.evaluate(HEARD, list(tones)))


def why_absent() -> str | None:
    """Why there is no Firefox here, if there is none and the system's packages have none."""
    if shutil.which("firefox-esr") or shutil.which("firefox"):
        return None
    if shutil.which("apt-cache") is None:
        return "this system has no apt"
    asked = ("apt-cache", "show", PACKAGE)
    known = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert not known.stdout, f"{PACKAGE} is not installed: ./test does it"
    return f"this system's packages have no {PACKAGE}"


@contextlib.asynccontextmanager
async def firefox(hz: int = 440) -> AsyncIterator[Browser]:
    settings = SETTINGS | {"media.navigator.audio.fake_frequency": hz}
    with tempfile.TemporaryDirectory(prefix="hovorna-firefox-") as folder:
        starter = Path(folder) / "firefox"
        starter.write_text(
            f'#!/bin/sh\ncd "{ROOT}"\nexec "{sys.executable}" -m tests.pbx.bidi "$@"\n'
        )
        starter.chmod(0o700)
        async with async_playwright() as playwright:
            browser = await playwright.firefox.launch(
                channel="moz-firefox", executable_path=starter, firefox_user_prefs=settings
            )
            yield browser
            await browser.close()
