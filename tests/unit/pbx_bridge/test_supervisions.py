"""Who listens to whom, from the ids of supervisors' channels."""

from pbx_bridge.calls.keys import spied_on, spying_root
from pbx_bridge.calls.layout import Layout
from pbx_bridge.supervisions import Supervision, Supervisions

LAYOUT = Layout.of(["101", "110"], ["line1"])
ID = spying_root("a1b2", "101", "1795692994.0")


def event(name: str, uniqueid: str = ID, **more: str) -> dict[str, str]:
    return {"Event": name, "Uniqueid": uniqueid, "Channel": "PJSIP/110-web-00000002", **more}


def test_the_id_tells_whose_call_is_heard() -> None:
    assert spied_on(ID) == ("101", "1795692994.0")
    for other in ("1795692994.0", "join-a1-777-1795692994.0", "hovorna-spy", "spy-a1--1.0", ""):
        assert spied_on(other) is None


def test_a_supervisor_listens_from_the_browser_and_stops() -> None:
    known = Supervisions("main")
    assert known.hear(event("Newchannel"), LAYOUT)
    (one,) = known.all()
    assert (one.supervisor, one.extension, one.call, one.up) == (
        "110",
        "101",
        "main-1795692994.0",
        False,
    )
    assert not known.hear(event("Newstate", ChannelStateDesc="Ringing"), LAYOUT)
    assert known.hear(event("Newstate", ChannelStateDesc="Up"), LAYOUT)
    assert not known.hear(event("Newstate", ChannelStateDesc="Up"), LAYOUT)
    assert known.all()[0].up
    assert known.hear(event("Hangup"), LAYOUT)
    assert not known.hear(event("Hangup"), LAYOUT)
    assert known.all() == ()


def test_on_a_mobile_it_begins_with_the_key() -> None:
    name = {"Channel": "PJSIP/110-mobile-line1-00000002"}
    known = Supervisions("main")
    assert known.hear(event("Newchannel", **name), LAYOUT)
    assert not known.hear(event("Newstate", ChannelStateDesc="Up", **name), LAYOUT)
    assert not known.hear(event("UserEvent", UserEvent="HovornaUnconfirmed", **name), LAYOUT)
    assert not known.all()[0].up
    asked = event("CoreShowChannel", ChannelStateDesc="Up", Context="mobile", **name)
    assert not known.survey([asked], LAYOUT)
    assert known.hear(event("UserEvent", UserEvent="HovornaConfirmed", **name), LAYOUT)
    assert known.all()[0].up
    assert not known.survey([asked | {"Context": "supervise"}], LAYOUT)


def test_other_channels_are_nobodys_business() -> None:
    known = Supervisions("main")
    assert not known.hear(event("Newchannel", "1795692994.0"), LAYOUT)
    assert not known.hear({"Event": "Newchannel"}, LAYOUT)
    assert known.all() == ()


def test_after_a_restart_a_listing_tells() -> None:
    known = Supervisions("main")
    rows = [event("CoreShowChannel", ChannelStateDesc="Up"), event("CoreShowChannel", "1.0")]
    assert known.survey(rows, LAYOUT)
    assert not known.survey(rows, LAYOUT)
    assert known.all() == (
        Supervision(
            ID, "PJSIP/110-web-00000002", "110", "101", "1795692994.0", "main-1795692994.0", True
        ),
    )
    assert known.survey([], LAYOUT)
