"""A colleague is asked by the code while the client waits: `*103#`."""

from pbx_bridge.calls.story import project
from tests.unit.pbx_bridge.calls.playbook import Playbook, Wire, in_talk, local, phone, present


def _consulting_by_code(play: Playbook, desk: Wire, client: Wire) -> tuple[Wire, Wire, Wire]:
    """101 dialled *103#: the PBX calls 103 through a Local channel."""
    near, far = local("103", linkedid=client.uniqueid)
    other = phone("103")
    play.after(near.created(by=client), far.created(by=client), near.enters("B2"))
    play.after(other.created(by=client), desk.leaves("B1"), desk.enters("B2"), other.rings())
    return near, far, other


def test_feature_code_transfer() -> None:
    play, client, desk = in_talk()
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
    play, client, desk = in_talk()
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
    assert present(play, client) == ["777", "101"]
    assert project(play.events).transfers == ()


def test_all_three_together_ends_the_hold_of_the_consultation() -> None:
    """The PBX tells that the client is put on hold for it, and never that the hold is over."""
    play, client, desk = in_talk()
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
    play, client, desk = in_talk()
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
    play, client, desk = in_talk()
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
