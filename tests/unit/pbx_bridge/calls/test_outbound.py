"""Calls placed by employees: to the outside, to each other, and by a click."""

import pytest

from tests.unit.pbx_bridge.calls.playbook import Playbook, Wire, line, phone, talking


def _dialling() -> tuple[Playbook, Wire, Wire]:
    desk, client = phone("101"), line("line1")
    play = Playbook().after(
        desk.created(exten="777123456"),
        client.created(by=desk),
        client.is_dialled("+420777123456@line1"),
    )
    return play, desk, client


def test_answered() -> None:
    desk, client = phone("101"), line("line1")
    assert (
        Playbook()
        >> desk.created(exten="777123456")
        >> client.created(by=desk)
        >> client.is_dialled("+420777123456@line1")
        << "started outbound +420777123456 line1 777123456 101"
        >> client.rings()
        << "ringing +420777123456"
        >> client.answers()
        << "ringing_stopped +420777123456 answered"
        >> desk.answers()
        >> client.enters("B1")
        >> desk.enters("B1")
        << "party_joined 101 called"
        << "party_joined +420777123456 answered"
        << "answered +420777123456"
        >> client.asks_to_hang_up()
        >> client.leaves("B1")
        >> desk.leaves("B1")
        >> client.hangs_up()
        << "party_left +420777123456"
        << "party_left 101"
        << "ended answered client"
        >> desk.hangs_up()
    )


def test_cel_announces_the_number_before_the_channel() -> None:
    desk, client = phone("101", live=False), line("line1", live=False)
    assert (
        Playbook()
        >> desk.created(exten="*2*777123456")
        >> desk.announces("PJSIP/+420777123456@line1")
        >> client.created(by=desk)
        << "started outbound +420777123456 line1 *2*777123456 101"
    )


@pytest.mark.parametrize(
    ("cause", "reason", "end"),
    [
        (17, "busy", "ended busy client"),
        (21, "rejected", "ended rejected client"),
        (19, "no_answer", "ended no_answer pbx"),
        (0, "no_answer", "ended no_answer pbx"),
        (1, "unavailable", "ended failed pbx"),
        (34, "unavailable", "ended failed pbx"),
        (16, "cancelled", "ended no_answer company"),
        (127, "cancelled", "ended no_answer company"),
    ],
)
def test_client_does_not_answer(cause: int, reason: str, end: str) -> None:
    play, desk, client = _dialling()
    assert (
        play
        >> client.hangs_up(cause=cause)
        << f"ringing_stopped +420777123456 {reason}"
        >> desk.hangs_up(cause=cause)
        << end
    )


def test_second_line_is_tried_and_answers() -> None:
    play, desk, client = _dialling()
    other = line("line2")
    play.after(client.hangs_up(cause=34))
    assert (
        play
        >> other.created(by=desk)
        >> other.is_dialled("+420777123456@line2")
        << "identified outbound - line2 -"
        >> other.answers()
        << "ringing_stopped +420777123456 answered"
        >> other.enters("B1")
        >> desk.enters("B1")
        << "party_joined 101 called"
        << "party_joined +420777123456 answered"
        << "answered +420777123456"
    )


def test_line_refused_before_anything_was_dialled() -> None:
    desk = phone("101")
    assert (
        Playbook()
        >> desk.created(exten="00420777123456")
        >> desk.hangs_up(cause=21)
        << "started outbound 00420777123456 - 00420777123456 101"
        << "ended failed pbx"
    )


def test_colleague() -> None:
    desk, other = phone("101"), phone("102")
    assert (
        Playbook()
        >> desk.created(exten="102")
        >> other.created(by=desk)
        << "started internal - - 102 101"
        >> other.is_dialled("102/sip:102@127.0.0.1")
        >> other.rings()
        << "ringing 102"
        >> other.answers()
        << "ringing_stopped 102 answered"
        >> other.enters("B1")
        >> desk.enters("B1")
        << "party_joined 101 called"
        << "party_joined 102 answered"
        << "answered 102"
        >> desk.asks_to_hang_up()
        >> desk.leaves("B1")
        >> other.leaves("B1")
        >> desk.hangs_up()
        << "party_left 101"
        >> other.hangs_up()
        << "party_left 102"
        << "ended answered company"
    )


def test_unknown_extension_is_on_record() -> None:
    desk = phone("101")
    assert (
        Playbook()
        >> desk.created(exten="199")
        >> desk.hangs_up(cause=1)
        << "started internal - - 199 101"
        << "ended failed pbx"
    )


@pytest.mark.parametrize("code", ["*11", "*11102", "40", "*43", "s"])
def test_code_is_no_call(code: str) -> None:
    desk = phone("101")
    play = Playbook()
    assert play >> desk.created(exten=code) >> desk.answers() >> desk.hangs_up(cause=19)
    assert play.machine.active() == []


def test_colleague_hands_the_employee_to_the_outside() -> None:
    """An internal call becomes one with the outside: it is told so."""
    desk, other, client = phone("101"), phone("102"), line("line1")
    play = Playbook().after(
        desk.created(exten="102"),
        other.created(by=desk),
        other.enters("B1"),
        desk.enters("B1"),
    )
    assert (
        play
        >> other.sends(desk, "777123456")
        << "transferred blind 102 777123456"
        << "party_left 102"
        >> other.leaves("B1")
        >> desk.leaves("B1")
        >> other.hangs_up()
        << "ringing_stopped 102 cancelled"
        >> client.created(by=desk)
        << "identified outbound 777123456 line1 -"
        >> client.enters("B2")
        >> desk.enters("B2")
        << "party_joined 777123456 transfer"
    )


# ---- click-to-call: the root channel's id was chosen by us


def _clicked() -> tuple[Playbook, Wire]:
    desk = phone("101")
    desk.uniqueid = "hovorna-abc"
    return Playbook(), desk


def test_click_to_call() -> None:
    play, desk = _clicked()
    client = line("line1")
    assert (
        play
        >> desk.created()
        << "started outbound - - - 101"
        >> desk.rings()
        << "ringing 101"
        >> desk.answers()
        << "ringing_stopped 101 answered"
        >> client.created(by=desk)
        >> client.is_dialled("+420777123456@line1")
        << "identified outbound +420777123456 line1 +420777123456"
        >> client.rings()
        << "ringing +420777123456"
        >> client.answers()
        << "ringing_stopped +420777123456 answered"
        >> client.enters("B1")
        >> desk.enters("B1")
        << "party_joined 101 called"
        << "party_joined +420777123456 answered"
        << "answered +420777123456"
    )
    assert play.machine.active() == ["main-hovorna-abc"]


@pytest.mark.parametrize("cause", [0, 17, 19, 21])
def test_click_to_call_that_the_employees_phone_does_not_take(cause: int) -> None:
    play, desk = _clicked()
    play.after(desk.created(), desk.rings())
    play >> desk.hangs_up(cause=cause)
    assert [event.type for event in play.events[-2:]] == ["call.ringing_stopped", "call.ended"]
    assert play.events[-1].outcome == "failed"  # type: ignore[attr-defined]
    assert play.events[-1].ended_by == "company"  # type: ignore[attr-defined]


def test_click_to_call_that_the_client_refuses_was_not_answered() -> None:
    play, desk = _clicked()
    client = line("line1")
    play.after(desk.created(), desk.answers(), client.created(by=desk))
    play.after(client.is_dialled("777@line1"), client.hangs_up(cause=17))
    assert play >> desk.hangs_up(cause=17) << "ended busy client"


def _on_mobile(*, live: bool = True) -> tuple[Playbook, Wire]:
    mobile = phone("101-mobile-line1", live=live)
    mobile.uniqueid = "hovorna-abc"
    return Playbook(), mobile


@pytest.mark.parametrize("live", [True, False])
def test_a_mobile_out_on_a_line_is_its_employee(live: bool) -> None:
    play, mobile = _on_mobile(live=live)
    client = line("line1", live=live)
    play.after(mobile.created(), mobile.answers())
    assert play.events[0].mobile  # type: ignore[attr-defined]
    play.after(mobile.announces("PJSIP/+420777123456@line1"), client.created(by=mobile))
    play.after(client.is_dialled("+420777123456@line1"), client.answers())
    (
        play
        >> client.enters("B1")
        >> mobile.enters("B1")
        << "party_joined 101 called"
        << "party_joined +420777123456 answered"
        << "answered +420777123456"
    )


@pytest.mark.parametrize("live", [True, False])
def test_a_mobile_on_which_nobody_presses_the_key_has_called_nobody(live: bool) -> None:
    play, mobile = _on_mobile(live=live)
    play.after(mobile.created(), mobile.answers())
    (
        play
        >> mobile.is_unconfirmed()
        << "unconfirmed 101"
        >> mobile.hangs_up(16)
        << "ended failed company"
    )


def test_who_rings_before_it_is_said_whom_was_dialled() -> None:
    play, desk = _clicked()
    client = line("line1")
    play.after(desk.created(), desk.answers())
    (
        play
        >> client.created(by=desk)
        >> client.rings()
        >> client.is_dialled("+420777123456@line1")
        << "identified outbound +420777123456 line1 +420777123456"
        << "ringing +420777123456"
        >> client.answers()
        << "ringing_stopped +420777123456 answered"
    )


def test_click_to_call_to_a_colleague() -> None:
    play, desk = _clicked()
    other = phone("102")
    play.after(desk.created(), desk.answers())
    assert play >> other.created(by=desk) << "identified internal - - 102"


def test_click_to_call_to_a_conference_room() -> None:
    play, desk = _clicked()
    other = phone("103")
    play.after(desk.created(), desk.answers())
    assert (
        play
        >> desk.enters("R1", conference=True)
        << "identified internal - - -"
        >> other.created(exten="800")
        >> other.answers()
        >> other.enters("R1", conference=True)
        << "party_joined 101 called"
        << "party_joined 103 answered"
        << "answered 103"
    )


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("dialled", ["005351234567", "*2*005351234567"])
def test_what_the_limits_refuse_is_a_call_that_failed(live: bool, dialled: str) -> None:
    desk = phone("101", live=live)
    assert (
        Playbook()
        >> desk.created(exten=dialled)
        >> desk.is_refused("+5351234567")
        << f"started outbound 005351234567 - {dialled} 101"
        << "identified outbound +5351234567 line1 +5351234567"
        << "refused 101 +5351234567 country"
        >> desk.is_refused("+5351234567")  # by the other road
        >> desk.hangs_up(21)
        << "ended failed pbx"
    )


def test_a_transfer_that_the_limits_refuse_stays_the_same_call() -> None:
    client, desk = line("line1", number="777"), phone("101")
    assert (
        Playbook().after(*talking(client, desk))
        >> client.is_refused("+5351234567", "hour")
        << "refused 101 +5351234567 hour"
    )
