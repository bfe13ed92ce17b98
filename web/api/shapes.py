"""What calls look like in JSON: the types behind `crm.telephony.call_json`, for the OpenAPI page.

A test holds the two together.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from crm.clients.models import CardType
from crm.clients.views import ActivityView
from crm.people.views import UserRef
from crm.telephony.views import PersonState
from pbx_bridge.calls.events import Direction, Joined, Outcome, Side, TransferKind


@dataclass(frozen=True, slots=True)
class Person:
    """An employee by extension, or the outside party by number."""

    extension: str | None
    number: str | None
    name: str | None
    user_id: int | None


@dataclass(frozen=True, slots=True)
class CallParty(Person):
    """Who took part, from when to when, how they came in."""

    line: str | None
    how: Joined | None
    joined_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class RingingPhone(Person):
    since: datetime


@dataclass(frozen=True, slots=True)
class CallTransfer:
    """`by`, `to`: an extension, or an outside number."""

    kind: TransferKind
    by: str | None
    to: str | None
    at: datetime
    returned: bool


RecordingState = Literal["off", "on", "paused"]


@dataclass(frozen=True, slots=True)
class CallConsult:
    """`by` asks `to` while the client waits."""

    by: Person
    to: Person
    since: datetime


@dataclass(frozen=True, slots=True)
class CallCard:
    """`attached`: the card that the call belongs to; the others share the number."""

    type: CardType
    id: int
    name: str
    attached: bool


@dataclass(frozen=True, slots=True)
class CallRecording:
    """`gaps`: seconds from and to where it was paused, and is silent.

    `url`: null while there is nothing to hear, and for those who may not hear it."""

    id: int
    state: str
    seconds: float | None
    channels: int | None
    condition: str | None
    problems: list[str]
    gaps: list[list[float]]
    url: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `number` is E.164, null if withheld. `answered_by`: extension or number.

    `owner`: whose call it is, who spoke with the client last or first as the company chose.
    `recording`: of a call that goes on.
    """

    id: int
    direction: Direction
    state: str
    outcome: Outcome | None
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
    answered_by: str | None
    answered_by_name: str | None
    owner: str | None
    owner_name: str | None
    ended_by_side: Side | None
    cause: int
    assumed: bool
    parties: list[CallParty]
    transfers: list[CallTransfer]
    ringing: list[RingingPhone]
    consults: list[CallConsult]
    held_by: list[Person]
    recording: RecordingState
    cards: list[CallCard]
    recordings: list[CallRecording]
    quality: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class CallPage:
    items: list[Call]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class LiveBoard:
    waiting: list[Call]
    talking: list[Call]
    people: list[PersonState]


@dataclass(frozen=True, slots=True)
class CallId:
    id: int


@dataclass(frozen=True, slots=True)
class Missed:
    """The latest missed call of a number that waits to be called back. `tries`: how many."""

    call: Call
    responsible: UserRef | None
    cleared_at: datetime | None
    cleared_by: UserRef | None
    cleared_call_id: int | None
    tries: int


@dataclass(frozen=True, slots=True)
class MissedPage:
    items: list[Missed]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A call with the notes taken in it, or an activity."""

    at: datetime
    call: Call | None
    activity: ActivityView | None
    notes: list[ActivityView]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    items: list[TimelineEntry]
    total: int
    next: str | None
