"""The browser as a telephone: Chromium, the real PBX, and desk phones on the other side.

The browser's microphone sounds at 440 Hz, the client's voice at 1000 Hz.
"""

from pathlib import Path

import numpy as np
from playwright.async_api import Browser, expect

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import BrowserPhone, sit_down
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
    parts,
    pause,
    pool,
    recording,
    talk,
)
from tests.pbx.sound import is_tone, loudest_hz, loudness
from tests.unit.recordings.sounds import RATE, loudest_hertz

__all__ = ["browser", "eva", "house", "number", "outside", "pool"]

pytestmark = telephones(120)


async def test_a_client_is_answered_in_the_browser_and_both_are_heard(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    assert abs(loudest_hz(await hears(client, tmp_path, "client", 2), 1) - OURS) < 10
    await eva.press("hangup")
    await client.disconnected()
    await eva.has_no_call()
    said_by_client, said_by_us = await recording(house, number, tmp_path)
    assert abs(loudest_hertz(said_by_client) - THEIRS) < 10
    assert abs(loudest_hertz(said_by_us) - OURS) < 10


async def test_dialling_from_the_pad_rings_this_browser_which_answers_by_itself(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    await eva.dial(number)
    client = await outside.incoming()
    assert client.invitation is not None
    assert client.invitation["dialled"] == number
    await client.answer()
    await eva.is_("talking")
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert call["direction"] == "outbound"
    assert [party["extension"] for party in call["parties"] if party["extension"]] == ["101"]
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(OURS, THEIRS))
    # The strip's buttons of this call act on this browser.
    await eva.press("hold", strip=True)
    await eva.is_("held")
    # The keys, too.
    await eva.page.locator("#page h1").click()
    await eva.page.keyboard.press("h")
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await eva.page.keyboard.press("h")
    await eva.is_("held")
    await eva.page.keyboard.press("e")
    await client.disconnected()
    await eva.has_no_call()
    said_by_client, said_by_us = await recording(house, number, tmp_path)
    assert {THEIRS} in parts(said_by_client, OURS, THEIRS)
    assert {OURS} in parts(said_by_us, OURS, THEIRS)


async def test_a_rejected_call_rings_on_elsewhere(
    house: Program, eva: BrowserPhone, outside: Phone, pool: PhonePool, number: str
) -> None:
    petr = await house.phone(pool, "102")
    client = await outside.dial(house.number_of("line1"), caller=number)
    await eva.rings()
    desk = await petr.incoming()
    await eva.press("reject")
    await eva.has_no_call()
    await desk.answer()
    await client.confirmed()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert call["answered_by"] == "102"
    await client.hang_up()


async def test_on_hold_the_client_hears_music_and_then_the_employee_again(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.press("hold")
    await eva.is_("held")
    await house.call_with(number, lambda it: it["state"] == "held")
    music = await hears(client, tmp_path, "music", 2)
    assert loudness(music) > 50
    assert not is_tone(music, OURS, 1.5)
    await eva.press("resume")
    await eva.is_("talking")
    await house.call_with(number, lambda it: it["state"] == "talking")
    assert is_tone(await hears(client, tmp_path, "again", 2), OURS, 1)
    await client.hang_up()
    _, said_to_client = await recording(house, number, tmp_path)
    kept = pause(said_to_client, OURS)
    assert np.sqrt((kept**2).mean()) > 0.002


async def test_a_muted_microphone_is_silent(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    assert loudness(await hears(client, tmp_path, "before", 2), 0.5) > 500
    await eva.press("mute")
    await expect(eva.page.locator("#softphone [data-phone-do=unmute]:visible")).to_be_visible()
    assert loudness(await hears(client, tmp_path, "muted", 2), 0.5) < 50
    await eva.page.locator("#page h1").click()
    await eva.page.keyboard.press("m")
    assert loudness(await hears(client, tmp_path, "after", 2), 0.5) > 500
    await client.hang_up()
    _, said_by_us = await recording(house, number, tmp_path)
    muted = pause(said_by_us, OURS)
    assert len(muted) > RATE
    assert np.abs(muted).max() < 0.002


async def test_digits_reach_the_other_side(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.page.locator("[data-phone-pad] summary").click()
    for digit in "42#":
        await eva.page.locator(f"[data-phone-do=digit][data-phone-value='{digit}']").click()
        await client.wait("dtmf", digit=digit)
    # And typed, while the pad has the focus.
    await eva.page.keyboard.press("7")
    await client.wait("dtmf", digit="7")
    # A code that the PBX itself reads.
    await eva.page.keyboard.press("*")
    await eva.page.keyboard.press("2")
    await house.call_with(number, lambda it: it["recording"] == "paused")
    await hears_only(client, tmp_path, OURS)  # the PBX has read it, and they talk again
    for digit in "*2":
        await eva.page.locator(f"[data-phone-do=digit][data-phone-value='{digit}']").click()
    await house.call_with(number, lambda it: it["recording"] == "on")
    await client.hang_up()
    await client.disconnected()
    await eva.page.keyboard.press("8")  # into a call that has just ended
    await eva.has_no_call()


async def test_two_calls_at_once_are_swapped(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    """A second client calls in while she talks; who waits hears music, and not her."""
    tones, other = (OURS, THEIRS, COLLEAGUES), f"{number}9"

    async def has(here: PhoneCall, hz: int, waiting: PhoneCall, waits: str) -> None:
        await house.call_with(waits, lambda it: it["state"] == "held")
        await eva.is_("held")
        await eva.is_("talking")
        await eva.hears_only(hz, of=tones)
        assert is_tone(await hears(here, tmp_path, "here", 2), OURS, 1)
        assert not is_tone(await hears(waiting, tmp_path, "waiting"), OURS, 1)

    first = await talk(house, eva, outside, number)
    second = await outside.dial(house.number_of("line1"), caller=other)
    await second.tell("tone", hz=COLLEAGUES)
    await eva.is_("ringing")
    await eva.hears_only(THEIRS, of=tones)
    await eva.press("answer")
    await second.confirmed()
    await has(second, COLLEAGUES, first, number)
    await eva.press("resume")
    await has(first, THEIRS, second, other)
    await eva.press("resume")
    await has(second, COLLEAGUES, first, number)
    await second.hang_up()
    await eva.is_("talking", 0)
    await eva.press("resume")
    await house.call_with(number, lambda it: it["state"] == "talking")
    await eva.hears_only(THEIRS, of=tones)
    await first.hang_up()


async def test_two_browsers_and_the_desk_phone_ring_together(
    house: Program,
    browser: Browser,
    eva: BrowserPhone,
    outside: Phone,
    pool: PhonePool,
    number: str,
) -> None:
    home = await sit_down(browser, house)
    await home.use_as_phone()
    desk = await house.phone(pool, "101")
    client = await outside.dial(house.number_of("line1"), caller=number)
    ringing = await desk.incoming()
    await eva.rings()
    await home.rings()
    await home.press("answer")
    await client.confirmed()
    await ringing.disconnected()
    await eva.has_no_call()
    await home.is_("talking")
    await home.press("hangup")
    await client.disconnected()
    await desk.unregister()
    await home.context.close()


async def test_every_tab_shows_the_call_and_closing_one_is_harmless(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    other = await eva.another_tab()
    await other.ready()
    client = await outside.dial(house.number_of("line1"), caller=number)
    await other.rings()
    await other.press("answer")
    await client.confirmed()
    await eva.is_("talking")
    await other.is_("talking")
    await other.page.close()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert call["answered_by"] == "101"
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(OURS, THEIRS))
    await eva.press("hangup")
    await client.disconnected()


async def test_the_phone_has_a_window_of_its_own(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    await eva.page.locator(".softphone-sound summary").click()
    async with eva.page.expect_popup() as opened:
        await eva.page.get_by_role("button", name="Phone in a window of its own").click()
    window = BrowserPhone(house, eva.context, await opened.value)
    await window.ready()
    await expect(window.page.locator("nav.rail")).to_be_hidden()
    client = await outside.dial(house.number_of("line1"), caller=number)
    await window.rings()
    await window.press("answer", strip=True)
    await client.confirmed()
    await eva.is_("talking")
    await window.press("hangup")
    await client.disconnected()


async def test_what_a_colleague_is_called_about_is_picked_up_in_this_browser(
    house: Program, eva: BrowserPhone, pool: PhonePool, number: str
) -> None:
    line2 = await house.phone(pool, "line2", tone=THEIRS)
    tomas = await house.phone(pool, "105")
    client = await line2.dial(house.number_of("line2"), caller=number)
    ringing = await tomas.incoming()
    await eva.page.locator("#page").get_by_role("button", name="Pick up").click()
    await eva.is_("talking")
    await client.confirmed()
    await ringing.disconnected()
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert call["answered_by"] == "101"
    await client.hang_up()


# What the telephone itself plays: bell and tones, by their pitch.
PLAYED = """
(() => {
  const context = new AudioContext(), players = new Map(), play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (this.srcObject === null && !players.has(this)) {
      const analyser = new AnalyserNode(context, {fftSize: 4096, smoothingTimeConstant: 0});
      players.set(this, analyser);
      this.addEventListener('playing', () => {
        context.createMediaStreamSource(this.captureStream()).connect(analyser);
      }, {once: true});
    }
    return play.call(this);
  };
  window.plays = (hz) => [...players].some(([element, analyser]) => {
    if (element.paused || element.muted || element.volume === 0) return false;
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    return levels[Math.round(hz * analyser.fftSize / context.sampleRate)] > -60;
  });
  window.playsAny = () => [...players.keys()].some((element) => !element.paused);
})()
"""


async def test_another_call_is_told_quietly_in_a_talk_and_swapped_by_keys(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    await eva.context.add_init_script(PLAYED)
    await eva.page.reload()
    await eva.ready()
    first = await outside.dial(house.number_of("line1"), caller=number)
    await eva.page.wait_for_function("() => window.plays(660)")
    await eva.press("answer")
    await first.confirmed()
    await eva.is_("talking")
    assert not await eva.page.evaluate("window.playsAny()")
    second = await outside.dial(house.number_of("line1"), caller=f"{number}9")
    await eva.rings()
    await expect(eva.page.locator("[data-call-waits]:visible")).to_have_count(1)
    await eva.page.wait_for_function("() => window.plays(425) && !window.plays(660)")
    await eva.page.locator("#page h1").click()
    await eva.page.keyboard.press("a")
    await second.confirmed()
    await eva.is_("held")
    assert not await eva.page.evaluate("window.playsAny()")
    await eva.page.keyboard.press("s")
    await house.call_with(f"{number}9", lambda it: it["state"] == "held")
    await house.call_with(number, lambda it: it["state"] == "talking")
    await first.hang_up()
    await second.hang_up()
    await eva.has_no_call()


async def test_the_echo_test_lets_one_hear_oneself(eva: BrowserPhone) -> None:
    await eva.page.locator(".softphone-sound summary").click()
    await eva.page.get_by_role("button", name="Test call").click()
    await eva.is_("talking")
    await eva.hears_only(OURS, of=(OURS, THEIRS))
    await eva.press("hangup")
    await eva.has_no_call()


async def test_the_tab_that_is_left_takes_the_call_of_the_one_that_was_closed(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    other = await eva.another_tab()
    await other.is_("talking")
    await eva.page.close()
    await house.call_with(number, lambda it: not is_with(it, "101"))
    await house.call_with(number, lambda it: is_with(it, "101"))
    await other.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await other.hears_only(THEIRS, of=(OURS, THEIRS))
    await other.press("hangup")
    await client.disconnected()
