"""One AMI message in, its facts out. Messages are as Asterisk 22.10 writes them, shortened."""

from typing import Any

import pytest

from pbx_bridge.calls import facts as f
from pbx_bridge.calls import from_ami
from pbx_bridge.calls.events import Loss

AT = 1_795_439_910_133_705
TIME = "1795439910.133705"

CHANNEL = {
    "Timestamp": TIME,
    "Channel": "PJSIP/line1-00000000",
    "ChannelStateDesc": "Ring",
    "CallerIDNum": "777123456",
    "CallerIDName": "<unknown>",
    "Exten": "+420222333444",
    "Uniqueid": "1795439910.0",
    "Linkedid": "1795439910.0",
}
SAME: dict[str, Any] = {
    "at": AT,
    "channel": "1795439910.0",
    "name": "PJSIP/line1-00000000",
    "linkedid": "1795439910.0",
    "live": True,
}


def _prefixed(prefix: str, number: int) -> dict[str, str]:
    return {
        f"{prefix}Channel": f"PJSIP/10{number}-0000000{number}",
        f"{prefix}Uniqueid": f"1795439910.{number}",
        f"{prefix}Linkedid": "1795439910.0",
    }


def _one(message: dict[str, str]) -> f.Fact:
    (fact,) = from_ami.facts(message)
    return fact


def test_channel_created() -> None:
    assert _one({"Event": "Newchannel", **CHANNEL}) == f.ChannelCreated(
        **SAME, number="777123456", caller_name=None, exten="+420222333444"
    )


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (r"Conor O\'Brien", "Conor O'Brien"),
        (r"Who is it\?", "Who is it?"),
        (r"a \\\"b\\\" c", r"a \"b\" c"),
        (r"back\\slash", r"back\slash"),
        (r"two\r\nlines", "two\r\nlines"),
        ("Žluťoučký 😀", "Žluťoučký 😀"),
    ],
)
def test_names_are_escaped_as_in_c(header: str, name: str) -> None:
    fact = _one({"Event": "Newchannel", **CHANNEL, "CallerIDName": header})
    assert isinstance(fact, f.ChannelCreated)
    assert fact.caller_name == name


@pytest.mark.parametrize(
    ("event", "extra", "expected"),
    [
        ("Newstate", {"ChannelStateDesc": "Ringing"}, f.Ringing(**SAME)),
        ("Newstate", {"ChannelStateDesc": "Up"}, f.Answered(**SAME)),
        ("Hold", {}, f.Held(**SAME)),
        ("Unhold", {}, f.Resumed(**SAME)),
        ("MixMonitorStart", {}, f.MonitorStarted(**SAME)),
        ("MixMonitorStop", {}, f.MonitorStopped(**SAME)),
        ("HangupRequest", {"Cause": "16"}, f.HangupRequested(**SAME)),
        ("Hangup", {"Cause": "17"}, f.HungUp(**SAME, cause=17)),
        ("UserEvent", {"UserEvent": "HovornaWithheld"}, f.CallerWithheld(**SAME)),
        (
            "UserEvent",
            {"UserEvent": "HovornaRefused", "Refusal": "country 101 line1 +53123456789"},
            f.OutboundRefused(
                **SAME, reason="country", extension="101", line="line1", number="+53123456789"
            ),
        ),
        ("Newexten", {"Application": "VoiceMail"}, f.VoicemailEntered(**SAME)),
        (
            "Rename",
            {"Newname": "PJSIP/103-00000009"},
            f.ChannelRenamed(**SAME | {"name": "PJSIP/103-00000009"}),
        ),
        (
            "BridgeEnter",
            {"BridgeUniqueid": "b", "BridgeTechnology": "simple_bridge"},
            f.BridgeEntered(**SAME, bridge="b"),
        ),
        (
            "BridgeEnter",
            {"BridgeUniqueid": "b", "BridgeTechnology": "softmix"},
            f.BridgeEntered(**SAME, bridge="b", conference=True),
        ),
        (
            "BridgeEnter",
            {"BridgeUniqueid": "b", "BridgeTechnology": "holding_bridge"},
            f.BridgeEntered(**SAME, bridge="b", holding=True),
        ),
        ("BridgeLeave", {"BridgeUniqueid": "b"}, f.BridgeLeft(**SAME, bridge="b")),
    ],
)
def test_about_one_channel(event: str, extra: dict[str, str], expected: f.Fact) -> None:
    assert _one({"Event": event, **CHANNEL, **extra}) == expected


def test_dial_is_about_the_channel_that_is_dialled() -> None:
    """A click-to-call has no channel that dials."""
    message = {"Event": "DialBegin", "Timestamp": TIME, **_prefixed("Dest", 1)}
    fact = _one({**message, "DialString": "101/sip:101@127.0.0.1:5066"})
    assert isinstance(fact, f.DialBegun)
    assert (fact.channel, fact.target) == ("1795439910.1", "101/sip:101@127.0.0.1:5066")


def test_blind_transfer() -> None:
    message = {
        "Event": "BlindTransfer",
        "Timestamp": TIME,
        "Result": "Success",
        **_prefixed("Transferer", 1),
        **_prefixed("Transferee", 0),
        "Extension": "103",
    }
    fact = _one(message)
    assert isinstance(fact, f.BlindTransferred)
    assert (fact.channel, fact.exten, fact.transferee) == ("1795439910.1", "103", "1795439910.0")
    assert from_ami.facts({**message, "Result": "Not Permitted"}) == ()


@pytest.mark.parametrize(
    ("context", "loss"),
    [
        ("transfer", None),
        ("waiting", Loss.UNKNOWN),
        ("waiting-closed", Loss.CLOSED),
        ("waiting-network", Loss.NETWORK),
    ],
)
def test_the_context_tells_why_somebody_waits_for_a_browser(
    context: str, loss: Loss | None
) -> None:
    message = {
        "Event": "BlindTransfer",
        "Timestamp": TIME,
        "Result": "Success",
        **_prefixed("Transferer", 1),
        **_prefixed("Transferee", 0),
        "Context": context,
        "Extension": "101",
    }
    fact = _one(message)
    assert isinstance(fact, f.BlindTransferred)
    assert fact.loss is loss


def test_attended_transfer() -> None:
    message = {
        "Event": "AttendedTransfer",
        "Timestamp": TIME,
        "Result": "Success",
        **_prefixed("OrigTransferer", 1),
        **_prefixed("SecondTransferer", 2),
        **_prefixed("Transferee", 0),
        **_prefixed("TransferTarget", 3),
    }
    fact = _one(message)
    assert isinstance(fact, f.AttendedTransferred)
    assert (fact.channel, fact.second) == ("1795439910.1", "1795439910.2")
    assert (fact.transferee, fact.target) == ("1795439910.0", "1795439910.3")
    rings = {key: value for key, value in message.items() if not key.startswith("TransferTarget")}
    fact = _one(rings)
    assert isinstance(fact, f.AttendedTransferred)
    assert fact.target is None


def test_pickup_is_about_the_channel_that_rang() -> None:
    fact = _one({"Event": "Pickup", **CHANNEL, **_prefixed("Target", 2)})
    assert isinstance(fact, f.PickedUp)
    assert (fact.channel, fact.picker) == ("1795439910.2", "1795439910.0")


def test_fully_booted_tells_when_the_pbx_started() -> None:
    fact = _one({"Event": "FullyBooted", "Timestamp": TIME, "Uptime": "60"})
    assert fact == f.PbxStarted(at=AT - 60_000_000)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"Response": "Success"},
        {"Event": "VarSet", **CHANNEL},
        {"Event": "Newstate", **CHANNEL},
        {"Event": "Newchannel", "Timestamp": TIME},
        {"Event": "Newchannel", **CHANNEL, "Timestamp": "yesterday"},
        {"Event": "Newchannel", **CHANNEL, "Timestamp": ""},
        {"Event": "Newchannel", **CHANNEL, "Timestamp": "9" * 30},
        {"Event": "Newchannel", **CHANNEL, "Timestamp": "-5"},
        {key: value for key, value in {"Event": "Hangup", **CHANNEL}.items() if key != "Timestamp"},
        {"Event": "Hangup", **CHANNEL, "Cause": "sixteen"},
        {"Event": "BridgeEnter", **CHANNEL},
        {"Event": "AttendedTransfer", **CHANNEL},
        {"Event": "UserEvent", **CHANNEL, "UserEvent": "Somebodys"},
        {"Event": "FullyBooted", "Timestamp": TIME, "Uptime": "long"},
        {"Event": "FullyBooted", "Timestamp": TIME},
    ],
)
def test_what_tells_nothing(message: dict[str, str]) -> None:
    assert from_ami.facts(message) == ()


@pytest.mark.parametrize(
    ("time", "at"),
    [("1795439910", 1_795_439_910_000_000), ("1795439910.5", 1_795_439_910_500_000)],
)
def test_times(time: str, at: int) -> None:
    assert _one({"Event": "Hold", **CHANNEL, "Timestamp": time}).at == at


def test_listed_channel() -> None:
    listed = {**CHANNEL, "Event": "CoreShowChannel", "ChannelStateDesc": "Up", "BridgeId": "b"}
    assert from_ami.seen(listed, AT) == f.ChannelSeen(
        **SAME, number="777123456", exten="+420222333444", up=True, bridge="b"
    )
    assert from_ami.seen({"Event": "CoreShowChannel"}, AT) is None


def test_every_event_that_is_read_is_wanted_from_the_connection() -> None:
    assert {"Newchannel", "Hangup", "BridgeEnter", "FullyBooted"} <= from_ami.EVENTS
    assert "VarSet" not in from_ami.EVENTS
