"""What only a call that goes on has, and no table of its own: such calls are few.

From the journal's rows, or from the record that the journal holds in memory: both say the same.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.columns import from_micros
from crm.people.directory import Directory
from crm.telephony.models import CallEvent
from crm.telephony.people import person_of
from crm.telephony.projection import party_json
from crm.telephony.views import ConsultView, LiveState, RingingView
from pbx_bridge.calls import events as told
from pbx_bridge.calls.event_json import from_json
from pbx_bridge.calls.record import CallRecord, Ring, identity
from pbx_bridge.calls.story import project

_TYPES = tuple(
    kind.type
    for kind in (
        told.CallRinging,
        told.RingingStopped,
        told.ConsultStarted,
        told.ConsultEnded,
        told.PartyJoined,
        told.PartyLeft,
        told.CallHeld,
        told.CallResumed,
        told.RecordingStarted,
        told.RecordingPaused,
        told.RecordingResumed,
        told.RecordingStopped,
        told.RecordingBegunAgain,
        told.RecordingFinished,
    )
)
_OF_CALLS = (
    select(CallEvent.call_id, CallEvent.key, CallEvent.type, CallEvent.at, CallEvent.body)
    .where(CallEvent.call_id.in_(bindparam("ids", expanding=True)), CallEvent.type.in_(_TYPES))
    .order_by(CallEvent.id)
)


def live_states(
    session: Session, ids: Collection[int], directory: Directory
) -> dict[int, LiveState]:
    """By id of the call; only of calls of which something was told."""
    if not ids:
        return {}
    found: dict[int, list[told.CallEvent]] = {}
    for row in session.connection().execute(_OF_CALLS, {"ids": list(ids)}):
        event = from_json(row.type, "", row.at, row.key, row.body)
        found.setdefault(row.call_id, []).append(event)
    return {call: live_state(project(events), directory) for call, events in found.items()}


def live_state(record: CallRecord, directory: Directory) -> LiveState:
    def person(party: told.Party) -> Any:
        return person_of(directory, party_json(party))

    return LiveState(
        ringing=tuple(
            RingingView(person(ring.party), from_micros(ring.since or 0))
            for ring in _ringing(record)
        ),
        consults=tuple(
            ConsultView(person(it.by), person(it.to), from_micros(it.since))
            for it in record.consults.values()
            if it.since is not None and it.until is None and record.end is None
        ),
        held_by=tuple(person(party) for party in record.held_by),
        recording=_recording(record),
    )


def _ringing(record: CallRecord) -> Collection[Ring]:
    """Each party once, whose telephones ring together, since the first of them does."""
    first: dict[str, Ring] = {}
    for ring in record.ringing_now:
        first.setdefault(identity(ring.party), ring)
    return first.values()


def _recording(record: CallRecord) -> str:
    """Of several recordings, that which most is kept of."""
    states = {record.recording_of(channel) for channel in record.recording}
    return next((state for state in ("on", "paused") if state in states), "off")
