"""What is seen live of colleagues and lines, and the supervisor's buttons."""

import re

import pytest
from playwright.sync_api import expect

from pbx_bridge.calls.events import Joined, Party
from pbx_bridge.supervisions import Supervision
from pbx_bridge.watching.lines import Health, LineState
from tests.browser.conftest import DESKTOP, PHONE, Company, Desk
from tests.browser.test_phone import finish, ring

pytestmark = pytest.mark.browser


def reachable(company: Company, *endpoints: str) -> None:
    """The PBX says where phones are registered; nothing: it says nothing any more."""

    async def tell() -> None:
        company.house.crm.presence.reachable_are(frozenset(endpoints) if endpoints else None)

    company.run(tell())


def line_becomes(company: Company, name: str, health: Health) -> None:
    async def tell() -> None:
        states = {name: LineState(name).becomes(health, company.house.clock())}
        company.house.crm.line_states.are(states)

    company.run(tell())


def test_a_colleague_without_a_phone_is_seen_at_once(desk: Desk) -> None:
    page = desk.page("petr")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    people = page.locator("#board-people")
    reachable(desk.company, "102")
    try:
        eva = people.locator(".board-person", has_text="Eva Malá")
        expect(eva).to_contain_text("Not registered")
        reachable(desk.company, "101-web", "102")
        expect(eva).to_contain_text("Free")
    finally:
        reachable(desk.company)


def test_a_line_that_is_down_says_why_and_cannot_be_chosen(desk: Desk) -> None:
    page = desk.page("admin")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    page.locator(".topbar [data-panel-toggle], [data-panel-toggle]").first.click()
    choice = page.locator("#line-option-line2")
    expect(choice.locator("input")).to_be_visible()
    line_becomes(desk.company, "line2", Health.UNREACHABLE)
    try:
        expect(choice).to_contain_text("The provider does not answer")
        expect(choice.locator("input")).to_have_count(0)
        page.goto("/settings/lines")
        expect(page.locator("tr", has_text="Support")).to_contain_text("Does not answer")
    finally:
        line_becomes(desk.company, "line2", Health.UNKNOWN)


def test_a_number_whose_line_of_last_time_is_down_says_so_before_it_is_called(desk: Desk) -> None:
    company, page = desk.company, desk.page("admin")
    number = "+420777000061"
    company.run(company.run(company.caller.rings(number, line="line2")).ended())
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    page.locator(".topbar [data-panel-toggle], [data-panel-toggle]").first.click()
    found = page.locator("#dial-found")
    page.get_by_label("Number to call").fill(number)
    expect(found).to_contain_text("By Support, as last time")
    line_becomes(company, "line2", Health.UNREACHABLE)
    try:
        page.get_by_label("Number to call").press("End")
        page.get_by_label("Number to call").type(" ")
        down = "The line of last time, Support, is down: the call goes by line1."
        expect(found).to_contain_text(down)
        page.locator("#line-option-line1 input").check()
        expect(found).not_to_contain_text("is down")  # chosen by hand
        page.locator("#line-option-last input").check()
        expect(found).to_contain_text(down)
        page.locator("#panel-dial").get_by_role("button", name="Call", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text(down)
    finally:
        line_becomes(company, "line2", Health.UNKNOWN)


def test_a_supervisor_listens_whispers_and_stops(desk: Desk) -> None:
    company = desk.company
    done = company.house.telephony.done
    call = ring(company, "+420777000031", "102")
    company.run(call.later(2).answered("102"))
    page = desk.page("admin")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    card = page.locator("#board-talking article", has_text="Petr Novák")
    card.get_by_role("button", name="Listen").click()
    expect(page.locator("#toasts")).to_contain_text("nobody notices")
    assert ("supervise", call.key, "102", "110", "listen") in done

    name = "PJSIP/110-00000007"
    company.run(
        listens(company, Supervision("spy-a-102-1", name, "110", "102", "1", call.key, True))
    )
    strip = page.locator("#listening")
    expect(strip).to_contain_text("You are listening to Petr Novák")
    expect(card.get_by_role("button", name="Listen")).to_have_count(0)
    strip.get_by_role("button", name="Whisper").click()
    expect(strip).to_contain_text("You whisper to Petr Novák")
    strip.get_by_role("button", name="End the call").click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("The client is hung up on.")
    asked.get_by_role("button", name="Cancel").click()
    assert ("hang_up", call.key) not in done
    strip.get_by_role("button", name="End the call").click()
    with page.expect_response("**/supervise"):
        asked.get_by_role("button", name="End the call").click()
    assert ("hang_up", call.key) in done
    strip.get_by_role("button", name="Stop listening").click()
    company.run(listens(company))
    expect(strip).not_to_contain_text("Petr Novák")
    expect(card.get_by_role("button", name="Listen")).to_have_count(1)
    assert ("stop_supervising", "110") in done
    finish(company, call)


def test_of_several_colleagues_in_a_call_each_can_be_listened_to(desk: Desk) -> None:
    company = desk.company
    done = company.house.telephony.done
    call = ring(company, "+420777000032", "102")
    company.run(call.later(2).answered("102"))
    company.run(call.joins(Party(extension="101"), Joined.CONFERENCE))
    page = desk.page("admin")
    page.goto("/board")
    card = page.locator("#board-talking article", has_text="Petr Novák")
    expect(card.get_by_role("button", name="Listen")).to_have_count(0)
    extensions = {"Petr Novák": "102", company.house.crm.directory.name_of("101"): "101"}
    card.locator("summary").click()
    expect(card.locator(".menu-title")).to_have_count(2)
    names = card.locator(".menu-title").all_text_contents()
    page.keyboard.press("Escape")
    for position, name in enumerate(names):
        card.locator("summary").click()
        with page.expect_response("**/supervise"):
            card.get_by_role("button", name="Listen").nth(position).click()
        assert done[-1] == ("supervise", call.key, extensions.pop(name), "110", "listen")
    finish(company, call)


def test_what_is_said_of_a_call_does_not_contradict_itself(desk: Desk) -> None:
    company = desk.company
    call = ring(company, "+420777000031", "102")
    company.run(call.later(2).answered("102"))
    other = ring(company, "+420777000032", "101")
    company.run(other.later(2).answered("101"))
    page = desk.page("admin")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    toasts = page.locator("#toasts .toast-line")
    talking = page.locator("#board-talking article")
    talking.filter(has_text="Eva Malá").get_by_role("button", name="Listen").click()
    expect(toasts).to_have_count(1)
    card = talking.filter(has_text="Petr Novák")
    card.get_by_role("button", name="Listen").click()
    expect(toasts).to_have_count(2)
    card.locator("summary").click()
    card.get_by_role("button", name="Whisper").click()
    expect(toasts.last).to_contain_text("the client does not")
    expect(toasts).to_have_count(2)  # of the other call it is still true
    company.house.telephony.refuse = "the call has ended"
    card.locator("summary").click()
    card.get_by_role("button", name="Join").click()
    expect(toasts.last).to_have_class(re.compile("is-error"))
    expect(toasts).to_have_count(2)
    desk.forgive("503")
    company.house.telephony.refuse = None
    finish(company, other)
    expect(toasts).to_have_count(1)
    finish(company, call)
    expect(toasts).to_have_class(re.compile("is-error"))  # why is still news


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_who_comes_into_a_talk_has_one_strip_on_a_telephone(
    desk: Desk, size: dict[str, int]
) -> None:
    company, done = desk.company, desk.company.house.telephony.done
    call = ring(company, "+420777000031", "102")
    company.run(call.later(2).answered("102"))
    page = desk.page("admin", size=size)
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    spy = Supervision("spy-a-102-1", "PJSIP/110-00000007", "110", "102", "1", call.key, True)

    card = page.locator("#board-talking article", has_text="Petr Novák")
    card.locator("summary").click()
    with page.expect_response("**/supervise"):
        card.get_by_role("button", name="Join the call").click()
    company.run(listens(company, spy))
    company.run(call.joins(Party(extension="110"), Joined.CONFERENCE))
    strip, listening = page.locator("#strip .strip-call"), page.locator("#listening .listening")
    expect(strip).to_be_visible()
    if size is DESKTOP:
        expect(listening).to_be_visible()
        expect(strip.get_by_role("button", name="Stop listening")).to_have_count(0)
        acts = listening
    else:
        expect(listening).to_be_hidden()
        box = strip.bounding_box()
        assert box is not None
        assert box["height"] < 200
        strip.locator("summary[title='You speak in the call of Petr Novák']").click()
        acts = strip
    with page.expect_response("**/supervise"):
        acts.get_by_role("button", name="Stop listening").click()
    company.run(listens(company))
    assert ("stop_supervising", "110") in done
    finish(company, call)


def test_a_talk_that_is_listened_to_is_one_low_strip_on_a_telephone(desk: Desk) -> None:
    company, done = desk.company, desk.company.house.telephony.done
    call = ring(company, "+420777000031", "102")
    company.run(call.later(2).answered("102"))
    page = desk.page("admin", size=PHONE, has_touch=True)
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    name = "PJSIP/110-00000007"
    spy = Supervision("spy-a-102-1", name, "110", "102", "1", call.key, True)
    company.run(listens(company, spy))
    strip = page.locator("#listening .listening")
    for mode in ("You are listening to Petr Novák", "You whisper to Petr Novák"):
        expect(strip).to_contain_text(mode)
        box = strip.bounding_box()
        assert box is not None
        assert box["height"] < 70
        strip.get_by_label("More ways to step in").click()
        expect(strip.get_by_role("button", name="Take over")).to_be_in_viewport(ratio=1)
        with page.expect_response("**/supervise"):
            strip.get_by_role("button", name="Whisper").or_(
                strip.get_by_role("button", name="Only listen")
            ).first.click()
        expect(strip.get_by_role("button", name="Take over")).to_be_hidden()
    with page.expect_response("**/supervise"):
        strip.get_by_role("button", name="Stop listening").click()
    assert ("stop_supervising", "110") in done
    company.run(listens(company))
    finish(company, call)


async def listens(company: Company, *who: Supervision) -> None:
    company.house.telephony.listening = list(who)
    company.house.crm.supervision.changed()


def test_an_employee_has_no_such_buttons(desk: Desk) -> None:
    call = ring(desk.company, "+420777000032", "102")
    desk.company.run(call.later(2).answered("102"))
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("#board-talking")).to_contain_text("Petr Novák")
    expect(page.get_by_role("button", name="Listen")).to_have_count(0)
    expect(page.locator(".board-acts")).to_have_count(0)
    finish(desk.company, call)
