"""A browser that goes in the middle of a talk."""

from tests.unit.pbx_bridge.calls.playbook import Playbook, line, phone, present, talking


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
    assert present(play, client) == ["777", "101"]


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
    assert present(play, client) == ["777", "102"]
