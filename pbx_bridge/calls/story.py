"""The record of a call: a fold of its events, resumable from stored state.

`apply` may be given the events of one call in any order, each any number of times, and ends at the
same record: an event learnt late (from CEL, after a cut) finds its place by its key, and what is
known replaces what was assumed. So a database row can be kept up by `apply` alone.

Times are microseconds since the epoch, UTC, on the PBX's clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from pbx_bridge.calls.events import (
    BrowserLost,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallHeld,
    CallIdentified,
    CallMerged,
    CallPickedUp,
    CallRefused,
    CallResumed,
    CallRinging,
    CallStarted,
    CallTransferred,
    CallUnconfirmed,
    ConsultEnded,
    ConsultStarted,
    PartyJoined,
    PartyLeft,
    RecordingBegunAgain,
    RecordingFinished,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    RingingStopped,
)
from pbx_bridge.calls.record import (
    CallRecord,
    Consult,
    End,
    Hold,
    Marks,
    Pickup,
    Ring,
    Span,
    Transfer,
    from_state,
    identity,
    to_state,
)

__all__ = ["CallRecord", "apply", "from_state", "project", "to_state"]


def apply(record: CallRecord, event: CallEvent) -> CallRecord:
    """The record with `event` told in it. `event.call` must be the record's call."""
    return _APPLY[type(event)](record, event)


def project(events: Iterable[CallEvent]) -> CallRecord:
    """The record of one call from its events, in any order. Raises ValueError when empty."""
    record: CallRecord | None = None
    for event in events:
        record = apply(record or CallRecord(call=event.call), event)
    if record is None:
        raise ValueError("a call has at least one event")
    return record


def _subject(event: CallEvent) -> str:
    """What the event's key speaks of, without its kind: joined and left share it."""
    return event.key.partition(":")[2]


def _started(record: CallRecord, event: CallStarted) -> CallRecord:
    later = record.identified_at > 0
    return replace(
        record,
        direction=record.direction if later and record.direction else event.direction,
        number=record.number if later and record.number else event.number,
        line=record.line if later and record.line else event.line,
        dialled=record.dialled if later and record.dialled else event.dialled,
        extension=record.extension if later and record.extension else event.extension,
        name=event.name,
        withheld=event.withheld,
        started_at=event.at,
    )


def _identified(record: CallRecord, event: CallIdentified) -> CallRecord:
    """The later of two tellings wins, in whichever order they come."""
    newer = event.at >= record.identified_at
    changed: dict[str, Any] = {"identified_at": max(event.at, record.identified_at)}
    for name in ("direction", "number", "line", "dialled", "extension"):
        value = getattr(event, name)
        if value is not None and (newer or getattr(record, name) is None):
            changed[name] = value
    return replace(record, **changed)


def _ringing(record: CallRecord, event: CallRinging) -> CallRecord:
    ring = record.rings.get(_subject(event)) or Ring(event.party)
    ring = replace(ring, party=event.party, since=event.at)
    return replace(record, rings={**record.rings, _subject(event): ring})


def _ringing_stopped(record: CallRecord, event: RingingStopped) -> CallRecord:
    ring = record.rings.get(_subject(event)) or Ring(event.party)
    ring = replace(ring, until=event.at, reason=event.reason)
    return replace(record, rings={**record.rings, _subject(event): ring})


def _joined(record: CallRecord, event: PartyJoined) -> CallRecord:
    span = record.spans.get(_subject(event)) or Span(event.party)
    span = replace(span, party=event.party, how=event.how, joined_at=event.at)
    return replace(record, spans={**record.spans, _subject(event): span})


def _left(record: CallRecord, event: PartyLeft) -> CallRecord:
    span = record.spans.get(_subject(event)) or Span(event.party)
    return replace(record, spans={**record.spans, _subject(event): replace(span, left_at=event.at)})


def _answered(record: CallRecord, event: CallAnswered) -> CallRecord:
    return replace(record, answered_at=event.at, answered_by=event.party)


def _held(record: CallRecord, event: CallHeld) -> CallRecord:
    hold = record.holds.get(identity(event.by)) or Hold(event.by)
    hold = replace(hold, held_at=max(event.at, hold.held_at or 0))
    return replace(record, holds={**record.holds, identity(event.by): hold})


def _resumed(record: CallRecord, event: CallResumed) -> CallRecord:
    hold = record.holds.get(identity(event.by)) or Hold(event.by)
    hold = replace(hold, resumed_at=max(event.at, hold.resumed_at or 0))
    return replace(record, holds={**record.holds, identity(event.by): hold})


def _transferred(record: CallRecord, event: CallTransferred) -> CallRecord:
    move = Transfer(event.kind, event.by, event.to, event.at, event.returned)
    told = record.moves.get(_subject(event))
    if told is not None:  # that it was made, and that it came back, are told one by one
        at, returned = min(told.at, move.at), told.returned or move.returned
        move = replace(move, at=at, returned=returned)
    return replace(record, moves={**record.moves, _subject(event): move})


def _unchanged(record: CallRecord, event: BrowserLost | CallUnconfirmed) -> CallRecord:
    """For the story alone: what follows from it is told besides."""
    return record


def _picked_up(record: CallRecord, event: CallPickedUp) -> CallRecord:
    pickup = Pickup(event.by, event.of, event.at)
    return replace(record, pickups={**record.pickups, _subject(event): pickup})


def _refused(record: CallRecord, event: CallRefused) -> CallRecord:
    return replace(record, refused={**record.refused, _subject(event): event.reason})


def _merged(record: CallRecord, event: CallMerged) -> CallRecord:
    return replace(record, merged=tuple(sorted({*record.merged, event.other})))


def _recording_started(record: CallRecord, event: RecordingStarted) -> CallRecord:
    since = min(event.at, record.recording_since.get(event.channel, event.at))
    return replace(
        record,
        recording={event.channel: False, **record.recording},
        recording_since={**record.recording_since, event.channel: since},
        recording_early={event.channel: event.early, **record.recording_early},
    )


def _paused(record: CallRecord, event: RecordingPaused | RecordingResumed) -> CallRecord:
    mark = (event.at, isinstance(event, RecordingPaused))
    return replace(record, pauses=_marked(record.pauses, event.channel, mark))


def _stopped(record: CallRecord, event: RecordingStopped | RecordingBegunAgain) -> CallRecord:
    mark = (event.at, isinstance(event, RecordingStopped))
    return replace(record, stops=_marked(record.stops, event.channel, mark))


def _marked(known: dict[str, Marks], channel: str, mark: tuple[int, bool]) -> dict[str, Marks]:
    return {**known, channel: tuple(sorted({*known.get(channel, ()), mark}))}


def _consult_started(record: CallRecord, event: ConsultStarted) -> CallRecord:
    consult = record.consults.get(_subject(event)) or Consult(event.by, event.to)
    consult = replace(consult, since=event.at)
    return replace(record, consults={**record.consults, _subject(event): consult})


def _consult_ended(record: CallRecord, event: ConsultEnded) -> CallRecord:
    consult = record.consults.get(_subject(event)) or Consult(event.by, event.to)
    consult = replace(consult, until=event.at)
    return replace(record, consults={**record.consults, _subject(event): consult})


def _recording_finished(record: CallRecord, event: RecordingFinished) -> CallRecord:
    return replace(
        record,
        recording={**record.recording, event.channel: True},
        recording_until={**record.recording_until, event.channel: event.at},
    )


def _ended(record: CallRecord, event: CallEnded) -> CallRecord:
    if event.assumed and record.end is not None and not record.end.assumed:
        return record
    end = End(event.at, event.outcome, event.ended_by, event.cause, event.assumed)
    return replace(record, end=end)


_APPLY: dict[type[CallEvent], Callable[[CallRecord, Any], CallRecord]] = {
    CallStarted: _started,
    CallIdentified: _identified,
    CallRinging: _ringing,
    RingingStopped: _ringing_stopped,
    PartyJoined: _joined,
    PartyLeft: _left,
    CallAnswered: _answered,
    CallHeld: _held,
    CallResumed: _resumed,
    CallTransferred: _transferred,
    BrowserLost: _unchanged,
    CallUnconfirmed: _unchanged,
    CallPickedUp: _picked_up,
    CallRefused: _refused,
    CallMerged: _merged,
    RecordingStarted: _recording_started,
    RecordingFinished: _recording_finished,
    RecordingPaused: _paused,
    RecordingResumed: _paused,
    RecordingStopped: _stopped,
    RecordingBegunAgain: _stopped,
    ConsultStarted: _consult_started,
    ConsultEnded: _consult_ended,
    CallEnded: _ended,
}
