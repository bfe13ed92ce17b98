"""A page that is loaded anew in the middle of talks, or whose connection breaks: all is as before.

The microphone sounds at 440 Hz, the first client's voice at 1000 Hz, the second's at 1800 Hz.
"""

from pathlib import Path

from playwright.async_api import WebSocketRoute, expect

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.browser_phone import WAIT, BrowserPhone
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
    recorded,
    recording,
    talk,
)
from tests.pbx.sound import is_tone, loudest_hz, loudness
from tests.unit.recordings.sounds import RATE

__all__ = ["browser", "eva", "house", "number", "outside", "pool"]

pytestmark = telephones(120)

TONES = (OURS, THEIRS, COLLEAGUES)


async def _talks_with_one_and_another_waits(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> tuple[PhoneCall, PhoneCall]:
    waiting = await talk(house, eva, outside, number)
    talking = await outside.dial(house.number_of("line1"), caller=f"{number}9")
    await talking.tell("tone", hz=COLLEAGUES)
    await eva.rings()
    await eva.press("answer")
    await talking.confirmed()
    await eva.is_("held")
    await eva.is_("talking")
    return waiting, talking


async def _is_without(house: Program, *numbers: str) -> None:
    for one in numbers:
        await house.call_with(one, lambda it: not is_with(it, "101"))


async def _is_as_before(
    house: Program,
    eva: BrowserPhone,
    number: str,
    waiting: PhoneCall,
    talking: PhoneCall,
    folder: Path,
) -> None:
    await house.call_with(number, lambda it: is_with(it, "101") and it["state"] == "held")
    await house.call_with(f"{number}9", lambda it: is_with(it, "101") and it["state"] == "talking")
    await eva.is_("held")
    await eva.is_("talking")
    await hears_only(talking, folder, OURS)
    await eva.hears_only(COLLEAGUES, of=TONES)
    music = await hears(waiting, folder, "music", 2)
    assert loudness(music) > 50
    assert not is_tone(music, OURS, 1.5)


async def test_a_reloaded_page_talks_with_whom_it_talked_and_holds_whom_it_held(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    waiting, talking = await _talks_with_one_and_another_waits(house, eva, outside, number)
    await eva.page.reload()
    await _is_without(house, number, f"{number}9")
    await _is_as_before(house, eva, number, waiting, talking, tmp_path)
    await eva.press("resume")
    await house.call_with(number, lambda it: it["state"] == "talking")
    await house.call_with(f"{number}9", lambda it: it["state"] == "held")
    await hears_only(waiting, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=TONES)
    await waiting.hang_up()
    await talking.hang_up()
    await eva.has_no_call()


async def test_a_connection_that_breaks_changes_nobody_who_waits_and_nobody_who_talks(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    lines: list[WebSocketRoute] = []

    async def pass_on(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    await eva.page.route_web_socket("**/sip*", pass_on)
    await eva.page.reload()
    await eva.ready()
    waiting, talking = await _talks_with_one_and_another_waits(house, eva, outside, number)
    await lines[0].close()
    await _is_without(house, number, f"{number}9")
    await _is_as_before(house, eva, number, waiting, talking, tmp_path)
    await waiting.hang_up()
    await talking.hang_up()
    await eva.has_no_call()


async def test_a_client_on_hold_does_not_hear_a_page_that_is_loaded_again(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.press("hold")
    await house.call_with(number, lambda it: it["state"] == "held")
    await eva.page.reload()
    await _is_without(house, number)
    await house.call_with(number, lambda it: is_with(it, "101") and it["state"] == "held")
    await eva.is_("held")
    assert not is_tone(await hears(client, tmp_path, "music", 2), OURS, 1.5)
    await eva.press("resume")
    await eva.is_("talking")
    await hears_only(client, tmp_path, OURS)
    await client.hang_up()
    await eva.has_no_call()


async def test_a_muted_microphone_stays_muted_when_the_page_is_loaded_again(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await eva.press("mute")
    unmute = eva.page.locator("#softphone [data-phone-do=unmute]:visible")
    await expect(unmute).to_be_visible(timeout=WAIT)
    await eva.page.reload()
    await _is_without(house, number)
    await house.call_with(number, lambda it: is_with(it, "101"))
    await eva.is_("talking")
    await expect(unmute).to_be_visible(timeout=WAIT)
    assert loudness(await hears(client, tmp_path, "muted", 2), 0.5) < 50
    await eva.press("unmute")
    await hears_only(client, tmp_path, OURS)
    await client.hang_up()
    await eva.has_no_call()


async def test_a_page_that_is_reloaded_while_it_rings_still_answers(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    client = await outside.dial(house.number_of("line1"), caller=number)
    await eva.rings()
    await eva.page.reload()
    await eva.ready()
    await eva.page.locator("#strip").get_by_role("button", name="Answer here").click()
    await client.confirmed()
    await eva.is_("talking")
    call = await house.call_with(number, lambda it: it["state"] == "talking")
    assert call["answered_by"] == "101"
    await eva.press("hangup")
    await client.disconnected()


async def test_a_reloaded_page_takes_its_call_back(
    house: Program, eva: BrowserPhone, outside: Phone, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    await hears_only(client, tmp_path, OURS)
    await eva.page.reload()
    await eva.is_("talking")
    call = await house.call_with(number, lambda it: it["state"] == "talking" and is_with(it, "101"))
    assert call["transfers"] == []
    await hears_only(client, tmp_path, OURS)
    await eva.hears_only(THEIRS, of=(OURS, THEIRS))
    assert abs(loudest_hz(await hears(client, tmp_path, "again", 2), 1) - OURS) < 10
    await eva.press("hangup")
    await client.disconnected()
    said_by_client, said_by_us = await recording(house, number, tmp_path)
    # She is in it before and after, and music between.
    assert len(pause(said_by_us, OURS)) > 0
    heard = parts(said_by_client, OURS, THEIRS)
    assert heard[1:-1] == [{THEIRS}] * len(heard[1:-1])
    call = await house.call_with(number, recorded)
    assert (call["answered_by"], call["ended_by_side"]) == ("101", "company")
    assert abs(len(said_by_us) / RATE - call["talk_seconds"]) < 1
    story = await house.get(f"/calls/{call['id']}/story")
    (gone,) = [item for item in story["items"] if item["type"] == "call.browser_lost"]
    assert gone["body"]["loss"] == "closed"


async def test_a_reloaded_page_takes_back_a_call_that_it_placed(
    house: Program, eva: BrowserPhone, outside: Phone, number: str
) -> None:
    await eva.dial(number)
    client = await outside.incoming()
    await client.answer()
    await eva.is_("talking")
    await eva.page.reload()
    await eva.is_("talking")
    await house.call_with(number, lambda it: it["state"] == "talking" and is_with(it, "101"))
    await client.hang_up()
    await eva.has_no_call()


async def test_a_browser_that_stays_closed_leaves_its_client_to_the_group(
    house: Program, eva: BrowserPhone, outside: Phone, pool: PhonePool, number: str, tmp_path: Path
) -> None:
    client = await talk(house, eva, outside, number)
    petr = await house.phone(pool, "102")
    await eva.page.close()
    await house.call_with(number, lambda it: not is_with(it, "101"))
    music = await hears(client, tmp_path, "music", 2)
    assert loudness(music, 1) > 50
    desk = await petr.incoming(seconds=30)
    await desk.answer()
    call = await house.call_with(number, lambda it: is_with(it, "102"))
    assert call["transfers"] == []
    await client.hang_up()
