"""What services of the telephone answer with. Frozen; times are UTC, durations in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.bus import Audience
from crm.clients.views import ActivityView, CardRef
from crm.people.views import UserRef


@dataclass(frozen=True, slots=True)
class CallPerson:
    """One who took part, or rang: an employee by extension, or the outside party by number."""

    extension: str | None = None
    number: str | None = None
    name: str | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class PartyView:
    person: CallPerson
    line: str | None
    how: str | None  # called, answered, pickup, transfer, conference
    joined_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class TransferView:
    kind: str  # blind, attended, takeover
    by: CallPerson | None
    to: CallPerson
    at: datetime
    returned: bool


@dataclass(frozen=True, slots=True)
class RecordingView:
    """`state`: recording, pending, stored, deleted. `audible`: this actor may hear it now.

    `gaps`: seconds from and to where it was paused, and is silent.
    `peaks`: 0-255, the client's half, then the company's; empty unless `audible`.
    """

    id: int
    call_id: int
    state: str
    seconds: float | None
    channels: int | None
    condition: str | None
    problems: tuple[str, ...]
    audible: bool
    peaks: bytes = b""
    started_at: datetime | None = None
    gaps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AttachedCard:
    """A card of a call; `attached`: the one that the call belongs to."""

    card: CardRef
    attached: bool


@dataclass(frozen=True, slots=True)
class RingingView:
    """A phone that rings now."""

    person: CallPerson
    since: datetime


@dataclass(frozen=True, slots=True)
class ConsultView:
    """An employee asks somebody while the client waits."""

    by: CallPerson
    to: CallPerson
    since: datetime


@dataclass(frozen=True, slots=True)
class LiveState:
    """What only a call that goes on has. `recording`: off, on, paused."""

    ringing: tuple[RingingView, ...] = ()
    consults: tuple[ConsultView, ...] = ()
    held_by: tuple[CallPerson, ...] = ()
    recording: str = "off"


@dataclass(frozen=True, slots=True)
class CallView:
    """One call, as in `GET /calls/{id}`. `number` is E.164, None if withheld or internal.

    `cards`: the one the call is attached to first. `ringing`: who rings now. `owner`: the employee
    whose call it is, who spoke with the client last, or first where the company chose so.
    """

    id: int
    key: str
    direction: str  # inbound, outbound, internal
    state: str  # ringing, talking, held, ended
    outcome: str | None
    number: str | None
    withheld: bool
    network_name: str | None
    line: str | None
    dialled: str | None
    extension: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_seconds: float | None
    talk_seconds: float | None
    answered_by: CallPerson | None
    ended_by_side: str | None  # client, company, pbx
    cause: int
    assumed: bool
    quality: dict[str, Any] | None
    parties: tuple[PartyView, ...] = ()
    transfers: tuple[TransferView, ...] = ()
    ringing: tuple[RingingView, ...] = ()
    consults: tuple[ConsultView, ...] = ()
    held_by: tuple[CallPerson, ...] = ()  # who of those in it; the others may talk on
    recording: str = "off"
    owner: CallPerson | None = None
    placed_by: CallPerson | None = None  # who of us called
    cards: tuple[AttachedCard, ...] = ()
    recordings: tuple[RecordingView, ...] = ()
    audience: Audience = field(default_factory=Audience)

    @property
    def sounds(self) -> tuple[RecordingView, ...]:
        """Its recordings. Of a call that nobody answered only those in which something is heard:
        the PBX opens its files while it rings."""
        if self.answered_at is not None:
            return self.recordings
        return tuple(
            it
            for it in self.recordings
            if it.state in ("stored", "deleted") and it.condition != "empty"
        )


@dataclass(frozen=True, slots=True)
class StoryItem:
    """One event of the journal; `body` as `pbx_bridge.calls.events.to_json`, `names` of its people.

    `names` maps an extension to the name of its employee.
    """

    key: str
    type: str
    at: datetime
    body: dict[str, Any]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """All given conditions hold together. `number` in any usual way; `employee`: a user's id.

    `order`: started or -started (the default).
    """

    q: str = ""
    state: str | None = None  # also "live": not ended
    direction: str | None = None
    outcome: str | None = None
    number: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    line: str | None = None
    employee: int | None = None
    extension: str | None = None
    card: int | None = None
    recorded: bool | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class MissedView:
    call: CallView
    responsible: UserRef | None
    cleared_at: datetime | None
    cleared_by: UserRef | None
    cleared_call_id: int | None
    tries: int  # missed calls of this number not yet cleared, this one among them


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """Exactly one of the two is set, besides the notes taken in a call."""

    at: datetime
    call: CallView | None = None
    activity: ActivityView | None = None
    notes: tuple[ActivityView, ...] = ()
    story: tuple[StoryItem, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A phone of an extension. `kind`: desk, browser. `registered`: None if nobody knows."""

    extension: str
    kind: str
    registered: bool | None


@dataclass(frozen=True, slots=True)
class PersonState:
    """An employee as colleagues see him. `state`: free, ringing, talking, held, break, away, or
    offline, which is free without a phone. `call_id`: None for those who may not see the call.
    """

    user_id: int
    name: str
    department: str | None
    department_id: int | None
    extensions: tuple[str, ...]
    state: str
    since: datetime | None
    call_id: int | None
    devices: tuple[DeviceView, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """The live board: calls that wait or ring, calls that talk, and the people.

    `pickable`: ids of calls that ring elsewhere and that the actor may take to his phone.
    `supervisable`: calls that he may listen to, with the extensions in them.
    """

    waiting: tuple[CallView, ...]
    talking: tuple[CallView, ...]
    people: tuple[PersonState, ...]
    pickable: frozenset[int] = frozenset()
    supervisable: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A line the user may call out on. `used_last`: by the company, for this number.

    `state`: as of `LineView`; `usable`: not known to be down.
    """

    name: str
    label: str
    number: str
    default: bool
    used_last: bool = False
    state: str = "unknown"

    @property
    def usable(self) -> bool:
        return self.state in ("up", "unknown")


@dataclass(frozen=True, slots=True)
class LineTaken:
    """By which line a number is called while the user chooses none: the one that it was last spoken
    on, else his own. `instead_of`: the one of last time, where that is down.
    """

    line: LineChoice
    instead_of: LineChoice | None = None
