"""A client is sent on, and may come back."""

from pbx_bridge.calls.story import project
from tests.unit.pbx_bridge.calls.playbook import in_talk, line, phone, present, talking


def test_blind_transfer_makes_the_target_the_one_who_speaks() -> None:
    play, client, desk = in_talk()
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
    assert present(play, client) == ["777", "103"]
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


def test_blind_transfer_that_comes_back() -> None:
    play, client, desk = in_talk()
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
    play, client, desk = in_talk()
    other = phone("103")
    play.after(desk.sends(client, "103"), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up())
    play.after(other.created(by=client), other.hangs_up(cause=0))
    assert play >> client.hangs_up(cause=19) << "party_left 777" << "ended answered pbx"


def test_blind_transfer_to_the_outside_keeps_the_client() -> None:
    play, client, desk = in_talk()
    mobile = line("line1")
    play.after(desk.sends(client, "608111222"), client.leaves("B1"), desk.leaves("B1"))
    play.after(desk.hangs_up(), mobile.created(by=client), mobile.is_dialled("608111222@line1"))
    play.after(mobile.answers(), mobile.enters("B2"))
    assert play >> client.enters("B2") << "party_joined 608111222 transfer"
    assert project(play.events).number == "777"


def test_two_transfers_one_after_the_other() -> None:
    play, client, desk = in_talk()
    other, third = phone("103"), phone("104")
    play.after(desk.sends(client, "103"), client.leaves("B1"), desk.leaves("B1"), desk.hangs_up())
    play.after(other.created(by=client), other.enters("B2"), client.enters("B2"))
    play.after(other.sends(client, "104"), client.leaves("B2"), other.leaves("B2"))
    play.after(other.hangs_up(), third.created(by=client), third.enters("B3"), client.enters("B3"))
    record = project(play.events)
    assert [move.to.extension for move in record.transfers] == ["103", "104"]
    assert present(play, client) == ["777", "104"]
    assert record.answered_by is not None
    assert record.answered_by.extension == "101"


def test_two_transfers_at_once_do_not_mix() -> None:
    play, client, desk = in_talk()
    second, other_desk = line("line2", number="888"), phone("102")
    play.after(*talking(second, other_desk, "B9"))
    to_first, to_second = phone("103"), phone("104")
    play.after(desk.sends(client, "103"), other_desk.sends(second, "104"))
    play.after(client.leaves("B1"), second.leaves("B9"), desk.leaves("B1"), other_desk.leaves("B9"))
    play.after(to_second.created(by=second), to_first.created(by=client))
    play.after(to_second.enters("B8"), to_first.enters("B7"), second.enters("B8"))
    play.after(client.enters("B7"))
    assert present(play, client) == ["777", "103"]
    assert present(play, second) == ["888", "104"]
