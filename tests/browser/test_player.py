"""Recordings: nothing is loaded before play; seek, speed, one side, the place in the link."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser


def open_player(desk: Desk, login: str = "eva") -> tuple[Page, list[str]]:
    """The card with the 24 s recording, and the audio requests that the page makes."""
    page = desk.page(login)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/audio" in r.url else None)
    page.goto(f"/contacts/{desk.company.cards['contact0'].id}")
    expect(page.locator(".player")).to_be_visible()
    return page, asked


def test_no_audio_before_play_then_it_runs(desk: Desk) -> None:
    page, asked = open_player(desk)
    assert _inked(page)[0] > 500, "the waveform is not drawn"
    assert asked == []
    page.get_by_label("Play or pause").click()
    expect(page.locator(".player.is-playing")).to_be_visible()
    slider = page.get_by_role("slider", name="Position in the recording")
    expect(slider).not_to_have_attribute("aria-valuenow", "0")
    assert asked
    page.get_by_label("Play or pause").click()
    expect(page.locator(".player.is-playing")).to_have_count(0)


def test_keys_seek_and_the_link_keeps_the_place(desk: Desk) -> None:
    page, _ = open_player(desk)
    slider = page.get_by_role("slider", name="Position in the recording")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "10")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "0:05")
    slider.press("Space")
    expect(page.locator(".player.is-playing")).to_be_visible()
    slider.press("Space")
    expect(page).to_have_url(re.compile(r"#rec-\d+@5"))
    page.reload()
    expect(page.locator(".player-time")).to_contain_text("0:05 / 0:24")


def test_a_click_seeks_and_a_side_is_muted(desk: Desk) -> None:
    page, _ = open_player(desk)
    wave = page.locator(".player-wave")
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] / 2, "y": 10})
    expect(page.locator(".player-time")).to_contain_text("0:12")
    page.get_by_role("button", name="Client", exact=True).click()
    expect(page.get_by_role("button", name="Client", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    page.get_by_label("Speed").click()
    expect(page.get_by_label("Speed")).to_have_text("1.25×")


def test_what_was_not_recorded_is_marked_and_passed_over(desk: Desk, tmp_path: Path) -> None:
    company = desk.company
    call = company.run(company.caller.rings("+420777000061"))
    company.run(call.answered("101"))
    company.run(call.records())
    company.run(call.later(4).paused(True))
    company.run(call.later(12).paused(False))
    company.run(call.recorded(24, tmp_path))
    company.run(call.later(8).ended())
    page = desk.page("eva")
    page.goto(f"/calls/{company.run(call.view()).id}")
    expect(page.locator(".player-gaps")).to_have_text("Not recorded: 0:04–0:16")
    _, gap, voice = _inked(page, 0.4, 0.8)
    assert gap > 2 * voice  # hatched all over; a voice is a bar
    slider = page.get_by_role("slider", name="Position in the recording")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0:16")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "0:03")
    slider.press("Space")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0:1[6-9]"))
    slider.press("Space")
    wave = page.locator(".player-wave")
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] * 0.4, "y": 10})
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0:(09|10), not recorded"))


def test_who_may_not_hear_sees_that_it_was_recorded(desk: Desk) -> None:
    page = desk.page("petr")
    page.goto(f"/leads/{desk.company.cards['lead'].id}")
    expect(page.locator("#timeline")).to_contain_text("Recorded, 0:16.")
    expect(page.locator(".player")).to_have_count(0)
    desk.forgive("never")


def _inked(page: Page, *parts: float) -> list[int]:
    """Pixels that are not empty: of all the waveform, and of a twentieth of it at these parts."""
    inked: list[int] = page.evaluate(
        """(parts) => {
          const canvas = document.querySelector(".player canvas");
          const { width, height } = canvas;
          const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
          const count = (from, to) => data.filter((value, i) => {
            const x = (i >> 2) % width;
            return i % 4 === 3 && value > 0 && x >= from * width && x < to * width;
          }).length;
          return [count(0, 1), ...parts.map((part) => count(part, part + 0.05))];
        }""",
        parts,
    )
    return inked
