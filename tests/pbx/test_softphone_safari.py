"""A browser with Safari's limits: what it lacks, or forbids, is taken from Chromium's pages.

Safari itself cannot be run here. On iPhones a page cannot choose the speaker, set a volume or
notify; nothing is played before it is touched; devices have no names before the microphone was
allowed.
"""

import pytest_asyncio
from playwright.async_api import Browser, expect

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import WAIT, BrowserPhone, sit_down
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import browser, house, number, outside, pool, talk

__all__ = ["browser", "house", "number", "outside", "pool"]

pytestmark = telephones(120)

LIMITS = """
(() => {
  delete HTMLMediaElement.prototype.setSinkId;
  delete window.Notification;
  delete window.BroadcastChannel;
  if (navigator.permissions) navigator.permissions.query = () => Promise.reject(new TypeError());
  Object.defineProperty(HTMLMediaElement.prototype, 'volume', { get: () => 1, set() {} });
  let touched = false;
  addEventListener('pointerdown', () => { touched = true; }, true);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    return touched ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
  };
  const devices = navigator.mediaDevices;
  if (devices === undefined) return;
  let allowed = false;
  const ask = devices.getUserMedia.bind(devices), list = devices.enumerateDevices.bind(devices);
  devices.getUserMedia = (wanted) => { allowed = true; return ask(wanted); };
  const unnamed = {kind: 'audioinput', deviceId: '', label: ''};
  devices.enumerateDevices = async () => allowed ? list() : [unnamed];
})()
"""


@pytest_asyncio.fixture(loop_scope="module")
async def eva(house: Program, browser: Browser) -> BrowserPhone:
    phone = await sit_down(browser, house)
    await phone.context.add_init_script(LIMITS)
    await phone.page.reload()
    await phone.use_as_phone()
    return phone


async def test_what_cannot_be_set_is_not_offered(eva: BrowserPhone) -> None:
    panel = eva.page.locator("#softphone")
    await panel.get_by_text("Sound and window").click()
    await expect(panel.get_by_label("Speaker")).to_be_hidden()
    await expect(panel.get_by_label("Volume", exact=True)).to_be_hidden()
    # Opening it asks for the microphone once: then they have names.
    microphone = panel.get_by_label("Microphone")
    await expect(microphone.locator("option").nth(1)).not_to_have_text("", timeout=WAIT)
    await expect(eva.page.locator("[data-phone-problem]:visible")).to_have_count(0)
    assert not eva.complaints
    await eva.context.close()


async def test_a_talk_goes_on_and_silence_until_a_touch_is_told(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    client = await talk(house, eva, outside, number)
    blocked = eva.page.get_by_text("The browser plays nothing before you touch the page.")
    await expect(blocked).to_be_hidden()
    await eva.page.reload()  # nobody has touched the new page, and the client comes back to it
    await eva.is_("talking")
    await expect(blocked).to_be_visible(timeout=WAIT)
    await eva.page.locator("#page h1").click()
    await expect(blocked).to_be_hidden()
    await eva.press("hangup")
    await client.disconnected()
    await eva.has_no_call()
    assert not eva.complaints
    await eva.context.close()
