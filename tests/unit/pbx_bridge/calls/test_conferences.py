"""Talks of more than two, and those who only wait in one place."""

from tests.unit.pbx_bridge.calls.playbook import Playbook, in_talk, line, phone, present, talking


def test_conference_of_three_is_one_call() -> None:
    play, client, desk = in_talk()
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
    assert present(play, client) == ["777", "103"]
    assert (
        play.after(client.asks_to_hang_up(), client.leaves("room"))
        >> client.hangs_up()
        << "party_left 777"
        << "party_left 103"
        << "ended answered client"
    )


def test_two_clients_in_one_conference_keep_their_calls() -> None:
    play, client, _ = in_talk()
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
    play, client, desk = in_talk()
    second, other = line("line2", number="888"), phone("102")
    play.after(*talking(second, other, "B9"), desk.sends(client, "700"), other.sends(second, "700"))
    play.after(client.leaves("B1"), second.leaves("B9"))
    assert play >> client.enters("lot", holding=True) >> second.enters("lot", holding=True)
    assert len(play.machine.active()) == 2
