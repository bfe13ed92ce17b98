"""What can be done from the page with a call on whatever phone."""

import re

import pytest
from playwright.sync_api import Locator, expect

from pbx_bridge.calls.events import Joined, Party
from tests.browser.company import OneCall
from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def _talk(desk: Desk, number: str = "+420777000045") -> OneCall:
    """Eva speaks with a client, and it is recorded."""
    caller = desk.company.caller
    call = desk.company.run(caller.rings(number, extensions=("101",)))
    desk.company.run(call.later(2).answered("101"))
    desk.company.run(call.records())
    return call


def _act(strip: Locator, name: str) -> Locator:
    return strip.get_by_role("button", name=name)


def test_in_a_conference_only_who_holds_is_on_hold(desk: Desk) -> None:
    company = desk.company
    eva, petr, board = desk.page("eva"), desk.page("petr"), desk.page("sup")
    for page in (eva, petr, board):
        page.goto("/board")
        expect(page.locator("html[data-live=on]")).to_be_attached()
    call = company.run(company.caller.rings("+420777000034"))
    company.run(call.later(2).answered("101"))
    company.run(call.joins(Party(extension="102"), Joined.CONFERENCE))
    company.run(call.later(2).held("101"))
    expect(eva.locator("#strip .strip-state")).to_contain_text("On hold")
    expect(petr.locator("#strip .strip-state")).to_contain_text("Held by Eva Malá")
    expect(petr.locator("#strip .strip-party", has_text="Eva Malá")).to_contain_text("on hold")
    expect(petr.locator("#strip .strip-call.state-talking")).to_be_visible()
    expect(board.locator("#board-talking .state-talking")).to_contain_text("Held by Eva Malá")
    holding = board.locator(".board-person", has=board.locator(".presence.state-held"))
    expect(holding).to_have_count(1)
    expect(holding).to_contain_text("Eva Malá")
    company.run(call.leaves(Party(extension="102")))
    expect(board.locator("#board-talking .state-held")).to_contain_text("On hold")
    company.run(call.later(2).ended())


def test_a_call_is_held_and_its_recording_paused(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = _talk(desk)
    strip, done = page.locator("#strip"), desk.company.house.telephony.done
    with page.expect_response("**/hold"):
        _act(strip, "Hold").click()
    desk.company.run(call.later(1).held("101"))
    expect(strip).to_contain_text("On hold")
    expect(_act(strip, "Resume")).to_have_attribute("aria-pressed", "true")
    expect(_act(strip, "Resume")).to_be_focused()
    with page.expect_response("**/resume"):
        _act(strip, "Resume").click()
    with page.expect_response("**/record/pause"):
        _act(strip, "Pause recording").click()
    assert [it[0] for it in done[-3:]] == ["hold", "resume", "pause_recording"]
    desk.company.run(call.later(1).paused(True))
    expect(_act(strip, "Go on recording")).to_be_visible()
    desk.company.run(call.later(1).paused(False))
    expect(_act(strip, "Pause recording")).to_be_visible()
    desk.company.run(call.later(1).ended())


def test_a_recording_is_ended_and_begun_again(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = _talk(desk, "+420777000046")
    strip, done = page.locator("#strip"), desk.company.house.telephony.done
    with page.expect_response("**/record/stop"):
        _act(strip, "End recording").click()
    desk.company.run(call.later(1).stopped(True))
    expect(_act(strip, "End recording")).to_be_hidden()
    call_id = desk.company.run(call.view()).id
    page.goto(f"/calls/{call_id}")
    expect(page.locator("#page")).to_contain_text("Recorded so far; nothing is being recorded now.")
    with page.expect_response("**/record/start"):
        strip.get_by_role("button", name="Record", exact=True).click()
    desk.company.run(call.later(2).stopped(False))
    expect(_act(strip, "Pause recording")).to_be_visible()
    assert [it[0] for it in done[-2:]] == ["stop_recording", "start_recording"]
    page.goto(f"/calls/{call_id}")
    for step in ("Recording is ended", "Recording begins again"):
        expect(page.locator(".story-steps")).to_contain_text(step)
    desk.company.run(call.later(1).ended())


def test_a_colleague_is_asked_before_the_client_is_handed_over(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = _talk(desk)
    strip, done = page.locator("#strip"), desk.company.house.telephony.done
    strip.locator("summary", has_text="Transfer").click()
    expect(strip.get_by_text("Sam Supervisor")).to_be_visible()
    expect(strip.locator("input[type=search]:visible")).to_be_focused()
    page.keyboard.type("petr")
    expect(strip.get_by_text("Sam Supervisor")).to_be_hidden()
    strip.get_by_role("button", name="Announce: Petr Novák").click()
    expect(page.locator(".toast-line")).to_contain_text(
        "The client waits while it rings at: Petr Novák."
    )
    assert list(done[-1]) == ["consult", call.key, "101", "102"]
    desk.company.run(call.later(1).also_rings("102"))
    expect(strip).to_contain_text("Asking Petr Novák · rings")
    desk.company.run(call.later(1).consults("101", "102"))
    row = page.locator("[data-strip-call][data-speaks='Petr Novák']")
    expect(row).to_have_attribute("data-rests", re.compile("waits$"))
    expect(strip).to_contain_text("Client waits")
    expect(_act(strip, "Hang up")).to_have_count(0)
    steering = desk.company.house.crm.steering
    with page.expect_response("**/consult/swap"):
        _act(strip, "Swap").click()
    desk.company.run(steering.turned(call.key))
    expect(strip).to_contain_text("Petr Novák waits")
    expect(strip).not_to_contain_text("Client waits")
    expect(_act(strip, "Hang up Petr Novák")).to_be_visible()
    for name, asked in (
        ("Swap", "swap"),
        ("All together", "join"),
        ("Back to the client", "cancel"),
    ):
        with page.expect_response("**/consult/*"):
            _act(strip, name).click()
        assert done[-1][0] == f"{asked}_consult"
        desk.company.run(steering.turned(call.key))
    with page.expect_response("**/consult/complete"):
        _act(strip, "Hand over").click()
    assert done[-1][0] == "complete_consult"
    desk.company.run(call.later(1).ended())
    expect(strip).to_be_empty()


@pytest.mark.parametrize("size", [None, PHONE])
def test_a_third_is_called_in_muted_and_left_with_the_client(
    desk: Desk, size: dict[str, int] | None
) -> None:
    page = desk.page("eva", size=size)
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = _talk(desk)
    strip, done = page.locator("#strip"), desk.company.house.telephony.done
    strip.locator("summary[title=Add]").click()
    expect(strip.locator("input[type=search]:visible")).to_be_focused()
    page.keyboard.type("608 111 222")
    strip.get_by_role("button", name="Add: 608 111 222").click()
    expect(page.locator(".toast-line")).to_contain_text("Who answers joins the call.")
    assert list(done[-1])[:4] == ["invite", call.key, "101", "+420608111222"]
    desk.company.run(call.later(1).joins(Party(extension="102"), Joined.CONFERENCE))
    parties = strip.locator(".strip-parties")
    expect(parties).to_contain_text("Petr Novák")
    parties.get_by_role("button", name="Mute Petr Novák").click()
    expect(parties).to_contain_text("muted")
    assert done[-1] == ("mute", call.key, "102")
    _act(strip, "End for all").click()  # the client, too: it is asked first
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    parties.get_by_role("button", name="Leave it to the others").click()
    with page.expect_response("**/party/drop"):
        parties.get_by_role("button", name="Hang up Petr Novák").click()
    assert done[-2:] == [("drop", call.key, "101"), ("drop", call.key, "102")]
    assert ("hang_up", call.key) not in done
    desk.company.run(call.later(1).leaves(Party(extension="102")))
    expect(parties).to_have_count(0)
    expect(_act(strip, "Hang up")).to_be_visible()
    strip.locator("summary[title=Add]").click()
    expect(strip.locator("input[type=search]:visible")).to_be_focused()
    with page.expect_response("**/picks?*q=petr*"):
        page.keyboard.type("petr")  # who was in the call before may come again
    expect(_act(strip, "Add: Petr Novák")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (size or {"width": 1440})["width"]
    desk.company.run(call.later(1).ended())


def test_what_somebody_else_did_first_is_said(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    _talk(desk)
    desk.company.house.telephony.refuse = "101 is not in this call"
    _act(page.locator("#strip"), "Hold").click()
    expect(page.locator(".toast-line.is-error")).to_contain_text("101 is not in this call")
    desk.forgive("503")


def test_the_strip_speaks_czech(desk: Desk) -> None:
    people, eva = desk.company.house.crm.people, desk.company.house.actors["eva"]
    desk.company.run(people.update_user(eva, eva.id, {"language": "cs"}))
    try:
        page = desk.page("eva")
        page.goto("/board")
        expect(page.locator("html[data-live=on]")).to_be_attached()
        _talk(desk)
        strip = page.locator("#strip")
        for name in ("Podržet", "Pozastavit nahrávání"):
            expect(_act(strip, name)).to_be_visible()
    finally:
        desk.company.run(people.update_user(eva, eva.id, {"language": None}))


def test_a_telephone_link_is_shown_and_not_dialled(desk: Desk) -> None:
    page = desk.page("eva")
    placed = len(desk.company.house.telephony.done)
    page.goto("/dial-link?number=tel%3A%2B420777000045")
    main = page.locator("#page")
    expect(main).to_contain_text("Nothing is dialled before you say so.")
    expect(main.get_by_role("link", name="Řehoř Veselá 045")).to_be_visible()
    assert len(desk.company.house.telephony.done) == placed
    expect(page.locator("#dial-number")).to_have_value("+420777000045")
    with page.expect_response("**/dial"):
        main.get_by_role("button", name="Call 777 000 045").click()
    assert desk.company.house.telephony.done[-1][0] == "place"
    page.goto("/dial-link?number=tel%3A%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    expect(page.locator("#page")).to_contain_text("no telephone number that we know")


def test_the_browser_is_asked_to_open_telephone_links(desk: Desk) -> None:
    page = desk.page("eva")
    page.add_init_script(
        "navigator.registerProtocolHandler = (...asked) => { window.asked = asked; };"
    )
    page.goto("/profile")
    page.get_by_role("button", name="Open telephone links here").click()
    scheme, address = page.evaluate("window.asked")
    assert scheme == "tel"
    assert address.endswith("/dial-link?number=%s")
