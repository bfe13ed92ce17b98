"""Calls from outside: who rang, who answered, how they ended."""

import pytest

from pbx_bridge.calls.events import CallStarted
from pbx_bridge.calls.story import project
from tests.unit.pbx_bridge.calls.playbook import Playbook, line, local, phone, talking


def test_answered() -> None:
    client, desk = line("line1", number="777123456"), phone("101")
    assert (
        Playbook()
        >> client.created(exten="+420222333444")
        >> desk.created(by=client)
        << "started inbound 777123456 line1 +420222333444 -"
        >> desk.rings()
        << "ringing 101"
        >> desk.answers()
        << "ringing_stopped 101 answered"
        >> client.answers()
        >> desk.enters("B1")
        >> client.enters("B1")
        << "party_joined 777123456 called"
        << "party_joined 101 answered"
        << "answered 101"
        >> client.asks_to_hang_up()
        >> client.leaves("B1")
        >> desk.leaves("B1")
        >> desk.hangs_up()
        << "party_left 101"
        >> client.hangs_up()
        << "party_left 777123456"
        << "ended answered client"
    )


def test_of_all_phones_that_ring_the_one_that_answers_is_the_one_that_answered() -> None:
    client, first, second = line("line1", number="777"), phone("101"), phone("102")
    play = Playbook().after(
        client.created(),
        first.created(by=client),
        second.created(by=client),
        first.rings(),
        second.rings(),
    )
    assert (
        play
        >> second.answers()
        << "ringing_stopped 102 answered"
        >> first.hangs_up(cause=26)
        << "ringing_stopped 101 answered_elsewhere"
        >> second.enters("B1")
        >> client.enters("B1")
        << "party_joined 777 called"
        << "party_joined 102 answered"
        << "answered 102"
    )


def test_two_devices_of_one_extension_are_one_party() -> None:
    client, desk, tab = line("line1", number="777"), phone("101"), phone("101")
    play = Playbook().after(*talking(client, desk))
    assert (
        play
        >> tab.created(by=client)
        >> tab.hangs_up(cause=26)
        << ("ringing_stopped 101 answered_elsewhere")
    )
    record = project(play.events)
    assert [span.party.extension for span in record.parties] == [None, "101"]


def test_rings_until_the_time_is_over() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(client.created(), desk.created(by=client), desk.rings())
    assert (
        play
        >> desk.hangs_up(cause=0)
        << "ringing_stopped 101 no_answer"
        >> client.hangs_up(cause=19)
        << "ended missed pbx"
    )


def test_caller_gives_up() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(client.created(), desk.created(by=client), desk.rings())
    assert (
        play
        >> client.asks_to_hang_up()
        >> desk.hangs_up(cause=127)
        << "ringing_stopped 101 cancelled"
        >> client.hangs_up(cause=127)
        << "ended missed client"
    )


@pytest.mark.parametrize(
    ("causes", "end"),
    [
        ((17,), "ended busy company"),
        ((21,), "ended rejected company"),
        ((21, 21), "ended rejected company"),
        ((17, 21), "ended rejected company"),
        ((17, 17), "ended busy company"),
        ((17, 0), "ended missed pbx"),
        ((21, 0), "ended missed pbx"),
        ((21, 127), "ended missed client"),
        ((20,), "ended missed pbx"),
    ],
)
def test_nobody_answers(causes: tuple[int, ...], end: str) -> None:
    client = line("line1", number="777")
    desks = [phone(str(101 + index)) for index in range(len(causes))]
    play = Playbook().after(
        client.created(),
        *(desk.created(by=client) for desk in desks),
        *(desk.hangs_up(cause=cause) for desk, cause in zip(desks, causes, strict=True)),
    )
    assert play >> client.hangs_up(cause=17) << end


def test_no_phone_is_there() -> None:
    client = line("line1", number="777")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> client.hangs_up(cause=20)
        << "started inbound 777 line1 222 -"
        << "ended missed pbx"
    )


def test_caller_gives_up_in_the_voice_menu() -> None:
    client = line("line1", number="777")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> client.answers()
        << "started inbound 777 line1 222 -"
        >> client.asks_to_hang_up()
        >> client.hangs_up(cause=16)
        << "ended missed client"
    )


def test_leaves_a_message() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(client.created(), desk.created(by=client), desk.hangs_up(cause=0))
    assert (
        play
        >> client.answers()
        >> client.reaches_voicemail()
        >> client.asks_to_hang_up()
        >> client.hangs_up()
        << "ended voicemail client"
    )


def test_gone_between_answer_and_talk_is_missed() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(client.created(), desk.created(by=client), desk.answers())
    assert (
        play
        >> client.asks_to_hang_up()
        >> client.hangs_up(cause=127)
        >> desk.hangs_up()
        << "ended missed client"
    )


def test_two_calls_from_one_number_are_two() -> None:
    one, two = line("line1", number="777"), line("line1", number="777")
    desks = phone("101"), phone("102")
    play = Playbook().after(*talking(one, desks[0]), *talking(two, desks[1], "B2"))
    assert play.machine.active() == [f"main-{one.uniqueid}", f"main-{two.uniqueid}"]
    answered = {event.call: event for event in play.events if event.key == "answered"}
    assert len(answered) == 2


def test_queue_with_local_channels_is_one_call() -> None:
    """A queue rings its members through Local channels; the PBX then takes them out again."""
    client, desk = line("line1", number="777"), phone("102")
    near, far = local("102")
    play = Playbook().after(client.created(exten="222"), client.answers(), client.enters("wait"))
    assert (
        play.after(client.leaves("wait"))
        >> near.created(by=client)
        >> far.created(by=client)
        >> desk.created(by=client)
        >> near.rings()
        >> desk.rings()
        << "ringing 102"
        >> desk.answers()
        << "ringing_stopped 102 answered"
        >> desk.enters("B1")
        >> far.enters("B1")
        >> near.enters("B2")
        >> client.enters("B2")
        << "party_joined 777 called"
        << "party_joined 102 answered"
        << "answered 102"
        >> desk.leaves("B1")
        >> near.leaves("B2")
        >> desk.enters("B2")
        >> near.hangs_up()
        >> far.leaves("B1")
        >> far.hangs_up()
        >> desk.asks_to_hang_up()
        >> desk.leaves("B2")
        >> client.leaves("B2")
        >> desk.hangs_up()
        << "party_left 102"
        >> client.hangs_up()
        << "party_left 777"
        << "ended answered company"
    )


def test_the_callers_name_is_told_as_the_network_meant_it() -> None:
    client = line("line1", number="777", caller_name=r"Firma \"Alfa\" s.r.o.")
    play = Playbook().after(client.created(), phone("101").created(by=client))
    started = play.events[0]
    assert isinstance(started, CallStarted)
    assert started.name == 'Firma "Alfa" s.r.o.'


def test_withheld_number_is_never_told() -> None:
    client, desk = line("line1", number="777123456"), phone("101")
    play = Playbook()
    assert (
        play
        >> client.created(exten="222")
        >> client.is_withheld()
        << "started inbound - line1 222 - withheld"
        >> desk.created(by=client)
    )
    play.after(*talking(client, desk)[2:], client.hangs_up(), desk.hangs_up())
    assert "777123456" not in str(play.events)


@pytest.mark.parametrize("written", ["+420-777.123 456", "+420(777)123456"])
def test_a_number_with_separators_is_that_number(written: str) -> None:
    client, desk = line("line1", number=written), phone("101")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> desk.created(by=client)
        << "started inbound +420777123456 line1 222 -"
    )


@pytest.mark.parametrize("number", [None, "anonymous", "Restricted", "unavailable"])
def test_no_number_at_all(number: str | None) -> None:
    client, desk = line("line1", number=number), phone("101")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> desk.created(by=client)
        << "started inbound - line1 222 - withheld"
    )


def test_forwarded_to_a_mobile_is_answered_by_it() -> None:
    client, mobile = line("line1", number="777"), line("line2")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> mobile.created(by=client)
        >> mobile.is_dialled("608111222@line2")
        << "started inbound 777 line1 222 -"
        >> mobile.rings()
        << "ringing 608111222"
        >> mobile.answers()
        << "ringing_stopped 608111222 answered"
        >> mobile.enters("B1")
        >> client.enters("B1")
        << "party_joined 777 called"
        << "party_joined 608111222 answered"
        << "answered 608111222"
    )


def test_hold_and_back() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(*talking(client, desk))
    assert (
        play
        >> desk.holds()
        << "held 101"
        >> desk.holds()
        >> desk.resumes()
        << "resumed 101"
        >> desk.resumes()
        >> desk.holds()
        << "held 101"
    )
    assert project(play.events).state == "held"


def test_recording_follows_the_client() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook()
    assert (
        play
        >> client.created(exten="222")
        >> client.is_recorded()
        >> desk.created(by=client)
        << "started inbound 777 line1 222 -"
        << "recording_started"
        >> desk.hangs_up(cause=0)
        << "ringing_stopped 101 no_answer"
        >> client.hangs_up()
        << "recording_finished"
        << "ended missed pbx"
    )
    assert project(play.events).recording == {client.uniqueid: True}


def test_who_left_the_talk_first_ended_it_where_the_pbx_does_not_say() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(*talking(client, desk), desk.leaves("B1"), client.leaves("B1"))
    assert (
        play.after(desk.hangs_up())
        >> client.hangs_up()
        << "party_left 777"
        << ("ended answered company")
    )


def test_recorded_after_an_announcement_before_anybody_spoke() -> None:
    client, desk = line("line1", number="777"), phone("101")
    assert (
        Playbook()
        >> client.created(exten="222")
        >> client.answers()  # the PBX itself does
        << "started inbound 777 line1 222 -"
        >> client.is_recorded()
        << "recording_started early"
        >> desk.created(by=client)
        >> desk.rings()
        << "ringing 101"
    )
