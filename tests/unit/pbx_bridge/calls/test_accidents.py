"""Unlucky orders, lost facts, restarts: nothing is told twice, nothing is made up."""

from dataclasses import replace

from pbx_bridge.calls.callbook import GRACE
from pbx_bridge.calls.facts import ChannelFact, PbxStarted
from pbx_bridge.calls.keys import joining_root, spying_root
from pbx_bridge.calls.machine import CallMachine
from pbx_bridge.calls.story import project
from tests.unit.pbx_bridge.calls.playbook import (
    LAYOUT,
    STEP,
    Playbook,
    in_talk,
    line,
    phone,
    talking,
)


def test_everything_told_twice_is_told_once() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook()
    for fact in [*talking(client, desk), desk.leaves("B1"), desk.hangs_up(), client.hangs_up()]:
        play >> fact
        play._waiting.clear()
        assert play.machine.feed(replace(fact, at=play.now)) == []
    assert len({event.key for event in play.events}) == len(play.events)


def test_what_the_other_road_said_already_gives_nothing() -> None:
    """CEL was read past the moment from which AMI speaks: the past comes again, some ms apart."""
    client, desk = line("line1", number="777", live=False), phone("101", live=False)
    facts = [*talking(client, desk), desk.leaves("B1"), client.leaves("B1"), client.enters("B2")]
    play = Playbook()
    times = []
    for fact in facts:
        play.after(fact)
        times.append(play.now)
    for fact, at in zip(facts, times, strict=True):
        assert isinstance(fact, ChannelFact)
        assert play.machine.feed(replace(fact, at=at + 3_000, live=True)) == []
    # And the state is as it was: the desk is out, so its hangup ends no talk.
    play.after(client.leaves("B2"), desk.hangs_up())
    assert project(play.events).present[0].number == "777"


def test_channel_never_seen_created() -> None:
    client, desk = line("line1", number="777"), phone("101")
    desk.linkedid = client.uniqueid
    play = Playbook()
    assert (
        play
        >> desk.enters("B1")
        >> client.enters("B1")
        << "started inbound - line1 - - withheld"
        << "party_joined line1 called"
        << "party_joined 101 answered"
        << "answered 101"
    )


def test_hangup_of_a_channel_never_seen_says_nothing() -> None:
    assert Playbook() >> phone("101").hangs_up() >> line("line1").leaves("B1")


def test_cel_about_a_call_whose_beginning_was_not_read_says_nothing() -> None:
    client, late = line("line1", live=False), phone("103", live=False)
    play = Playbook()
    assert (
        play
        >> late.created(by=client)
        >> late.answers()
        >> late.enters("B1")
        >> client.enters("B1")
        >> client.hangs_up()
        >> late.hangs_up()
    )
    assert play.machine.active() == []


def test_called_into_a_call_whose_beginning_was_not_read() -> None:
    """Their ids are their own, yet they are of that call, which was told of, and no new one."""
    root = "1794000000.7"
    colleague, outside, barging = (
        phone("103", live=False),
        line("line1", live=False),
        phone("104", live=False),
    )
    colleague.uniqueid = joining_root("a1", root)
    outside.uniqueid = joining_root("a2", root, "+420608111222")
    barging.uniqueid = spying_root("a3", "103", root)
    play = Playbook()
    for wire in (colleague, outside, barging):
        assert play >> wire.created() >> wire.answers() >> wire.enters("B1")
    for wire in (barging, outside, colleague):
        assert play >> wire.leaves("B1") >> wire.hangs_up()
    assert play.machine.active() == []
    assert play.machine.resume_from() is None


def test_drawn_into_a_call_whose_beginning_was_not_read() -> None:
    """Two who stayed in the room after their client had gone: their call was told, and is over."""
    desk, other = phone("101", live=False), phone("103", live=False)
    play = Playbook().after(desk.created(exten="800"), other.created(exten="800"))
    desk.linkedid = other.linkedid = "1794000000.7"
    assert (
        play
        >> desk.enters("room", conference=True)
        >> other.enters("room", conference=True)
        >> desk.hangs_up()
        >> other.hangs_up()
    )
    assert play.machine.resume_from() is None


def test_hangup_before_the_answer_is_heard() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(client.created(), desk.created(by=client), desk.hangs_up(cause=17))
    assert play >> desk.answers() >> desk.enters("B1") >> client.hangs_up() << "ended busy company"


def test_channel_swapped_for_another() -> None:
    """A masquerade puts another phone behind the same channel."""
    play, client, desk = in_talk()
    assert (
        play
        >> desk.renamed("PJSIP/103-000000ff")
        << "party_left 101"
        << "party_joined 103 transfer"
        >> desk.renamed("PJSIP/103-000000ff<ZOMBIE>")
    )
    record = project(play.events)
    assert [party.extension for party in record.present] == [None, "103"]
    assert record.call == f"main-{client.uniqueid}"


def test_pbx_restarted_in_mid_call() -> None:
    play, client, desk = in_talk()
    machine = play.machine
    events = machine.feed(PbxStarted(at=play.now + 60_000_000))
    record = project([*play.events, *events])
    assert record.end is not None
    assert record.end.assumed
    assert record.outcome == "answered"
    assert record.ended_by is None
    assert record.present == ()
    assert machine.active() == []
    assert machine.feed(PbxStarted(at=play.now + 60_000_000)) == []
    assert client.uniqueid in record.call
    assert desk.uniqueid not in record.call


def test_login_does_not_end_the_calls_of_a_pbx_that_runs() -> None:
    play, client, _ = in_talk()
    assert play.machine.feed(PbxStarted(at=play.now - 3_600_000_000)) == []
    assert play.machine.active() == [f"main-{client.uniqueid}"]


def test_restart_shows_in_the_channels_names() -> None:
    """Asterisk numbers its channels from 0 after a start; CEL has no other sign of it."""
    client, desk = line("line1", number="777", live=False), phone("101", live=False)
    client.name, desk.name = "PJSIP/line1-00000040", "PJSIP/101-00000041"
    play = Playbook().after(*talking(client, desk))
    late, second = phone("102", live=False), line("line1", number="888", live=False)
    late.name, second.name = "PJSIP/102-0000003f", "PJSIP/line1-00000000"
    assert (
        play.after(late.created(exten="*43")).waits(60)
        >> second.created(exten="222")
        << "party_left 777"
        << "party_left 101"
        << "ended answered - assumed"
    )


def test_ringing_call_lost_with_the_pbx_was_missed() -> None:
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(client.created(), desk.created(by=client), desk.rings())
    events = play.machine.feed(PbxStarted(at=play.now + 60_000_000))
    assert project([*play.events, *events]).outcome == "missed"


def test_listing_ends_what_is_gone_and_keeps_the_rest() -> None:
    play, client, desk = in_talk()
    second, other = line("line2", number="888"), phone("102")
    play.after(*talking(second, other, "B9"))
    assert (
        play.reconciles(second.seen(bridge="B9"), other.seen(bridge="B9"))
        << "party_left 777"
        << "party_left 101"
        << "ended answered - assumed"
    )
    assert play.machine.active() == [f"main-{second.uniqueid}"]
    # Not even if the PBX speaks of it once more.
    assert play >> desk.leaves("B1") >> desk.hangs_up() >> client.hangs_up()


def test_listing_ends_the_stay_of_one_who_is_gone() -> None:
    play, client, desk = in_talk()
    assert play.reconciles(client.seen()) << "party_left 101"
    assert play >> desk.hangs_up()
    assert play.machine.active() == [f"main-{client.uniqueid}"]


def test_listing_of_an_unknown_talk_is_adopted() -> None:
    client, desk = line("line1", number="777"), phone("101")
    desk.linkedid = client.uniqueid
    play = Playbook()
    assert (
        play.reconciles(client.seen(bridge="B1"), desk.seen(bridge="B1"))
        << "started inbound 777 line1 - -"
        << "party_joined 777 called"
        << "party_joined 101 answered"
        << "answered 101"
    )


def test_late_truth_replaces_what_was_assumed() -> None:
    """The live bridge thought that the PBX lost the call while it rang; CEL knows better."""
    client, desk = line("line1", number="777"), phone("101")
    live = Playbook().after(client.created(), desk.created(by=client), desk.rings())
    told = [*live.events, *live.machine.feed(PbxStarted(at=live.now + 60_000_000))]
    assert project(told).outcome == "missed"

    truth = Playbook()
    for fact in [*talking(client, desk), client.leaves("B1"), client.hangs_up(), desk.hangs_up()]:
        truth.after(fact)
    record = project([*told, *truth.events])
    assert record.outcome == "answered"
    assert record.end is not None
    assert not record.end.assumed


def test_ended_calls_are_forgotten_after_a_while() -> None:
    play = Playbook()
    for _ in range(50):
        client, desk = line("line1", number="777"), phone("101")
        play.after(*talking(client, desk), client.hangs_up(), desk.hangs_up())
    assert _size(play.machine) > 0
    play.waits(2 * GRACE / 1_000_000).after(phone("101").created(exten="*43"))
    play.waits(2 * GRACE / 1_000_000).after(phone("101").hangs_up())
    assert _size(play.machine) <= 1


def _size(machine: CallMachine) -> int:
    board = machine._book.board
    return len(board.channels) + len(board.bridges)


def test_resume_reads_from_the_oldest_channel_of_what_goes_on() -> None:
    machine = CallMachine("main", LAYOUT)
    assert machine.resume_from() is None
    play, client, desk = in_talk()
    begin = play.now - 6 * STEP
    later = line("line2", number="888")
    play.after(later.created(exten="222"), phone("102").created(by=later))
    since = play.machine.resume_from()
    assert since is not None
    assert begin - 1_000_000 < since < begin
    play.after(desk.hangs_up(), client.hangs_up())
    since = play.machine.resume_from()
    assert since is not None
    assert since > begin


def test_what_rings_and_who_is_there_is_known_by_channel() -> None:
    client, first, second = line("line1", number="777"), phone("101"), phone("102")
    key = f"main-{client.uniqueid}"
    play = Playbook().after(client.created(), first.created(by=client), second.created(by=client))
    assert play.machine.ringing(key) == [first.name, second.name]
    play.after(first.answers(), second.hangs_up(cause=26))
    assert play.machine.ringing(key) == []
    phones = play.machine.phones(key)
    assert [(it.name, it.extension) for it in phones] == [(first.name, "101"), (client.name, None)]
    assert play.machine.phones("main-nothing") == []


def test_who_calls_a_colleague_is_not_what_rings() -> None:
    caller, callee = phone("104"), phone("103")
    play = Playbook().after(caller.created(exten="103"), callee.created(by=caller), callee.rings())
    assert play.machine.ringing(f"main-{caller.uniqueid}") == [callee.name]
