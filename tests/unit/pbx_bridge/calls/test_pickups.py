"""What rings at one phone is taken at another."""

import pytest

from tests.unit.pbx_bridge.calls.playbook import (
    Playbook,
    line,
    phone,
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
