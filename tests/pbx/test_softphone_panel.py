"""What the browser's telephone has besides talking: devices, notifications, marks."""

import re
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import WAIT, BrowserPhone
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import OURS, engine, eva, house, number, outside, pool

__all__ = ["eva", "house", "number", "outside", "pool"]

pytestmark = telephones(120)

# The notifications that the page really shows; whether somebody looks at it, in `looking`.
NOTIFIED = """
(() => {
  window.notes = [];
  window.looking = true;
  window.Notification = new Proxy(window.Notification, {
    construct(real, options) {
      const note = new real(...options);
      const told = {note, state: 'made'};
      note.addEventListener('show', () => { told.state = 'shown' });
      note.addEventListener('close', () => { told.state = 'closed' });
      window.notes.push(told);
      return note;
    },
  });
  Object.defineProperty(document, 'hidden', {get: () => !window.looking});
  window.focused = 0;
  const focus = window.focus.bind(window);
  window.focus = () => { window.focused += 1; focus() };
})()
"""
LAST_NOTE = "(() => { const n = window.notes.at(-1); return [n.note.title, n.note.body] })()"
# Where each sound comes out: the elements that play, by the device that they were given.
PLAYERS = """
(() => {
  const players = [], play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { players.push(this); return play.call(this) };
  const sinks = (calls) => players
    .filter((one) => !one.paused && (one.srcObject !== null) === calls)
    .map((one) => one.sinkId);
  window.ringsOn = (sink) => sinks(false).includes(sink);
  window.speaksOn = (sink) => sinks(true).includes(sink);
  const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
  window.unplugged = [];
  navigator.mediaDevices.enumerateDevices = async () =>
    (await list()).filter((one) => !window.unplugged.includes(one.label));
  window.plug = (...unplugged) => {
    window.unplugged = unplugged;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  };
})()
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """The whole one: without a window there are no notifications, and other devices each time."""
    async with engine(tmp_path_factory.mktemp("sound"), OURS, whole=True) as started:
        yield started


async def note_of(eva: BrowserPhone, state: str) -> list[str]:
    await eva.page.wait_for_function("s => window.notes.at(-1)?.state === s", arg=state)
    title_and_body: list[str] = await eva.page.evaluate(LAST_NOTE)
    return title_and_body


async def test_a_call_that_nobody_looks_at_is_told_outside_of_the_page(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    status, _ = await house.post("/contacts", {"name": "Anna Nová", "phones": [{"number": number}]})
    assert status == 201
    await eva.context.grant_permissions(["microphone", "notifications"])
    await eva.context.add_init_script(NOTIFIED)
    await eva.page.reload()
    await eva.ready()
    # While somebody looks, the page is enough.
    seen = await outside.dial(house.number_of("line1"), caller=number)
    await eva.rings()
    await seen.hang_up()
    await eva.has_no_call()
    assert await eva.page.evaluate("window.notes.length") == 0
    await eva.page.evaluate("window.looking = false")
    client = await outside.dial(house.number_of("line1"), caller=number)
    title, body = await note_of(eva, "shown")
    assert title == "Call from Anna Nová"
    assert body.replace(" ", "").endswith(number.removeprefix("+420"))
    await eva.page.evaluate("window.notes.at(-1).note.dispatchEvent(new Event('click'))")
    assert await eva.page.evaluate("window.focused") == 1
    await note_of(eva, "closed")
    await client.hang_up()
    await eva.has_no_call()
    # Nobody clicks: it goes with the call.
    client = await outside.dial(house.number_of("line1"), caller=number)
    await note_of(eva, "shown")
    await client.hang_up()
    await note_of(eva, "closed")
    assert await eva.page.evaluate("window.notes.length") == 2


async def test_trouble_is_seen_and_said_while_the_panel_is_closed(eva: BrowserPhone) -> None:
    button = eva.page.locator("[data-phone-button]")
    said = eva.page.locator("#announce")
    await button.click()
    await expect(eva.page.locator("#panel")).to_be_hidden()
    await expect(button).to_have_attribute("title", "Phone (D)")
    await eva.context.set_offline(True)
    lost = "The network is lost. The phone connects again by itself."
    await expect(button).to_have_accessible_name(f"Phone: {lost}", timeout=WAIT)
    await expect(button).to_have_attribute("title", lost)
    await expect(button).to_have_class(re.compile("has-alarm"))
    await expect(said).to_have_text(lost)
    await eva.context.set_offline(False)
    await expect(said).to_have_text("The phone works again.", timeout=WAIT)
    await expect(button).to_have_accessible_name("Phone")
    # The microphone is forbidden, and nobody has called yet.
    await eva.context.clear_permissions()
    await eva.context.grant_permissions(["notifications"])
    await expect(button).to_have_accessible_name(
        re.compile("does not allow the microphone"), timeout=WAIT
    )
    await eva.context.grant_permissions(["microphone", "notifications"])
    await expect(button).to_have_accessible_name("Phone", timeout=WAIT)


async def choose(eva: BrowserPhone, **devices: str) -> None:
    for label, device in devices.items():
        await chooser(eva, label).select_option(device)


def chooser(eva: BrowserPhone, label: str) -> Locator:
    return eva.page.get_by_label(label.replace("_", " "), exact=True)


async def ids(eva: BrowserPhone, labels: Sequence[str]) -> list[str]:
    found: list[str] = await eva.page.evaluate(
        "async (labels) => { const all = await navigator.mediaDevices.enumerateDevices();"
        " return labels.map((label) => all.find((one) => one.label === label).deviceId) }",
        list(labels),
    )
    return found


async def test_microphone_speaker_and_bell_are_chosen_remembered_and_may_be_unplugged(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    headset, desk, mic = "Fake Audio Output 1", "Fake Audio Output 2", "Fake Audio Input 2"
    await eva.context.add_init_script(PLAYERS)
    await eva.page.reload()
    await eva.ready()
    await eva.page.locator(".softphone-sound summary").click()
    await choose(eva, Microphone=mic, Speaker=headset, Rings_on=desk)
    await eva.page.reload()
    await eva.ready()
    await eva.page.locator(".softphone-sound summary").click()
    for label, device in (("Microphone", mic), ("Speaker", headset), ("Rings_on", desk)):
        shown = chooser(eva, label).locator("option:checked")
        await expect(shown).to_have_text(device)
    on_head, on_desk, by_mic = await ids(eva, (headset, desk, mic))
    client = await outside.dial(house.number_of("line1"), caller=number)
    await eva.page.wait_for_function("sink => window.ringsOn(sink)", arg=on_desk)
    await eva.press("answer")
    await client.confirmed()
    await eva.page.wait_for_function("sink => window.speaksOn(sink)", arg=on_head)
    # The headset is pulled out in the talk: one hears on, and is told.
    said = eva.page.locator("[data-phone-away]")
    await eva.page.evaluate("devices => window.plug(...devices)", [headset, mic])
    await expect(said).to_have_text(
        f"Not plugged in: {mic}, {headset}. Until it is back, the system's own device is used.",
        timeout=WAIT,
    )
    await eva.page.wait_for_function("() => window.speaksOn('')")
    shown = chooser(eva, "Speaker").locator("option:checked")
    await expect(shown).to_have_text(f"{headset} (not plugged in)")
    await eva.page.evaluate("window.plug()")
    await expect(said).to_be_hidden()
    await eva.page.wait_for_function("sink => window.speaksOn(sink)", arg=on_head)
    assert by_mic in await eva.page.evaluate("localStorage.getItem('hovorna-phone-1-settings')")
    await client.hang_up()
    await eva.has_no_call()
