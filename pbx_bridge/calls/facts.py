"""What the PBX says happened: the alphabet of the call machine's input.

A fact is about one channel, named by its Uniqueid. Both roads speak this alphabet: `from_ami` and
`from_cel`. Times (`at`) are microseconds since the epoch, UTC, on the PBX's clock; the two roads
date the same occurrence some milliseconds apart.
"""

from dataclasses import dataclass
from typing import Final

from pbx_bridge.calls.events import Loss

_LATEST: Final = 2**52  # the year 2112; what is later is no time, and fits into no database


def moment(microseconds: int) -> int:
    """The time, if it can be one. Raises ValueError."""
    if not 0 < microseconds < _LATEST:
        raise ValueError(f"not a time of our age: {str(microseconds)[:20]}")
    return microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFact(Fact):
    """`live`: told by AMI, whose every message describes its channel; else by CEL."""

    channel: str  # Uniqueid
    name: str  # PJSIP/101-0000001a
    linkedid: str
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated(ChannelFact):
    """`number` and `caller_name` as the network sent them; `exten`: what was dialled, or "s"."""

    number: str | None = None
    caller_name: str | None = None
    exten: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRenamed(ChannelFact):
    """`name` is the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerWithheld(ChannelFact):
    """The caller asked not to be named; what the network said of it must be forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRefused(ChannelFact):
    """`extension` may not call `number` (E.164) on `line`: `reason` is a country or the hour."""

    reason: str
    extension: str
    line: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed(ChannelFact):
    """The employee's mobile was answered, and ends without the key that connects it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAnnounced(ChannelFact):
    """The channel is about to call `targets`, each `PJSIP/...` as given to Dial. CEL only."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialBegun(ChannelFact):
    """The channel is being called, as `target`, without the technology. AMI only."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(ChannelFact):
    """AMI only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(ChannelFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEntered(ChannelFact):
    """`conference`: many may speak in it. `holding`: nobody hears anybody (parking)."""

    bridge: str
    conference: bool = False
    holding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLeft(ChannelFact):
    bridge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(ChannelFact):
    """The channel's party put the others on hold. AMI only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(ChannelFact):
    """AMI only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOnHold(ChannelFact):
    """The PBX itself holds the channel, for the employee whose channel is named `by`."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOffHold(ChannelFact):
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindTransferred(ChannelFact):
    """The channel's party sent `transferee` to `exten`, and is out. With `loss` it did not want to:
    its browser is gone, `exten` is itself. With `taken` the supervisor at `exten` had it done.
    """

    exten: str
    transferee: str
    loss: Loss | None = None
    taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransferred(ChannelFact):
    """The channel's party joined `transferee` with whom it had consulted on its channel `second`.

    `target`: Uniqueid of the consulted channel, None while it only rings.
    """

    second: str
    transferee: str | None
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedUp(ChannelFact):
    """`picker` took what rang at the channel."""

    picker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStarted(ChannelFact):
    """The channel is being recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStopped(ChannelFact):
    """AMI only; a hangup of the channel says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(ChannelFact):
    """The channel's recording is silent from now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed(ChannelFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped(ChannelFact):
    """The channel's recording was ended by hand. Its files stay open, silent, for it may be begun
    again: `MonitorStopped` tells of their end.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBegunAgain(ChannelFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailEntered(ChannelFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupRequested(ChannelFact):
    """The far end of the channel hung up, before anything follows from it. AMI only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(ChannelFact):
    """`cause`: Q.850. `source`: name of the channel that caused it; CEL only."""

    cause: int = 0
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxStarted(Fact):
    """No channel is older than this. `at` is exact to a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen(ChannelFact):
    """A channel that exists now, from a listing of all; `bridge` is None outside of any."""

    number: str | None
    exten: str
    up: bool
    bridge: str | None
