"""What happened to a call, in the past tense: output of the call machine, content of the journal.

Every event is frozen and carries `call` (the call's key, `<pbx id>-<root Linkedid>`), `at`
(microseconds since the epoch, UTC, on the PBX's clock) and `key`, unique within the call and the
same by whichever road (AMI, CEL, replay) the event was learnt: appending one twice changes nothing.
Numbers are as the PBX gave them; E.164 is made in `crm`, which knows the line's country.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How a call ended, seen from the company."""

    ANSWERED = "answered"
    MISSED = "missed"  # inbound, nobody answered
    BUSY = "busy"
    NO_ANSWER = "no_answer"  # outbound or internal, the far side did not answer
    REJECTED = "rejected"
    FAILED = "failed"
    VOICEMAIL = "voicemail"


class Side(StrEnum):
    CLIENT = "client"
    COMPANY = "company"
    PBX = "pbx"


class Loss(StrEnum):
    """Why an employee's browser was gone from a talk."""

    CLOSED = "closed"  # or reloaded
    NETWORK = "network"
    UNKNOWN = "unknown"


class Joined(StrEnum):
    """How a party came into the call."""

    CALLED = "called"  # placed the call
    ANSWERED = "answered"
    PICKUP = "pickup"
    TRANSFER = "transfer"
    CONFERENCE = "conference"


class TransferKind(StrEnum):
    BLIND = "blind"
    ATTENDED = "attended"
    TAKEOVER = "takeover"  # a supervisor had it done, who is the one it goes to


@dataclass(frozen=True, slots=True)
class Party:
    """One who takes part: an employee's extension, or an outside number on a line, never both."""

    extension: str | None = None
    number: str | None = None
    line: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    type: ClassVar[str]
    call: str
    at: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallEvent):
    """First sign of the call. `number` is the outside party's, None while unknown or withheld."""

    type: ClassVar[str] = "call.started"
    direction: Direction
    number: str | None
    name: str | None  # as the network sent it; untrusted
    line: str | None
    dialled: str | None  # the DID of an inbound call, the digits of an outbound one
    extension: str | None  # who placed it, if an employee did
    withheld: bool = False
    mobile: bool = False  # placed on that employee's mobile telephone


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIdentified(CallEvent):
    """Something of CallStarted became known, or known better, later. None: unchanged."""

    type: ClassVar[str] = "call.identified"
    direction: Direction | None = None
    number: str | None = None
    line: str | None = None
    dialled: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRinging(CallEvent):
    type: ClassVar[str] = "call.ringing"
    party: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class RingingStopped(CallEvent):
    """`reason`: answered, answered_elsewhere, no_answer, busy, rejected, cancelled, unavailable."""

    type: ClassVar[str] = "call.ringing_stopped"
    party: Party
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyJoined(CallEvent):
    """The party speaks, or waits on hold, in this call from now. The outside party joins too."""

    type: ClassVar[str] = "call.party_joined"
    party: Party
    how: Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLeft(CallEvent):
    type: ClassVar[str] = "call.party_left"
    party: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """Once in a call: the first time that both sides speak. `party` is who answered."""

    type: ClassVar[str] = "call.answered"
    party: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(CallEvent):
    type: ClassVar[str] = "call.held"
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(CallEvent):
    type: ClassVar[str] = "call.resumed"
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultStarted(CallEvent):
    """`by` asks a colleague while the client waits."""

    type: ClassVar[str] = "call.consult_started"
    by: Party
    to: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded(CallEvent):
    """They part, or the client was handed over, or all speak together."""

    type: ClassVar[str] = "call.consult_ended"
    by: Party
    to: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(CallEvent):
    """`returned`: the target did not answer and the transferor has the client back."""

    type: ClassVar[str] = "call.transferred"
    kind: TransferKind
    by: Party | None
    to: Party
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserLost(CallEvent):
    """The browser of `by` is gone from the talk: the others wait for it with music."""

    type: ClassVar[str] = "call.browser_lost"
    by: Party
    loss: Loss = Loss.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPickedUp(CallEvent):
    """`by` took what rang at `of`."""

    type: ClassVar[str] = "call.picked_up"
    by: Party
    of: Party | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused(CallEvent):
    """The limits did not let `by` call `to`, or send somebody there. `reason`: country, hour."""

    type: ClassVar[str] = "call.refused"
    by: Party
    to: Party
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUnconfirmed(CallEvent):
    """The mobile of `by` was answered, perhaps by its mailbox, and nobody pressed the key."""

    type: ClassVar[str] = "call.unconfirmed"
    by: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMerged(CallEvent):
    """Another call (a consultation, a conference leg) was part of this one: fold its record in."""

    type: ClassVar[str] = "call.merged"
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """`channel`: Uniqueid of the recorded (the client's) channel, which is the file's name.

    `early`: the PBX had answered the caller, with whom nobody spoke yet; the file begins now. Else
    it begins with the answer, if that comes later.
    """

    type: ClassVar[str] = "call.recording_started"
    channel: str
    early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused(CallEvent):
    """The recording goes on in silence."""

    type: ClassVar[str] = "call.recording_paused"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed(CallEvent):
    type: ClassVar[str] = "call.recording_resumed"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped(CallEvent):
    """Ended by hand. What may follow is kept in the same files, which are silent until then."""

    type: ClassVar[str] = "call.recording_stopped"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBegunAgain(CallEvent):
    type: ClassVar[str] = "call.recording_begun_again"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFinished(CallEvent):
    type: ClassVar[str] = "call.recording_finished"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """`cause`: ITU-T Q.850, 0 unknown. `assumed`: the PBX lost the call; `at` is our best guess."""

    type: ClassVar[str] = "call.ended"
    outcome: Outcome
    ended_by: Side | None
    cause: int = 0
    assumed: bool = False
