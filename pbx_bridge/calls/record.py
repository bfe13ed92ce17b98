"""What is known of one call: the fold of its events (see `story.apply`), and its stored form.

Times are microseconds since the epoch, UTC, on the PBX's clock.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pbx_bridge.calls.events import Direction, Joined, Outcome, Party, Side, TransferKind


@dataclass(frozen=True, slots=True)
class Span:
    """A party's stay in the call. `joined_at` is None while only its leaving is known."""

    party: Party
    how: Joined | None = None
    joined_at: int | None = None
    left_at: int | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """A phone that was called. `since` is None where only CEL told of it: CEL tells no ringing."""

    party: Party
    since: int | None = None
    until: int | None = None
    reason: str | None = None  # as RingingStopped.reason


@dataclass(frozen=True, slots=True)
class Transfer:
    kind: TransferKind
    by: Party | None
    to: Party
    at: int
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Pickup:
    by: Party
    of: Party | None
    at: int


@dataclass(frozen=True, slots=True)
class Hold:
    """The last hold and the last resume by one party."""

    by: Party
    held_at: int | None = None
    resumed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Consult:
    """A colleague asked while the client waits. `until` is None while it goes on."""

    by: Party
    to: Party
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    at: int
    outcome: Outcome
    ended_by: Side | None
    cause: int
    assumed: bool


RecordingState = Literal["off", "on", "paused"]
Marks = tuple[tuple[int, bool], ...]  # in order


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What is known of a call. The dictionaries are ordered by nothing; use the properties."""

    call: str
    direction: Direction | None = None
    number: str | None = None  # the outside party's, as the PBX gave it
    name: str | None = None
    line: str | None = None
    dialled: str | None = None
    extension: str | None = None  # who placed it, if an employee did
    withheld: bool = False
    started_at: int | None = None
    answered_at: int | None = None
    answered_by: Party | None = None
    end: End | None = None
    identified_at: int = 0
    spans: dict[str, Span] = field(default_factory=dict)
    rings: dict[str, Ring] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    moves: dict[str, Transfer] = field(default_factory=dict)
    pickups: dict[str, Pickup] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # why the limits let it not go outside
    recording: dict[str, bool] = field(default_factory=dict)  # channel -> its files are complete
    recording_since: dict[str, int] = field(default_factory=dict)
    recording_until: dict[str, int] = field(default_factory=dict)
    recording_early: dict[str, bool] = field(default_factory=dict)  # as RecordingStarted.early
    pauses: dict[str, Marks] = field(default_factory=dict)  # when, paused?
    stops: dict[str, Marks] = field(default_factory=dict)  # when, ended by hand or begun again?
    consults: dict[str, Consult] = field(default_factory=dict)
    merged: tuple[str, ...] = ()  # keys of the calls that turned out to be part of this one

    @property
    def state(self) -> str:
        """ringing, talking, held or ended."""
        if self.end is not None:
            return "ended"
        if self.answered_at is None:
            return "ringing"
        return "held" if self.held_by else "talking"

    @property
    def outcome(self) -> Outcome | None:
        """None until the end. An answered call is answered, whatever was assumed at its end."""
        if self.end is None:
            return None
        return self.end.outcome if self.answered_at is None else Outcome.ANSWERED

    @property
    def ended_at(self) -> int | None:
        return None if self.end is None else self.end.at

    @property
    def ended_by(self) -> Side | None:
        return None if self.end is None else self.end.ended_by

    @property
    def waited(self) -> int | None:
        """Microseconds from the start to the answer, or to the end of an unanswered call."""
        until = self.answered_at if self.answered_at is not None else self.ended_at
        if until is None or self.started_at is None:
            return None
        return max(0, until - self.started_at)

    @property
    def talked(self) -> int | None:
        """Microseconds from the answer to the end; 0 if it ended unanswered; None while open."""
        if self.end is None:
            return None
        return 0 if self.answered_at is None else max(0, self.end.at - self.answered_at)

    @property
    def parties(self) -> tuple[Span, ...]:
        """All stays, in order of joining. Those open at the call's end were closed by it."""
        known = [span for span in self.spans.values() if span.joined_at is not None]
        if self.end is not None:
            end = self.end.at
            known = [s if s.left_at is not None else replace(s, left_at=end) for s in known]
        return tuple(sorted(known, key=_order))

    @property
    def present(self) -> tuple[Party, ...]:
        """Who is in the call now."""
        if self.end is not None:
            return ()
        return tuple(span.party for span in self.parties if span.left_at is None)

    @property
    def ringing_now(self) -> tuple[Ring, ...]:
        """Phones that ring now, in the order in which they began."""
        if self.end is not None:
            return ()
        now = [r for r in self.rings.values() if r.since is not None and r.until is None]
        return tuple(sorted(now, key=lambda r: (r.since, identity(r.party))))

    @property
    def ringing(self) -> tuple[Party, ...]:
        """Whose phone rings now."""
        return tuple(ring.party for ring in self.ringing_now)

    @property
    def held_by(self) -> tuple[Party, ...]:
        """Who of those present has put the call on hold."""
        here = {identity(party) for party in self.present}
        return tuple(
            hold.by
            for hold in self.holds.values()
            if hold.held_at is not None
            and (hold.resumed_at is None or hold.resumed_at < hold.held_at)
            and identity(hold.by) in here
        )

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        return tuple(sorted(self.moves.values(), key=lambda t: t.at))

    @property
    def recordings(self) -> tuple[str, ...]:
        """Channels that were recorded, those whose files are complete and those that are not."""
        return tuple(sorted(self.recording))

    def silences(self, channel: str) -> Marks:
        """When this channel's recording fell silent, and when it was heard again; by either way."""
        return tuple(sorted((*self.pauses.get(channel, ()), *self.stops.get(channel, ()))))

    def recording_of(self, channel: str) -> RecordingState:
        stopped = self.stops.get(channel, ((0, False),))[-1]
        if self.recording.get(channel, True) or self.end is not None or stopped[1]:
            return "off"
        paused = self.pauses.get(channel, ((0, False),))[-1]
        return "paused" if paused[1] and paused[0] > stopped[0] else "on"


def to_state(record: CallRecord) -> dict[str, Any]:
    """Plain JSON values, for `from_state`."""
    return asdict(record)


def from_state(state: dict[str, Any]) -> CallRecord:
    """The reverse of `to_state`, also after the state went through JSON."""
    values = dict(state)
    for name, cls in _NESTED.items():
        values[name] = {key: _revive(cls, value) for key, value in values.get(name, {}).items()}
    for name in ("pauses", "stops"):
        values[name] = {
            channel: tuple((at, bool(is_so)) for at, is_so in marks)
            for channel, marks in values.get(name, {}).items()
        }
    values["direction"] = _enum(Direction, values["direction"])
    values["answered_by"] = _party(values["answered_by"])
    values["end"] = _revive(End, values["end"]) if values["end"] else None
    values["merged"] = tuple(values["merged"])
    return CallRecord(**values)


def _order(span: Span) -> tuple[int, bool, str]:
    """By time; of those who joined at once, who placed the call first."""
    return span.joined_at or 0, span.how is not Joined.CALLED, identity(span.party)


def identity(party: Party) -> str:
    """What makes two mentions the same party: the extension, else the number, else the line."""
    return party.extension or party.number or party.line or ""


_NESTED: dict[str, type[Any]] = {
    "spans": Span,
    "rings": Ring,
    "holds": Hold,
    "moves": Transfer,
    "pickups": Pickup,
    "consults": Consult,
    "recording": bool,
    "recording_early": bool,
}

_ENUM_FIELDS: dict[str, Callable[[str], Any]] = {
    "how": Joined,
    "kind": TransferKind,
    "outcome": Outcome,
    "ended_by": Side,
}


def _revive(cls: type[Any], value: Any) -> Any:
    if cls is bool:
        return bool(value)
    fields_ = dict(value)
    for name in ("party", "by", "to", "of"):
        if name in fields_:
            fields_[name] = _party(fields_[name])
    for name, enum in _ENUM_FIELDS.items():
        if name in fields_:
            fields_[name] = _enum(enum, fields_[name])
    return cls(**fields_)


def _party(value: Any) -> Party | None:
    return None if value is None else Party(**value)


def _enum(cls: Callable[[str], Any], value: str | None) -> Any:
    return None if value is None else cls(value)
