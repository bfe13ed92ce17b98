"""Calling from one's own mobile: offered where there is a number, remembered, and told of."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pbx_bridge.calls import events as told
from pbx_bridge.calls.events import Direction, Outcome, Party, Side
from tests.browser.company import OneCall
from tests.browser.conftest import Company, Desk

pytestmark = pytest.mark.browser

CLIENT = "+420777000045"


def _set(company: Company, who: str, mobile: str | None, language: str | None = None) -> None:
    people, actors = company.house.crm.people, company.house.actors
    change = people.update_user(
        actors["admin"], actors[who].id, {"mobile": mobile, "language": language}
    )
    company.run(change)


@pytest.fixture
def eva(desk: Desk) -> Iterator[Page]:
    """Eva's page; she has a mobile."""
    _set(desk.company, "eva", "603 111 222")
    yield desk.page("eva")
    _set(desk.company, "eva", None)


def _panel(page: Page) -> None:
    if not page.locator("#dial-number").is_visible():
        page.locator("[data-panel-toggle]").first.click()


def test_without_a_number_it_is_said_where_it_is_set(desk: Desk) -> None:
    page = desk.page("eva")
    page.goto("/board")
    _panel(page)
    expect(page.get_by_role("switch", name="Call from my mobile")).to_be_disabled()
    panel = page.locator("#panel-dial")
    expect(panel).to_contain_text("You have no mobile number yet. An administrator sets it.")
    chief = desk.page("admin")
    chief.goto("/board")
    _panel(chief)
    chief.get_by_role("link", name="Set it").click()
    field = chief.get_by_label("Mobile", exact=True)
    field.fill("906 123 456")
    chief.get_by_role("button", name="Save").click()
    expect(chief.locator("#mobile-error")).to_contain_text("Is a number at a higher rate")
    desk.forgive("422")
    field.fill("603 555 666")
    chief.get_by_role("button", name="Save").click()
    expect(chief).to_have_url(desk.company.url + "/settings/users")
    chief.reload()
    expect(chief.get_by_role("switch", name="Call from my mobile 603 555 666")).to_be_enabled()
    _set(desk.company, "admin", None)


def test_it_is_chosen_once_and_rings_first(desk: Desk, eva: Page) -> None:
    eva.goto("/board")
    _panel(eva)
    choice = eva.get_by_role("switch", name="Call from my mobile 603 111 222")
    choice.check()
    hint = eva.get_by_text("Rings your mobile first; press 1 on it, then it calls out. Calls")
    expect(hint).to_be_visible()
    expect(eva.get_by_text("Rings your desk phone 101 first")).to_be_hidden()
    eva.goto(f"/dial-link?number=tel%3A%2B{CLIENT[1:]}")
    expect(choice).to_be_checked()
    with eva.expect_response("**/dial"):
        eva.locator("#page").get_by_role("button", name="Call 777 000 045").click()
    done = desk.company.house.telephony.done[-1]
    assert (done[0], done[3], done[5]) == ("place", CLIENT, "mobile")
    toasts = eva.locator("#toasts")
    expect(toasts).to_contain_text("Your mobile rings. Press 1 on it; then 777 000 045 is called.")
    call = desk.company.run(desk.company.caller.rings("+420777000031", extensions=("102",)))
    with eva.expect_response("**/pickup"):
        eva.goto("/board")
        eva.locator("#board-waiting").get_by_role("button", name="Pick up").click()
    assert desk.company.house.telephony.done[-1] == ("pick_up", call.key, "101", "mobile")
    expect(toasts).to_contain_text("Your mobile rings. Press 1 on it to take the call.")
    desk.company.run(call.ended(Outcome.MISSED))
    _panel(eva)
    choice.uncheck()
    expect(hint).to_be_hidden()
    eva.reload()
    expect(choice).not_to_be_checked()


def test_a_number_that_was_taken_away_is_not_called(desk: Desk, eva: Page) -> None:
    eva.goto("/board")
    _panel(eva)
    eva.get_by_role("switch", name="Call from my mobile").check()
    _set(desk.company, "eva", None)
    eva.reload()
    expect(eva.get_by_role("switch", name="Call from my mobile")).not_to_be_checked()
    eva.locator("#dial-number").fill("777 000 046")
    with eva.expect_response("**/dial"):
        eva.locator("#dial-number").press("Enter")
    assert "mobile" not in desk.company.house.telephony.done[-1]


def _placed(company: Company, key: str) -> OneCall:
    """The mobile rings."""
    call = OneCall(company.house, key, company.house.clock())
    call.number, call.line = CLIENT, "line1"
    mine = Party(extension="101")
    company.run(
        call.tell(
            told.CallStarted(
                call=key, at=call.micros, key="started", direction=Direction.OUTBOUND,
                number=CLIENT, name=None, line="line1", dialled=CLIENT, extension="101",
                mobile=True,
            ),
            told.CallRinging(call=key, at=call.micros, key="ringing:x", party=mine),
        )
    )  # fmt: skip
    return call


@pytest.mark.parametrize(
    ("language", "reason", "said"),
    [
        (None, "busy", "Eva Malá (mobile) is busy"),
        ("cs", "no_answer", "Eva Malá (mobil) to nebere"),
        (None, None, "The mobile of Eva Malá was answered, but nobody pressed 1"),
        ("cs", None, "Na mobilu (Eva Malá) hovor někdo přijal, ale nestiskl 1"),
    ],
)
def test_why_nobody_was_called_is_said(
    desk: Desk, eva: Page, language: str | None, reason: str | None, said: str
) -> None:
    company, mine = desk.company, Party(extension="101")
    _set(company, "eva", "603 111 222", language)
    eva.goto("/board")
    expect(eva.locator("html[data-live=on]")).to_be_attached()
    key = f"main-mobile-{language}-{reason}"
    call = _placed(company, key)
    strip = eva.locator("#strip .strip-call")
    expect(strip).to_be_visible()
    call.later(3)
    if reason is None:
        event: told.CallEvent = told.CallUnconfirmed(
            call=key, at=call.micros, key="unconfirmed:x", by=mine
        )
    else:
        event = told.RingingStopped(
            call=key, at=call.micros, key="stopped:x", party=mine, reason=reason
        )
    company.run(call.tell(event))
    company.run(call.ended(Outcome.FAILED, Side.COMPANY))
    expect(eva.locator("#toasts")).to_contain_text(said)
    expect(strip).to_have_count(0)


def test_the_reason_is_for_those_who_may_see_the_call(desk: Desk, eva: Page) -> None:
    call = _placed(desk.company, "main-mobile-secret")
    view = desk.company.run(call.view())
    desk.company.run(call.ended(Outcome.FAILED, Side.COMPANY))
    assert eva.request.get(f"/calls/{view.id}/reason").status == 204
    petr = desk.page("petr")
    assert petr.request.get(f"/calls/{view.id}/reason").status == 403
