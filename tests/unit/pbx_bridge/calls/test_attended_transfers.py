"""A client is handed on to whom one called on a second channel, by the phone's own key."""

from pbx_bridge.calls.story import project
from tests.unit.pbx_bridge.calls.playbook import (
    Playbook,
    Wire,
    in_talk,
    line,
    phone,
    present,
    talking,
)


def _consulting(play: Playbook) -> tuple[Wire, Wire]:
    """101 calls 103 on a second channel, and they talk."""
    second, other = phone("101"), phone("103")
    play.after(second.created(exten="103"), other.created(by=second), other.answers())
    play.after(second.answers(), other.enters("B2"), second.enters("B2"))
    return second, other


def test_attended_transfer_by_refer_makes_one_call_of_two() -> None:
    play, client, desk = in_talk()
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
    play, client, desk = in_talk()
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
    play, client, _ = in_talk()
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
    assert present(play, client) == ["777", "103"]


def test_recording_of_a_consulted_client_goes_with_it() -> None:
    """101 asks somebody outside, and joins the client with them."""
    play, client, desk = in_talk()
    second, mobile = phone("101"), line("line1")
    play.after(second.created(exten="608111222"), mobile.created(by=second))
    play.after(mobile.is_dialled("608111222@line1"), mobile.is_recorded(), mobile.enters("B2"))
    play.after(second.enters("B2"), client.leaves("B1"), second.leaves("B2"), client.enters("B2"))
    play.after(desk.joins(client, mobile, on=second), mobile.hangs_up(), client.hangs_up())
    mine = [event for event in play.events if event.call == f"main-{client.uniqueid}"]
    assert project(mine).recording == {mobile.uniqueid: True}
