"""AMI events to facts. Pure: one message, as a mapping of header to value, in; facts out.

Source: Asterisk 18-22 manager event documentation, and what 22.10 was seen to say. The messages
must carry `Timestamp` (manager.conf `timestampevents = yes`), or the reader adds it, in seconds.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pbx_bridge.asterisk import dialplan
from pbx_bridge.calls.facts import (
    Answered,
    AttendedTransferred,
    BlindTransferred,
    BridgeEntered,
    BridgeLeft,
    CallerWithheld,
    ChannelCreated,
    ChannelFact,
    ChannelRenamed,
    ChannelSeen,
    DialBegun,
    Fact,
    HangupRequested,
    Held,
    HungUp,
    MonitorStarted,
    MonitorStopped,
    OutboundRefused,
    PbxStarted,
    PickedUp,
    PutOnHold,
    RecordingBegunAgain,
    RecordingPaused,
    RecordingResumed,
    RecordingStopped,
    Resumed,
    Ringing,
    TakenOffHold,
    Unconfirmed,
    VoicemailEntered,
    moment,
)
from pbx_bridge.calls.waits import loss_in

Message = Mapping[str, str]

# How Asterisk writes names into AMI, and nowhere else (`ast_escape_c`).
_ESCAPED = re.compile(r"""\\([abfnrtv\\'"?])""")
_CONTROLS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))

_VOICEMAIL = frozenset({"VoiceMail", "Voicemail", "MiniVM"})
_RECORDING: dict[str, type[ChannelFact]] = {
    dialplan.PAUSED_EVENT: RecordingPaused,
    dialplan.UNPAUSED_EVENT: RecordingResumed,
    dialplan.STOPPED_EVENT: RecordingStopped,
    dialplan.AGAIN_EVENT: RecordingBegunAgain,
}
STEERED = frozenset({dialplan.HELD_EVENT, dialplan.RESUMED_EVENT, *_RECORDING})


def facts(message: Message) -> tuple[Fact, ...]:
    """What the message tells; nothing for events that tell nothing of calls.

    A message without the headers its event must have, or with a time that is none, tells nothing:
    AMI is not under our control, and one bad message must not stop the others.
    """
    reader = _READERS.get(message.get("Event", ""))
    if reader is None:
        return ()
    try:
        fact = reader(message, _microseconds(message["Timestamp"]))
    except (KeyError, ValueError, OverflowError):
        return ()
    return () if fact is None else (fact,)


def seen(message: Message, at: int) -> ChannelSeen | None:
    """A `CoreShowChannel` event of a listing asked for at `at`."""
    if not message.get("Uniqueid"):
        return None
    return ChannelSeen(
        at=at,
        channel=message["Uniqueid"],
        name=message.get("Channel", ""),
        linkedid=message.get("Linkedid") or message["Uniqueid"],
        live=True,
        number=_known(message.get("CallerIDNum")),
        exten=message.get("Exten", ""),
        up=message.get("ChannelStateDesc") == "Up",
        bridge=message.get("BridgeId") or None,
    )


def _microseconds(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    return moment(int(whole) * 1_000_000 + (int(fraction.ljust(6, "0")[:6]) if fraction else 0))


def _known(value: str | None) -> str | None:
    return None if value in (None, "", "<unknown>") else value


def _name(value: str | None) -> str | None:
    known = _known(value)
    if known is None:
        return None
    return _ESCAPED.sub(lambda found: _CONTROLS.get(found[1], found[1]), known)


def _channel(message: Message, at: int, prefix: str = "") -> dict[str, Any]:
    uniqueid = message[prefix + "Uniqueid"]
    return {
        "at": at,
        "channel": uniqueid,
        "name": message[prefix + "Channel"],
        "linkedid": message.get(prefix + "Linkedid") or uniqueid,
        "live": True,
    }


def _plain(cls: type[ChannelFact]) -> Callable[[Message, int], ChannelFact]:
    return lambda message, at: cls(**_channel(message, at))


def _created(m: Message, at: int) -> Fact:
    return ChannelCreated(
        **_channel(m, at),
        number=_known(m.get("CallerIDNum")),
        caller_name=_name(m.get("CallerIDName")),
        exten=m.get("Exten", ""),
    )


def _renamed(m: Message, at: int) -> Fact:
    return ChannelRenamed(**_channel(m, at) | {"name": m["Newname"]})


def _state(m: Message, at: int) -> Fact | None:
    cls = {"Ringing": Ringing, "Up": Answered}.get(m["ChannelStateDesc"])
    return None if cls is None else cls(**_channel(m, at))


def _dial_begun(m: Message, at: int) -> Fact:
    return DialBegun(**_channel(m, at, "Dest"), target=m.get("DialString", ""))


def _entered(m: Message, at: int) -> Fact:
    technology = m.get("BridgeTechnology", "")
    return BridgeEntered(
        **_channel(m, at),
        bridge=m["BridgeUniqueid"],
        conference=technology == "softmix",
        holding=technology == "holding_bridge",
    )


def _left(m: Message, at: int) -> Fact:
    return BridgeLeft(**_channel(m, at), bridge=m["BridgeUniqueid"])


def _blind(m: Message, at: int) -> Fact | None:
    if m.get("Result", "Success") != "Success":
        return None
    return BlindTransferred(
        **_channel(m, at, "Transferer"),
        exten=m["Extension"],
        transferee=m.get("TransfereeUniqueid", ""),
        loss=loss_in(m.get("Context")),
        taken=m.get("Context") == dialplan.TAKING_CONTEXT,
    )


def _attended(m: Message, at: int) -> Fact | None:
    if m.get("Result", "Success") != "Success":
        return None
    return AttendedTransferred(
        **_channel(m, at, "OrigTransferer"),
        second=m["SecondTransfererUniqueid"],
        transferee=m.get("TransfereeUniqueid") or None,
        target=m.get("TransferTargetUniqueid") or None,
    )


def _picked_up(m: Message, at: int) -> Fact:
    return PickedUp(**_channel(m, at, "Target"), picker=m["Uniqueid"])


def _hung_up(m: Message, at: int) -> Fact:
    return HungUp(**_channel(m, at), cause=int(m.get("Cause") or 0))


def _booted(m: Message, at: int) -> Fact:
    """Said at every login, with the seconds since the start."""
    return PbxStarted(at=at - int(m["Uptime"]) * 1_000_000)


def _user_event(m: Message, at: int) -> Fact | None:
    name = m.get("UserEvent", "")
    match name:
        case dialplan.WITHHELD_EVENT:
            return CallerWithheld(**_channel(m, at))
        case dialplan.UNCONFIRMED_EVENT:
            return Unconfirmed(**_channel(m, at))
        case dialplan.REFUSED_EVENT:
            return OutboundRefused(**_channel(m, at), **refusal(m[dialplan.REFUSAL_HEADER]))
    return steered(name, _channel(m, at), m.get("Told", ""))


def refusal(told: str) -> dict[str, Any]:
    """The fields of OutboundRefused. Raises ValueError."""
    reason, extension, line, number = told.split(" ")
    return {"reason": reason, "extension": extension, "line": line, "number": number}


def steered(name: str, channel: dict[str, Any], told: str) -> Fact | None:
    """What the dialplan tells of what was done to a talk. `told`: milliseconds, a bar, and whom it
    is about: of a hold the employee's channel, by name; of a recording the Uniqueid.
    """
    if name not in STEERED:
        return None
    at, _, about = told.partition("|")
    known = channel | {"at": moment(int(at) * 1000)}
    if name == dialplan.HELD_EVENT:
        return PutOnHold(**known, by=about)
    if name == dialplan.RESUMED_EVENT:
        return TakenOffHold(**known, by=about)
    if not about:
        raise ValueError("no channel")
    return _RECORDING[name](**known | {"channel": about, "name": "", "linkedid": about})


def _application(m: Message, at: int) -> Fact | None:
    return VoicemailEntered(**_channel(m, at)) if m["Application"] in _VOICEMAIL else None


_READERS: dict[str, Callable[[Message, int], Fact | None]] = {
    "AttendedTransfer": _attended,
    "BlindTransfer": _blind,
    "BridgeEnter": _entered,
    "BridgeLeave": _left,
    "DialBegin": _dial_begun,
    "FullyBooted": _booted,
    "Hangup": _hung_up,
    "HangupRequest": _plain(HangupRequested),
    "Hold": _plain(Held),
    "MixMonitorStart": _plain(MonitorStarted),
    "MixMonitorStop": _plain(MonitorStopped),
    "Newchannel": _created,
    "Newexten": _application,
    "Newstate": _state,
    "Pickup": _picked_up,
    "Rename": _renamed,
    "Unhold": _plain(Resumed),
    "UserEvent": _user_event,
}

# All that the machine can use. The reader may drop any other event unparsed: VarSet and RTCP are
# most of what a busy PBX says.
EVENTS = frozenset(_READERS)
