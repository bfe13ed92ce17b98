"""Calls that are handed on, taken, and talked by more than two. Orders are those of Asterisk 22."""

import pytest

from pbx_bridge.calls.story import project
from tests.unit.pbx_bridge.calls.playbook import Playbook, Wire, line, local, phone, talking


def _talk() -> tuple[Playbook, Wire, Wire]:
    client, desk = line("line1", number="777"), phone("101")
    return Playbook().after(*talking(client, desk)), client, desk


def _present(play: Playbook, call: Wire) -> list[str | None]:
    events = [event for event in play.events if event.call == f"main-{call.uniqueid}"]
    return [party.extension or party.number for party in project(events).present]


def test_blind_transfer_makes_the_target_the_one_who_speaks() -> None:
    play, client, desk = _talk()
    other = phone("103")
    assert (
        play
        >> desk.sends(client, "103")
        << "transferred blind 101 103"
        << "party_left 101"
        >> client.leaves("B1")
        >> desk.leaves("B1")
        >> desk.hangs_up()
        >> other.created(by=client)
        >> other.rings()
        << "ringing 103"
        >> other.answers()
        << "ringing_stopped 103 answered"
        >> other.enters("B2")
        >> client.enters("B2")
        << "party_joined 103 transfer"
    )
    assert _present(play, client) == ["777", "103"]
    assert (
        play
        >> other.asks_to_hang_up()
        >> other.leaves("B2")
        >> client.leaves("B2")
        >> other.hangs_up()
        << "party_left 103"
        >> client.hangs_up()
        << "party_left 777"
        << "ended answered company"
    )


def test_a_browser_that_was_reloaded_takes_its_call_back() -> None:
    client, desk, again = line("line1", number="777"), phone("101-web"), phone("101-web")
    play = Playbook().after(*talking(client, desk))
    assert (
        play
        >> desk.loses_its_browser(client)
        << "browser_lost 101"
        << "party_left 101"
        >> client.leaves("B1")
        >> desk.leaves("B1")
        >> desk.hangs_up()
        >> again.created(by=client)
        >> again.rings()
        << "ringing 101"
        >> again.answers()
        << "ringing_stopped 101 answered"
        >> again.enters("B2")
        >> client.enters("B2")
        << "party_joined 101 transfer"
    )
    assert _present(play, client) == ["777", "101"]


def test_a_browser_that_stays_away_leaves_its_client_to_the_group() -> None:
    client, desk, other = line("line1", number="777"), phone("101-web"), phone("102")
    play = Playbook().after(*talking(client, desk))
    play.after(
        desk.loses_its_browser(client), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up()
    )
    assert (
        play
        >> other.created(by=client)
        >> other.rings()
        << "ringing 102"
        >> other.answers()
        << "ringing_stopped 102 answered"
        >> other.enters("B2")
        >> client.enters("B2")
        << "party_joined 102 transfer"
    )
    assert _present(play, client) == ["777", "102"]


def test_blind_transfer_that_comes_back() -> None:
    play, client, desk = _talk()
    other, again = phone("103"), phone("101")
    play.after(desk.sends(client, "103"), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up())
    play.after(other.created(by=client), other.hangs_up(cause=17), again.created(by=client))
    play.after(again.answers(), again.enters("B2"))
    assert (
        play
        >> client.enters("B2")
        << "party_joined 101 transfer"
        << "transferred blind 101 103 returned"
    )
    (transfer,) = project(play.events).transfers
    assert transfer.returned


def test_blind_transfer_that_nobody_takes_ends_an_answered_call() -> None:
    play, client, desk = _talk()
    other = phone("103")
    play.after(desk.sends(client, "103"), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up())
    play.after(other.created(by=client), other.hangs_up(cause=0))
    assert play >> client.hangs_up(cause=19) << "party_left 777" << "ended answered pbx"


def test_blind_transfer_to_the_outside_keeps_the_client() -> None:
    play, client, desk = _talk()
    mobile = line("line1")
    play.after(desk.sends(client, "608111222"), client.leaves("B1"), desk.leaves("B1"))
    play.after(desk.hangs_up(), mobile.created(by=client), mobile.is_dialled("608111222@line1"))
    play.after(mobile.answers(), mobile.enters("B2"))
    assert play >> client.enters("B2") << "party_joined 608111222 transfer"
    assert project(play.events).number == "777"


def test_two_transfers_one_after_the_other() -> None:
    play, client, desk = _talk()
    other, third = phone("103"), phone("104")
    play.after(desk.sends(client, "103"), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up())
    play.after(other.created(by=client), other.enters("B2"), client.enters("B2"))
    play.after(other.sends(client, "104"), client.leaves("B2"), other.leaves("B2"))
    play.after(other.hangs_up(), third.created(by=client), third.enters("B3"), client.enters("B3"))
    record = project(play.events)
    assert [move.to.extension for move in record.transfers] == ["103", "104"]
    assert _present(play, client) == ["777", "104"]
    assert record.answered_by is not None
    assert record.answered_by.extension == "101"


def test_two_transfers_at_once_do_not_mix() -> None:
    play, client, desk = _talk()
    second, other_desk = line("line2", number="888"), phone("102")
    play.after(*talking(second, other_desk, "B9"))
    to_first, to_second = phone("103"), phone("104")
    play.after(desk.sends(client, "103"), other_desk.sends(second, "104"))
    play.after(client.leaves("B1"), second.leaves("B9"), desk.leaves("B1"), other_desk.leaves("B9"))
    play.after(to_second.created(by=second), to_first.created(by=client))
    play.after(to_second.enters("B8"), to_first.enters("B7"), second.enters("B8"))
    play.after(client.enters("B7"))
    assert _present(play, client) == ["777", "103"]
    assert _present(play, second) == ["888", "104"]


def _consulting(play: Playbook) -> tuple[Wire, Wire]:
    """101 calls 103 on a second channel, and they talk."""
    second, other = phone("101"), phone("103")
    play.after(second.created(exten="103"), other.created(by=second), other.answers())
    play.after(second.answers(), other.enters("B2"), second.enters("B2"))
    return second, other


def test_attended_transfer_by_refer_makes_one_call_of_two() -> None:
    play, client, desk = _talk()
    second, other = _consulting(play)
    assert (
        play
        >> client.leaves("B1")
        >> second.leaves("B2")
        >> client.enters("B2")
        << "merged"
        << "party_joined 103 transfer"
        >> desk.joins(client, other, on=second)
        << "transferred attended 101 103"
        << "party_left 101"
        >> desk.leaves("B1")
        >> desk.hangs_up()
        >> second.hangs_up()
        >> client.asks_to_hang_up()
        >> client.leaves("B2")
        >> other.leaves("B2")
        >> other.hangs_up()
        << "party_left 103"
        >> client.hangs_up()
        << "party_left 777"
        << "ended answered client"
    )
    mine = [event for event in play.events if event.call == f"main-{client.uniqueid}"]
    assert project(mine).merged == (f"main-{second.uniqueid}",)
    assert play.machine.active() == []


def test_attended_transfer_while_the_target_still_rings() -> None:
    play, client, desk = _talk()
    second, other = phone("101"), phone("103")
    play.after(second.created(exten="103"), other.created(by=second), other.rings())
    assert (
        play
        >> desk.joins(client, None, on=second)
        << "merged"
        << "transferred attended 101 103"
        << "party_left 101"
        >> desk.leaves("B1")
        >> client.leaves("B1")
        >> desk.hangs_up()
        >> second.hangs_up()
        >> other.answers()
        << "ringing_stopped 103 answered"
        >> other.enters("B3")
        >> client.enters("B3")
        << "party_joined 103 transfer"
    )


def test_consultation_that_is_not_followed_by_a_transfer_stays_a_call_of_its_own() -> None:
    play, client, _ = _talk()
    second, other = _consulting(play)
    play.after(other.leaves("B2"), second.leaves("B2"), other.hangs_up(), second.hangs_up())
    assert play.machine.active() == [f"main-{client.uniqueid}"]
    assert "call.merged" not in [event.type for event in play.events]


def test_older_internal_call_is_merged_into_the_clients() -> None:
    """101 spoke with 103 first, then took the client and joined them."""
    second, other = phone("101"), phone("103")
    client, desk = line("line1", number="777"), phone("101")
    play = Playbook().after(second.created(exten="103"), other.created(by=second))
    play.after(other.enters("B2"), second.enters("B2"), *talking(client, desk))
    play.after(client.leaves("B1"), second.leaves("B2"), client.enters("B2"))
    play.after(desk.joins(client, other, on=second), desk.hangs_up(), second.hangs_up())
    assert play.machine.active() == [f"main-{client.uniqueid}"]
    assert _present(play, client) == ["777", "103"]


def test_recording_of_a_consulted_client_goes_with_it() -> None:
    """101 asks somebody outside, and joins the client with them."""
    play, client, desk = _talk()
    second, mobile = phone("101"), line("line1")
    play.after(second.created(exten="608111222"), mobile.created(by=second))
    play.after(mobile.is_dialled("608111222@line1"), mobile.is_recorded(), mobile.enters("B2"))
    play.after(second.enters("B2"), client.leaves("B1"), second.leaves("B2"), client.enters("B2"))
    play.after(desk.joins(client, mobile, on=second), mobile.hangs_up(), client.hangs_up())
    mine = [event for event in play.events if event.call == f"main-{client.uniqueid}"]
    assert project(mine).recording == {mobile.uniqueid: True}


def _consulting_by_code(play: Playbook, desk: Wire, client: Wire) -> tuple[Wire, Wire, Wire]:
    """101 dialled *103#: the PBX calls 103 through a Local channel."""
    near, far = local("103", linkedid=client.uniqueid)
    other = phone("103")
    play.after(near.created(by=client), far.created(by=client), near.enters("B2"))
    play.after(other.created(by=client), desk.leaves("B1"), desk.enters("B2"), other.rings())
    return near, far, other


def test_feature_code_transfer() -> None:
    play, client, desk = _talk()
    near, far, other = _consulting_by_code(play, desk, client)
    assert (
        play
        >> other.answers()
        << "ringing_stopped 103 answered"
        >> other.enters("B3")
        >> far.enters("B3")
        << "consult_started 101 103"
        >> desk.asks_to_hang_up()
        >> desk.leaves("B2")
        >> near.leaves("B2")
        >> near.enters("B1")
        << "party_joined 103 transfer"
        >> desk.joins(client, near, on=desk)
        << "consult_ended 101 103"
        << "transferred attended 101 103"
        << "party_left 101"
        >> desk.hangs_up()
        >> client.asks_to_hang_up()
        >> client.leaves("B1")
        >> near.leaves("B1")
        >> near.hangs_up()
        >> far.leaves("B3")
        >> far.hangs_up()
        >> other.leaves("B3")
        >> other.hangs_up()
        << "party_left 103"
        >> client.hangs_up()
        << "party_left 777"
        << "ended answered client"
    )


def test_feature_code_transfer_abandoned_leaves_all_as_it_was() -> None:
    play, client, desk = _talk()
    near, far, other = _consulting_by_code(play, desk, client)
    play.after(other.answers(), other.enters("B3"), far.enters("B3"))
    assert (
        play
        >> other.asks_to_hang_up()
        >> other.leaves("B3")
        >> far.leaves("B3")
        >> other.hangs_up()
        << "consult_ended 101 103"
        >> far.hangs_up()
        >> near.leaves("B2")
        >> desk.leaves("B2")
        >> desk.enters("B1")
        >> near.hangs_up()
    )
    assert _present(play, client) == ["777", "101"]
    assert project(play.events).transfers == ()


def test_all_three_together_ends_the_hold_of_the_consultation() -> None:
    """The PBX tells that the client is put on hold for it, and never that the hold is over."""
    play, client, desk = _talk()
    play.after(desk.holds())
    near, far, other = _consulting_by_code(play, desk, client)
    play.after(other.answers(), other.enters("B3"), far.enters("B3"))
    assert project(play.events).state == "held"
    assert (
        play
        >> desk.leaves("B2")
        >> near.leaves("B2")
        >> near.enters("B1")
        << "party_joined 103 transfer"
        >> desk.enters("B1")
        << "consult_ended 101 103"
        << "resumed 101"
    )
    assert project(play.events).state == "talking"


def test_feature_code_transfer_returned() -> None:
    """101 hung up while 103 rang, 103 did not answer: the PBX calls 101, and joins it again."""
    play, client, desk = _talk()
    near, far, other = _consulting_by_code(play, desk, client)
    again = phone("101")
    assert (
        play
        >> desk.asks_to_hang_up()
        >> desk.leaves("B2")
        >> near.leaves("B2")
        >> near.enters("B1")
        >> desk.joins(client, None, on=desk)
        << "transferred attended 101 103"
        << "party_left 101"
        >> near.leaves("B1")
        >> again.created()
        >> near.hangs_up()
        >> far.hangs_up()
        >> other.hangs_up()
        << "ringing_stopped 103 cancelled"
        >> again.rings()
        >> again.answers()
        >> again.enters("B1")
        << "party_joined 101 transfer"
        << "transferred attended 101 103 returned"
        >> desk.hangs_up()
    )
    assert play.machine.active() == [f"main-{client.uniqueid}"]


def test_recall_that_nobody_takes_is_no_call() -> None:
    again = phone("101")
    play = Playbook()
    assert play >> again.created() >> again.rings() >> again.hangs_up(cause=0)


def test_client_hangs_up_while_colleagues_consult() -> None:
    """The call ends with the client, not when the colleagues have finished."""
    play, client, desk = _talk()
    _, far, other = _consulting_by_code(play, desk, client)
    play.after(other.answers(), other.enters("B3"), far.enters("B3"), client.asks_to_hang_up())
    assert (
        play
        >> client.leaves("B1")
        >> client.hangs_up()
        << "party_left 777"
        << "party_left 101"
        << "ended answered client"
        >> desk.leaves("B2")
        >> desk.hangs_up()
    )


@pytest.mark.parametrize("code", ["*11", "*11101", "40"])
def test_pickup(code: str) -> None:
    client, desk, helper = line("line1", number="777"), phone("101"), phone("104")
    play = Playbook().after(client.created(), desk.created(by=client), desk.rings())
    assert (
        play
        >> helper.created(exten=code)
        >> helper.answers()
        >> client.answers()
        >> desk.picked_up_by(helper)
        << "picked_up 104 101"
        >> desk.hangs_up(cause=26)
        << "ringing_stopped 101 answered_elsewhere"
        >> helper.enters("B1")
        >> client.enters("B1")
        << "party_joined 777 called"
        << "party_joined 104 pickup"
        << "answered 104"
    )
    assert play.machine.active() == [f"main-{client.uniqueid}"]


def test_picked_up_while_the_caller_gives_up() -> None:
    client, desk, helper = line("line1", number="777"), phone("101"), phone("104")
    play = Playbook().after(client.created(), desk.created(by=client), desk.rings())
    play.after(helper.created(exten="*11"), client.asks_to_hang_up(), helper.answers())
    assert (
        play
        >> desk.picked_up_by(helper)
        << "picked_up 104 101"
        >> desk.hangs_up(cause=26)
        << "ringing_stopped 101 answered_elsewhere"
        >> client.hangs_up(cause=127)
        >> helper.hangs_up()
        << "ended missed client"
    )


def test_conference_of_three_is_one_call() -> None:
    play, client, desk = _talk()
    follow, other = phone("101"), phone("103")
    play.after(desk.sends(client, "800"), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up())
    assert (
        play
        >> client.enters("room", conference=True)
        >> follow.created(exten="800")
        >> follow.answers()
        >> follow.enters("room", conference=True)
        << "party_joined 101 conference"
        >> other.created(exten="800")
        >> other.enters("room", conference=True)
        << "party_joined 103 conference"
        >> follow.leaves("room")
        >> follow.hangs_up()
        << "party_left 101"
    )
    assert _present(play, client) == ["777", "103"]
    assert (
        play.after(client.asks_to_hang_up(), client.leaves("room"))
        >> client.hangs_up()
        << "party_left 777"
        << "party_left 103"
        << "ended answered client"
    )


def test_two_clients_in_one_conference_keep_their_calls() -> None:
    play, client, _ = _talk()
    second, desk = line("line2", number="888"), phone("102")
    play.after(*talking(second, desk, "B9"), client.leaves("B1"), second.leaves("B9"))
    play.after(client.enters("room", conference=True), second.enters("room", conference=True))
    assert play.machine.active() == [f"main-{client.uniqueid}", f"main-{second.uniqueid}"]


def test_colleagues_meet_in_the_room() -> None:
    desk, other = phone("101"), phone("103")
    assert (
        Playbook()
        >> desk.created(exten="800")
        >> desk.enters("room", conference=True)
        << "started internal - - 800 101"
        >> other.created(exten="800")
        >> other.enters("room", conference=True)
        << "party_joined 101 called"
        << "party_joined 103 answered"
        << "answered 103"
    )


def test_parked_clients_do_not_hear_each_other() -> None:
    play, client, desk = _talk()
    second, other = line("line2", number="888"), phone("102")
    play.after(*talking(second, other, "B9"), desk.sends(client, "700"), other.sends(second, "700"))
    play.after(client.leaves("B1"), second.leaves("B9"))
    assert play >> client.enters("lot", holding=True) >> second.enters("lot", holding=True)
    assert len(play.machine.active()) == 2
