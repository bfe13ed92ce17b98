"""Live calls: the board, the pop, click-to-call, what can be done with a call."""

import re

import pytest
from playwright.sync_api import expect

from crm.clients.models import CardType
from pbx_bridge.calls import events as told
from pbx_bridge.calls.events import Outcome
from tests.browser.company import OneCall
from tests.browser.conftest import Company, Desk
from web.live import LIVE

pytestmark = pytest.mark.browser


def ring(company: Company, number: str | None, *extensions: str) -> OneCall:
    return company.run(company.caller.rings(number, extensions=extensions or ("101",)))


def finish(company: Company, call: OneCall, outcome: Outcome = Outcome.ANSWERED) -> None:
    company.run(call.later(5).ended(outcome))


def test_the_board_follows_a_call_without_reload(desk: Desk) -> None:
    page = desk.page("sup")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    waiting, talking = page.locator("#board-waiting"), page.locator("#board-talking")
    call = ring(desk.company, "+420777000030", "101", "102")
    expect(waiting).to_contain_text(desk.company.name(30))
    expect(waiting).to_contain_text("rings at Eva Malá, Petr Novák")
    desk.company.run(call.later(4).answered("102"))
    expect(talking).to_contain_text("Petr Novák")
    expect(talking).to_contain_text(desk.company.name(30))
    expect(waiting).not_to_contain_text(desk.company.name(30))
    desk.company.run(call.later(2).held("102"))
    expect(talking).to_contain_text("On hold")
    finish(desk.company, call)
    expect(talking).to_contain_text("Nobody is on the phone.")


def test_the_card_pops_while_it_rings_and_typing_goes_on(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto(f"/contacts/{desk.company.cards['contact3'].id}")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    note = page.get_by_placeholder("Write a note…")
    note.press_sequentially("I was typ")
    call = ring(desk.company, "+420777000000", "101")
    strip = page.locator("#strip")
    expect(strip).to_contain_text("Eva Dvořáková 000")
    expect(strip).to_contain_text("Pekárna U Mlýna s.r.o.")
    expect(strip).to_contain_text("Inbound, answered by Eva Malá, 1:40")
    expect(strip).to_contain_text("Ringing")
    expect(note).to_be_focused()
    page.keyboard.type("ing")
    expect(note).to_have_value("I was typing")
    expect(page.locator("#announce")).to_have_text("Call from Eva Dvořáková 000")
    box = strip.bounding_box()
    assert box is not None
    head = page.locator("#card-facts").bounding_box()
    assert head is not None
    assert head["y"] >= box["y"] + box["height"] - 1, "the strip covers the page"
    desk.company.run(call.later(3).answered("101"))
    expect(strip).to_contain_text("Talking")
    finish(desk.company, call)
    expect(strip).to_be_empty()


def test_the_pop_is_for_the_one_whose_phone_rings(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = ring(desk.company, "+420777000031", "103")
    expect(page.locator("#board-waiting")).to_contain_text("rings at Sam Supervisor")
    expect(page.locator("#strip")).to_be_empty()
    finish(desk.company, call, Outcome.MISSED)


def test_a_note_taken_in_the_call_stands_with_the_call(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = ring(desk.company, "+420777000032", "101")
    desk.company.run(call.later(2).answered("101"))
    note = page.locator("#strip textarea")
    note.fill("Chce nabídku do pátku")
    desk.company.run(call.later(2).held("101"))
    expect(page.locator("#strip")).to_contain_text("On hold")
    expect(note).to_have_value("Chce nabídku do pátku")
    page.locator("#strip").get_by_role("button", name="Save").click()
    expect(page.locator(".toast-line")).to_contain_text("The note was saved.")
    expect(note).to_have_value("")
    finish(desk.company, call)
    page.goto(f"/contacts/{desk.company.cards['contact32'].id}")
    moment = page.locator(".moment", has_text="Inbound, answered by Eva Malá").first
    expect(moment.locator(".note-text")).to_have_text("Chce nabídku do pátku")


def test_a_card_that_is_open_shows_its_new_call(desk: Desk) -> None:
    page = desk.page("sup")
    page.goto(f"/contacts/{desk.company.cards['contact33'].id}")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    expect(page.locator("#timeline")).not_to_contain_text("ringing")
    call = ring(desk.company, "+420777000033", "101")
    expect(page.locator("#timeline")).to_contain_text("Inbound, ringing")
    finish(desk.company, call, Outcome.MISSED)
    expect(page.locator("#timeline")).to_contain_text("Inbound, missed")


def test_an_unknown_number_is_a_lead_while_it_rings(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = ring(desk.company, "+420601777001", "101")
    page.locator("#strip").get_by_role("link", name="+420 601 777 001").click()
    expect(page).to_have_url(re.compile(r"/leads/\d+$"))
    expect(page.locator("#timeline")).to_contain_text("Inbound, ringing")
    finish(desk.company, call, Outcome.MISSED)


def test_pressing_a_number_rings_my_phone_and_dials(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto(f"/contacts/{desk.company.cards['contact40'].id}")
    page.locator("#card-facts .phone-call").first.click()
    expect(page.locator(".toast-line")).to_contain_text("Your phone rings; then 777 000 040")
    done = desk.company.house.telephony.done[-1]
    assert [done[0], *done[2:]] == ["place", "101", "+420777000040", "line1"]


def test_the_dial_pad_finds_the_client_and_takes_the_line_chosen(desk: Desk) -> None:
    page = desk.page("admin")
    page.goto("/board")
    page.get_by_role("button", name="Phone").click()
    field = page.get_by_label("Number to call")
    expect(field).to_be_focused()
    for digit in "777000041":
        page.locator(f"[data-digit='{digit}']").click()
    expect(field).to_have_value("777000041")
    expect(page.locator("#dial-found a")).to_have_text(desk.company.name(41))
    page.locator(".line-option", has_text="Support").click()
    page.locator("#panel-dial").get_by_role("button", name="Call").click()
    expect(page.locator(".toast-line")).to_contain_text("Your phone rings")
    done = desk.company.house.telephony.done[-1]
    assert [done[0], *done[2:]] == ["place", "110", "+420777000041", "line2"]
    page.get_by_role("link", name="Leads").click()
    expect(page.locator("#page h1")).to_have_text("Leads")
    expect(field).to_be_visible()
    expect(page.locator(".line-option", has_text="Support").locator("input")).to_be_checked()


def test_an_empty_dial_pad_brings_the_last_number_back_and_then_calls_it(desk: Desk) -> None:
    page, done = desk.page("eva"), desk.company.house.telephony.done
    page.goto(f"/contacts/{desk.company.cards['contact42'].id}")
    page.keyboard.press("d")
    field, toast = page.get_by_label("Number to call"), page.locator(".toast-line")
    page.keyboard.press("Enter")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    page.locator("#card-facts .phone-call").first.click()
    expect(toast).to_contain_text("777 000 042")
    desk.company.settle()
    page.reload()
    before = len(done)
    field.press("Enter")
    expect(field).to_have_value("+420777000042")
    expect(page.locator("#dial-found a")).to_have_text(desk.company.name(42))
    assert len(done) == before, "looked at before it is called"
    field.press("Enter")
    expect(toast).to_contain_text("777 000 042")
    assert [done[-1][0], done[-1][3]] == ["place", "+420777000042"]


def test_the_last_number_is_the_users_own(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    page.evaluate("localStorage.setItem('hovorna-dialled-0', '777 000 043')")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Number to call")).to_have_value("")


def test_a_refused_call_says_why(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    page.keyboard.press("d")
    page.keyboard.type("12345678901234567890")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-line.is-error")).to_contain_text("telephone number")
    desk.forgive("422")
    desk.company.house.telephony.refuse = "The telephone exchange is not connected"
    page.get_by_label("Number to call").fill("777 000 044")
    page.keyboard.press("Enter")
    toast = page.locator(".toast-line.is-error", has_text="not connected")
    expect(toast).to_be_visible()
    desk.company.house.telephony.refuse = None
    desk.forgive("503")


def test_hang_up_and_transfer_go_to_the_telephone(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = ring(desk.company, "+420777000045", "101")
    desk.company.run(call.later(2).answered("101"))
    page.locator("#strip summary", has_text="Transfer").click()
    page.keyboard.type("novák")  # the search has the focus
    page.get_by_role("button", name="Transfer: Petr Novák").click()
    expect(page.locator(".toast-line")).to_contain_text("Transferred to Petr Novák.")
    done = desk.company.house.telephony.done
    assert list(done[-1]) == ["blind_transfer", call.key, "101", "102"]
    with page.expect_response("**/hangup"):
        page.get_by_role("button", name="Hang up").click()
    assert list(done[-1]) == ["hang_up", call.key]
    finish(desk.company, call)


def test_what_rings_in_my_group_can_be_picked_up(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    call = ring(desk.company, "+420777000046", "103")
    page.get_by_role("button", name="Pick up").click()
    expect(page.locator(".toast-line")).to_contain_text("Your phone takes the call.")
    assert desk.company.house.telephony.done[-1] == ("pick_up", call.key, "101")
    finish(desk.company, call, Outcome.MISSED)


def test_the_counter_of_missed_calls_follows(desk: Desk) -> None:
    page = desk.page("sup")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    badge = page.locator("#missed-count")
    before = int(badge.inner_text() or 0)
    call = ring(desk.company, "+420777000047", "101")
    finish(desk.company, call, Outcome.MISSED)
    expect(badge).to_have_text(str(before + 1))
    page.get_by_role("link", name="Calls").click()
    page.get_by_role("link", name="Missed", exact=True).click()
    row = page.locator("tr", has_text=desk.company.name(47))
    row.get_by_label("Pick").check()
    page.get_by_role("toolbar").get_by_role("button", name="Clear").click()
    expect(row).to_have_count(0)
    expect(badge).to_have_text(str(before))


def test_search_goes_to_a_client_and_calls_a_typed_number(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search clients, numbers, calls")
    expect(field).to_be_focused()
    field.press_sequentially("pekarna")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text(
        "Pekárna U Mlýna s.r.o."
    )
    field.press("Enter")
    expect(page.locator("#page h1").first).to_have_text("Pekárna U Mlýna s.r.o.")
    page.keyboard.press("Control+k")
    field.fill("777 123 987")
    expect(page.locator("#palette-list [role=option]").first).to_have_text("Call +420 777 123 987")
    field.press("Enter")
    expect(page.locator(".toast-line")).to_contain_text("Your phone rings; then 777 123 987")
    assert desk.company.house.telephony.done[-1][3] == "+420777123987"


def test_colleagues_and_history_are_in_the_panel(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    page.keyboard.press("d")
    page.get_by_role("tab", name="Colleagues").click()
    expect(page.locator("#panel-people")).to_contain_text("Petr Novák")
    page.get_by_role("tab", name="History").click()
    page.locator("#panel-recent .recent-row a").first.click()
    expect(page.locator("#page #timeline")).to_be_visible()
    expect(page.locator("#panel .rail")).to_have_count(0)
    expect(page.locator("#panel-recent .recent-row").first).to_be_visible()


def test_a_lost_connection_is_told_and_comes_back(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    company = desk.company
    company.loop.call_soon_threadsafe(_cut, company)
    expect(page.locator("#link-state")).to_be_visible()
    call = ring(company, "+420777000048", "101")
    expect(page.locator("#strip")).to_contain_text(company.name(48), timeout=8000)
    expect(page.locator("#link-state")).to_be_hidden()
    finish(company, call, Outcome.MISSED)


def _cut(company: Company) -> None:
    app = company.house.client.app
    assert app is not None
    app[LIVE].close_all()


def test_leads_made_meanwhile_are_on_the_list(desk: Desk) -> None:
    house = desk.company.house
    desk.company.run(
        house.crm.clients.create_card(
            house.actors["admin"], CardType.LEAD, {"name": "Čerstvý Zájemce"}
        )
    )
    page = desk.page("eva")
    page.goto("/leads")
    expect(page.locator("tbody .row-link").first).to_have_text("Čerstvý Zájemce")


def test_it_is_picked_up_where_it_rings_and_not_at_who_calls(desk: Desk) -> None:
    company, key = desk.company, "main-internal-1"
    page = desk.page("eva")
    page.goto("/board")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    page.locator("[data-panel-toggle]").first.click()
    page.get_by_role("tab", name="Colleagues").click()
    call = OneCall(company.house, key, company.house.clock())
    company.run(
        call.tell(
            told.CallStarted(
                call=key, at=call.micros, key="started", direction=told.Direction.INTERNAL,
                number=None, name=None, line=None, dialled="103", extension="102",
            ),
            told.CallRinging(
                call=key, at=call.micros, key="ringing:103", party=told.Party(extension="103")
            ),
        )
    )  # fmt: skip
    petr = page.locator(f"#colleague-{company.house.actors['petr'].id}")
    sam = page.locator(f"#colleague-{company.house.actors['sup'].id}")
    expect(petr).to_contain_text("Talking")
    expect(petr.get_by_role("button", name="Pick up")).to_have_count(0)
    expect(sam).to_contain_text("Ringing")
    expect(sam.get_by_role("button", name="Pick up")).to_be_visible()
    finish(company, call)
