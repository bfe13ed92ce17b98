"""The browser as a telephone when something fails: network, microphone, PBX, the browser itself.

The browser's microphone sounds at 440 Hz, the client's voice at 1000 Hz.
"""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, WebSocketRoute, expect

from pbx_bridge.sip.handles import Phone
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import WAIT, BrowserPhone, sit_down
from tests.pbx.detour import take_detours, wire_to
from tests.pbx.marks import telephones
from tests.pbx.program import Program
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    browser,
    eva,
    hears,
    hears_only,
    house,
    is_with,
    number,
    outside,
    pool,
    recorded,
    talk,
    told,
)
from tests.pbx.sound import loudest_hz

__all__ = ["browser", "eva", "house", "number", "outside", "pool"]

pytestmark = telephones(120)

CUT = 10.0  # seconds, for which the network is lost


async def test_a_network_that_was_lost_in_a_talk_is_found_again(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.context.set_offline(True)
    said = eva.page.get_by_text("The network is lost.")
    await expect(said).to_be_visible(timeout=WAIT)
    await eva.context.set_offline(False)
    await eva.ready()
    await eva.is_("talking")
    await house.call_with(number, lambda it: is_with(it, "101"))
    await eva.press("hangup")
    await client.disconnected()


async def test_a_connection_that_breaks_in_a_talk_is_made_again(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    """The page lives on, and so does its sound, but the PBX cannot reach it."""
    lines: list[WebSocketRoute] = []

    async def pass_on(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    await eva.page.route_web_socket("**/sip*", pass_on)
    await eva.page.reload()
    await eva.ready()
    client = await talk(house, eva, outside, number)
    await lines[0].close()
    await house.call_with(number, lambda it: not is_with(it, "101"))
    await house.call_with(number, lambda it: is_with(it, "101"))
    await eva.is_("talking")
    assert abs(loudest_hz(await hears(client, tmp_path, "again", 2), 1) - OURS) < 10
    await eva.press("hangup")
    await client.disconnected()
    await eva.has_no_call()


# What is said for a moment only.
NOTED = """
() => {
  window.problems = new Set();
  const note = () => document.querySelectorAll('[data-phone-problem]:not([hidden])')
    .forEach((one) => window.problems.add(one.dataset.phoneProblem));
  new MutationObserver(note).observe(document.querySelector('#softphone'),
    {subtree: true, attributes: true, attributeFilter: ['hidden']});
}
"""


async def test_sound_that_was_lost_in_a_talk_finds_a_new_way(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    """Its way is cut, while the page stays connected: the browser asks the PBX for another."""
    detours = await take_detours(eva.page)
    await eva.page.reload()
    await eva.ready()
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(THEIRS,))
    await eva.page.evaluate(NOTED)
    detours.cut()
    await eva.page.wait_for_function("() => window.problems.has('sound-lost')")
    await expect(eva.page.locator("[data-phone-problem]:visible")).to_have_count(0, timeout=WAIT)
    assert detours.made == 2
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(THEIRS,))
    await eva.press("hangup")
    await client.disconnected()
    await eva.has_no_call()
    call = await house.call_with(number, recorded)
    assert "call.browser_lost" not in await told(house, call)
    await detours.close()


async def test_a_call_whose_sound_finds_no_other_way_comes_anew(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    detours = await take_detours(eva.page)
    await eva.page.reload()
    await eva.ready()
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    detours.cut(calls=True)
    await house.call_with(number, lambda it: not is_with(it, "101"), seconds=30)
    await house.call_with(number, lambda it: is_with(it, "101"))
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(THEIRS,))
    await eva.press("hangup")
    await client.disconnected()
    await eva.has_no_call()
    await detours.close()


async def test_how_the_network_lets_the_sound_through_is_shown(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    """A share of the packets is lost on their way; screen readers tell only what is not well."""
    detours = await take_detours(eva.page)
    await eva.page.reload()
    await eva.ready()
    client = await talk(house, eva, outside, number)
    shown = eva.page.locator("[data-call-quality]:visible")
    told = eva.page.locator(
        "[data-call-id] [role=status]", has=eva.page.locator("[data-call-quality]")
    )
    await expect(shown).to_have_text("The sound is good.", timeout=WAIT)
    await expect(told.locator(":visible")).to_have_count(0)
    detours.lose(40)
    await expect(shown).to_have_text("The sound suffers a little from the network.", timeout=WAIT)
    detours.lose(4)
    await expect(shown).to_have_text("The network is too slow for good sound.", timeout=WAIT)
    await expect(told.get_by_text("The network is too slow")).to_be_visible()
    detours.lose(0)
    await expect(shown).to_have_text("The sound is good.", timeout=WAIT)
    await client.hang_up()
    await eva.has_no_call()
    await detours.close()


async def test_a_network_that_fails_in_silence_is_noticed_and_the_talk_comes_back(
    house: Program, browser: Browser, outside: Phone, number: str, tmp_path: Path
) -> None:
    """No connection is closed; what was sent is never answered."""
    async with wire_to(house) as (wire, wired):
        eva = await sit_down(browser, wired)
        await eva.use_as_phone()
        client = await talk(house, eva, outside, number)
        wire.cut()
        began = time.monotonic()
        await expect(eva.page.locator("html")).to_have_attribute("data-phone", "lost", timeout=WAIT)
        assert time.monotonic() - began < 6  # 3 on a machine with nothing else to do
        await asyncio.sleep(began + CUT - time.monotonic())  # the time itself is what is tried
        wire.mend()
        await eva.ready()
        await house.call_with(number, lambda it: is_with(it, "101"))
        await eva.is_("talking")
        await hears_only(client, tmp_path, OURS)
        await eva.hears_only(THEIRS, of=(OURS, THEIRS))
        await eva.press("hangup")
        await client.disconnected()
        call = await house.call_with(number, recorded)
        story = await house.get(f"/calls/{call['id']}/story")
        (lost,) = [it for it in story["items"] if it["type"] == "call.browser_lost"]
        assert lost["body"]["loss"] == "network"
        await eva.context.close()


# The track of the call's microphone, in the page.
MICROPHONE = """
(() => {
  const devices = navigator.mediaDevices;
  if (devices === undefined) return;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (...all) => {
    const stream = await ask(...all);
    window.microphone = stream.getTracks()[0];
    return stream;
  };
})()
"""
# How a browser tells that it was unplugged: by an event, or only that there are other devices now.
UNPLUGGED = {
    "told": "window.microphone.dispatchEvent(new Event('ended'))",
    "seen": "Object.defineProperty(window.microphone, 'readyState',"
    " {configurable: true, value: 'ended'});"
    "navigator.mediaDevices.dispatchEvent(new Event('devicechange'));"
    "delete window.microphone.readyState",
}


@pytest.mark.parametrize("how", ["told", "seen"])
async def test_a_microphone_that_is_unplugged_is_replaced(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path, how: str
) -> None:
    await eva.context.add_init_script(MICROPHONE)
    await eva.page.reload()
    await eva.ready()
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    await eva.page.evaluate(f"() => {{ window.before = window.microphone; {UNPLUGGED[how]} }}")
    # The old one is closed when the new one is in its place.
    await eva.page.wait_for_function("() => window.before.readyState === 'ended'")
    assert await eva.page.evaluate("window.microphone.readyState") == "live"
    await hears_only(client, tmp_path, OURS)
    await client.hang_up()
    await eva.has_no_call()


async def test_a_microphone_whose_sound_is_taken_away_is_told_of(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    """By the switch on a headset, by the system, by another program: nobody hears the employee."""
    await eva.context.add_init_script(MICROPHONE)
    await eva.page.reload()
    await eva.ready()
    client = await talk(house, eva, outside, number)
    becomes = (
        "(muted) => { Object.defineProperty(window.microphone, 'muted',"
        " {configurable: true, value: muted});"
        " window.microphone.dispatchEvent(new Event(muted ? 'mute' : 'unmute')) }"
    )
    said = eva.page.get_by_text("The other side does not hear you")
    await eva.page.evaluate(becomes, True)
    await expect(said).to_be_visible(timeout=WAIT)
    await eva.page.evaluate(becomes, False)
    await expect(said).to_be_hidden(timeout=WAIT)
    await client.hang_up()
    await eva.has_no_call()


async def test_a_call_that_cannot_begin_leaves_no_microphone_open(eva: BrowserPhone) -> None:
    await eva.context.add_init_script(MICROPHONE)
    await eva.page.reload()
    await eva.ready()
    await eva.page.evaluate(
        "() => { window.RTCPeerConnection = function () { throw new Error('of the test') } }"
    )
    await eva.page.locator(".softphone-sound summary").click()
    await eva.page.get_by_role("button", name="Test call").click()
    said = eva.page.get_by_text("The sound finds no way")
    await expect(said).to_be_visible(timeout=WAIT)
    assert await eva.page.evaluate("window.microphone.readyState") == "ended"
    await eva.has_no_call()


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        ("delete Navigator.prototype.mediaDevices; delete Navigator.prototype.locks", "by https"),
        ("delete window.RTCPeerConnection", "has no telephone in it"),
    ],
    ids=["without-https", "without-webrtc"],
)
async def test_a_browser_that_cannot_telephone_says_so_and_does_not_ring(
    house: Program, eva: BrowserPhone, lacks: str, says: str
) -> None:
    await eva.context.add_init_script(lacks)
    await eva.page.reload()
    await expect(eva.page.get_by_text(says)).to_be_visible(timeout=WAIT)
    await expect(eva.page.locator("html")).to_have_attribute("data-phone", "refused")


# Both sides tell the other that they are at an address where nobody is.
LIES = """
(() => {
  const lie = (sdp) =>
    sdp?.replace(/(a=candidate:\\S+ \\d \\w+ \\d+ )\\S+( \\d+)/g, '$1203.0.113.7$2');
  const peer = RTCPeerConnection.prototype;
  const told = Object.getOwnPropertyDescriptor(peer, 'localDescription');
  Object.defineProperty(peer, 'localDescription', { get() {
    const { type, sdp } = told.get.call(this);
    return { type, sdp: lie(sdp) };
  } });
  const hear = peer.setRemoteDescription;
  peer.setRemoteDescription = function ({ type, sdp }) {
    return hear.call(this, { type, sdp: lie(sdp) });
  };
})()
"""


async def test_candidates_that_lie_hurt_nobody_else(
    house: Program, eva: BrowserPhone, outside: Phone, pool: PhonePool, number: str, tmp_path: Path
) -> None:
    """No way for the sound is found, which is said; the next call is as any other."""
    petr = await house.phone(pool, "102", tone=COLLEAGUES)
    await eva.page.evaluate(LIES)
    client = await talk(house, eva, outside, number)
    said = eva.page.get_by_text("The sound finds no way between this browser and the telephone")
    await expect(said).to_be_visible(timeout=4 * WAIT)
    assert await eva.page.evaluate(f"window.tonesHeard([{THEIRS}])") == []
    await hears_only(client, tmp_path)
    await eva.press("hangup")
    await client.disconnected()
    next_one = await outside.dial(house.number_of("line1"), caller=f"{number}9")
    desk = await petr.incoming(number=f"{number}9")
    await desk.answer()
    await next_one.confirmed()
    await hears_only(next_one, tmp_path, COLLEAGUES)
    await hears_only(desk, tmp_path, THEIRS)
    await next_one.hang_up()


async def test_a_browser_whose_clock_is_wrong_telephones_all_the_same(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    await eva.page.clock.set_system_time("2019-02-03T04:05:06Z")
    await eva.page.reload()
    await eva.ready()
    await eva.dial(number)
    client = await outside.incoming()
    await client.answer()
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await eva.page.reload()
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(OURS, THEIRS))
    await client.hang_up()


async def test_without_a_microphone_it_says_so(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    await eva.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('no', 'NotAllowedError')) }"
    )
    client = await outside.dial(house.number_of("line1"), caller=number)
    await eva.rings()
    await eva.press("answer")
    said = eva.page.get_by_text("The browser does not allow the microphone.")
    await expect(said).to_be_visible(timeout=WAIT)
    await client.hang_up()
    await eva.has_no_call()


async def test_it_registers_again_when_the_pbx_was_restarted(
    house: Program, eva: BrowserPhone, pool: PhonePool, number: str, tmp_path: Path
) -> None:
    pid = house.pbx_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await expect(eva.page.locator("html")).to_have_attribute("data-phone", "lost", timeout=WAIT)
    await eva.ready()
    async with asyncio.timeout(15):
        while house.pbx_pid in (None, pid):
            await asyncio.sleep(0.05)
    assert house.pbx_pid != pid
    outside = await house.phone(pool, "line1", tone=THEIRS)
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(OURS, THEIRS))
    await client.hang_up()
    await eva.has_no_call()
