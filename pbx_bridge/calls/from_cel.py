"""Channel event logging to facts. Pure: one row, as a mapping of field to value, in; facts out.

The fields are those of the bundled PBX's JSON lines (`cel_custom`); rows of CSV files and SQL
tables have other names for some, which are understood too (`cid_num`, `channame`, `uniqueid`...).
Source: https://docs.asterisk.org/Configuration/Reporting/Channel-Event-Logging-CEL/ and what 22.10
was seen to write. cel.conf must have `events = ALL` and `apps = dial,...,mixmonitor`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
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
    DialAnnounced,
    Fact,
    HungUp,
    MonitorStarted,
    OutboundRefused,
    PickedUp,
    Unconfirmed,
    VoicemailEntered,
    moment,
)
from pbx_bridge.calls.from_ami import STEERED, refusal, steered
from pbx_bridge.calls.waits import loss_in

Row = Mapping[str, Any]

# What other CEL back ends call the fields.
_ALIASES = {
    "name": ("cid_name", "CallerIDname"),
    "num": ("cid_num", "CallerIDnum"),
    "exten": ("Exten",),
    "eventextra": ("extra", "EventExtra"),
    "linkedid": ("LinkedID",),
    "uniqueid": ("UniqueID",),
    "channame": ("Channel",),
    "appname": ("Application",),
    "appdata": ("ApplicationData",),
    "eventtype": ("EventName", "eventname"),
    "eventtime": ("EventTime",),
}
_NONE = (None, "", "N/A")


def facts(row: Row) -> tuple[Fact, ...]:
    """What the row tells. A row that lacks what its type must have tells nothing."""
    reader = _READERS.get(str(_field(row, "eventtype")))
    if reader is None:
        return ()
    try:
        fact = reader(row, _channel(row))
    except (KeyError, ValueError, TypeError, OverflowError, InvalidOperation):
        return ()
    return () if fact is None else (fact,)


def at(row: Row) -> int | None:
    """When the row's event happened, microseconds UTC; None if the row does not say."""
    try:
        return _microseconds(_field(row, "eventtime"))
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        return None


def _field(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    for alias in _ALIASES.get(name, ()):
        if alias in row:
            return row[alias]
    return ""


def _microseconds(value: Any) -> int:
    """Seconds as text or number; a date and time without a zone is taken as UTC."""
    if isinstance(value, datetime):
        date = value
    elif isinstance(value, str) and "-" in value.lstrip("-"):
        date = datetime.fromisoformat(value)
    else:
        return moment(int(Decimal(str(value)) * 1_000_000))
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    since = date - datetime(1970, 1, 1, tzinfo=UTC)
    return moment((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _channel(row: Row) -> dict[str, Any]:
    uniqueid = str(_field(row, "uniqueid"))
    if not uniqueid:
        raise ValueError("no uniqueid")
    return {
        "at": _microseconds(_field(row, "eventtime")),
        "channel": uniqueid,
        "name": str(_field(row, "channame")),
        "linkedid": str(_field(row, "linkedid") or uniqueid),
        "live": False,
    }


def _extra(row: Row) -> dict[str, Any]:
    value = _field(row, "eventextra")
    extra = value if isinstance(value, dict) else json.loads(value or "{}")
    if not isinstance(extra, dict):
        raise TypeError("eventextra is not an object")
    return extra


def _text(value: Any) -> str | None:
    return None if value in _NONE else str(value)


def _plain(cls: type[ChannelFact]) -> Callable[[Row, dict[str, Any]], ChannelFact]:
    return lambda row, channel: cls(**channel)


def _created(row: Row, channel: dict[str, Any]) -> Fact:
    return ChannelCreated(
        **channel,
        number=_text(_field(row, "num")),
        caller_name=_text(_field(row, "name")),
        exten=str(_field(row, "exten")),
    )


def _application(row: Row, channel: dict[str, Any]) -> Fact | None:
    name = str(_field(row, "appname")).lower()
    if name == "dial":
        targets = str(_field(row, "appdata")).partition(",")[0]
        return DialAnnounced(**channel, targets=tuple(targets.split("&")))
    if name == "mixmonitor":
        return MonitorStarted(**channel)
    return VoicemailEntered(**channel) if name in ("voicemail", "minivm") else None


def _entered(row: Row, channel: dict[str, Any]) -> Fact:
    extra = _extra(row)
    technology = extra.get("bridge_technology")
    return BridgeEntered(
        **channel,
        bridge=str(extra["bridge_id"]),
        conference=technology == "softmix",
        holding=technology == "holding_bridge",
    )


def _left(row: Row, channel: dict[str, Any]) -> Fact:
    return BridgeLeft(**channel, bridge=str(_extra(row)["bridge_id"]))


def _blind(row: Row, channel: dict[str, Any]) -> Fact:
    extra = _extra(row)
    return BlindTransferred(
        **channel,
        exten=str(extra["extension"]),
        transferee=str(extra.get("transferee_channel_uniqueid", "")),
        loss=loss_in(extra.get("context")),
        taken=extra.get("context") == dialplan.TAKING_CONTEXT,
    )


def _attended(row: Row, channel: dict[str, Any]) -> Fact:
    extra = _extra(row)
    return AttendedTransferred(
        **channel,
        second=str(extra["channel2_uniqueid"]),
        transferee=_text(extra.get("transferee_channel_uniqueid")),
        target=_text(extra.get("transfer_target_channel_uniqueid")),
    )


def _picked_up(row: Row, channel: dict[str, Any]) -> Fact:
    return PickedUp(**channel, picker=str(_extra(row)["pickup_channel_uniqueid"]))


def _refused(row: Row, channel: dict[str, Any]) -> Fact:
    return OutboundRefused(**channel, **refusal(str(_extra(row)["extra"])))


def _hung_up(row: Row, channel: dict[str, Any]) -> Fact:
    extra = _extra(row)
    return HungUp(
        **channel,
        cause=int(extra.get("hangupcause") or 0),
        source=_text(extra.get("hangupsource")),
    )


def _steered(row: Row, channel: dict[str, Any]) -> Fact | None:
    told = _field(row, "eventextra")
    # CELGenUserEvent's text is an object of its own: {"extra": "..."}.
    if str(told).startswith("{") or isinstance(told, dict):
        told = _extra(row).get("extra", "")
    return steered(str(_field(row, "eventtype")), channel, str(told))


_READERS: dict[str, Callable[[Row, dict[str, Any]], Fact | None]] = {
    "ANSWER": _plain(Answered),
    "APP_START": _application,
    "ATTENDEDTRANSFER": _attended,
    "BLINDTRANSFER": _blind,
    "BRIDGE_ENTER": _entered,
    "BRIDGE_EXIT": _left,
    "CHAN_START": _created,
    "HANGUP": _hung_up,
    "PICKUP": _picked_up,
    dialplan.REFUSED_EVENT: _refused,
    dialplan.UNCONFIRMED_EVENT: _plain(Unconfirmed),
    dialplan.WITHHELD_EVENT: _plain(CallerWithheld),
    **dict.fromkeys(STEERED, _steered),
}
