"""The journal: what the bridge tells, stored once, projected, put on cards; then published.

One batch is one transaction. Appending a batch again changes nothing: an event is known by its call
and key. Calls are kept in memory while they live, so that an event costs no reading; after a
failure they are forgotten and folded anew from the journal.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.columns import from_micros
from crm.db import Clock, Database
from crm.people import audit
from crm.people.directory import Directories, Directory
from crm.telephony.merging import merge
from crm.telephony.models import Call, CallEvent
from crm.telephony.projection import CallRows, rows_of, write_rows
from crm.telephony.publishing import announcements
from crm.telephony.results import Results, Told
from crm.telephony.rules import Rules
from crm.upsert import insert_missing, insert_unless_there
from pbx_bridge.calls import events as told
from pbx_bridge.calls.event_json import from_json, to_json
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.calls.story import apply, project

REMEMBERED = 2000
KEY_LENGTH = 200


@dataclass(slots=True)
class Known:
    """A call in memory: its row's id, its events' keys, its record, and what is written of it."""

    id: int
    record: CallRecord
    rows: CallRows
    keys: set[str] = field(default_factory=set)
    merged_into: int | None = None


class CallJournal:
    """Implements `pbx_bridge.ports.Journal`. The only one that writes calls of its PBX."""

    def __init__(
        self, db: Database, clock: Clock, bus: Bus, directories: Directories, rules: Rules
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._rules = rules
        self._memory: OrderedDict[str, Known] = OrderedDict()

    async def append(self, events: Sequence[told.CallEvent]) -> None:
        """Store the events, in order. Returns after the commit and the publishing.

        Raises DatabaseUnavailable; nothing of the batch is stored then.
        """
        if not events:
            return
        try:
            published = await self._db.write(lambda session: self._append(session, events))
        except BaseException:
            self._memory.clear()  # it may be ahead of what was rolled back
            raise
        self._bus.publish(published)

    async def settle(self) -> None:
        """Raises OSError."""
        await self._db.settle()

    def _append(self, session: Session, events: Sequence[told.CallEvent]) -> list[BusEvent]:
        self._load(session, events)
        fresh = self._store_new(session, events)
        results = Results()
        directory = self._directories.now
        for key, batch in fresh.items():
            known = self._memory[key]
            old = known.record
            for event in batch:
                known.record = apply(known.record, event)
            rows = rows_of(known.record, directory, self._rules.country)
            write_rows(session, known.id, known.rows, rows)
            known.rows = rows
            for event in batch:
                if isinstance(event, told.CallMerged):
                    self._merge(session, known, event, results)
                elif isinstance(event, told.CallRefused):
                    _write_down(session, known.id, event, directory)
            if known.merged_into is None:
                self._rules.follow(session, known.id, old, known.record, directory, results)
            results.events[known.id] = Told(known.record, rows, batch)
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)
        return announcements(session, results, directory, self._clock())

    def _store_new(
        self, session: Session, events: Sequence[told.CallEvent]
    ) -> dict[str, list[told.CallEvent]]:
        """Append those that the journal does not have; they are returned by call."""
        fresh: dict[str, list[told.CallEvent]] = {}
        rows = []
        for event in events:
            known = self._memory[event.call]
            key = event.key[:KEY_LENGTH]
            if key in known.keys:
                continue
            known.keys.add(key)
            fresh.setdefault(event.call, []).append(event)
            body = to_json(event)
            rows.append(
                {
                    "call_id": known.id,
                    "key": key,
                    "type": event.type,
                    "at": event.at,
                    "body": body,
                }
            )
        insert_missing(session, CallEvent, rows)
        return fresh

    def _load(self, session: Session, events: Sequence[told.CallEvent]) -> None:
        """Have every call of these events in memory, making rows for those that are new."""
        unknown: dict[str, told.CallEvent] = {}
        for event in events:
            if event.call in self._memory:
                self._memory.move_to_end(event.call)
            else:
                unknown.setdefault(event.call, event)
        there = []
        for key, event in unknown.items():
            record = CallRecord(call=key)
            rows = CallRows(
                rows_of(apply(record, event), self._directories.now, self._rules.country).call
            )
            rows.call["started_at"] = from_micros(event.at)
            call_id = insert_unless_there(session, Call, {"key": key, **rows.call})
            if call_id is None:
                there.append(key)
            else:
                self._memory[key] = Known(call_id, record, rows)
        self._remember(session, there)

    def _remember(self, session: Session, keys: list[str]) -> None:
        """Fold calls from the journal. What is written of them is taken as not known."""
        if not keys:
            return
        calls = session.execute(
            select(Call.id, Call.key, Call.merged_into_id).where(Call.key.in_(keys))
        ).all()
        stories: dict[int, list[told.CallEvent]] = {call.id: [] for call in calls}
        key_of = {call.id: call.key for call in calls}
        for row in session.execute(
            select(CallEvent.call_id, CallEvent.type, CallEvent.at, CallEvent.key, CallEvent.body)
            .where(CallEvent.call_id.in_(stories))
            .order_by(CallEvent.id)
        ):
            stories[row.call_id].append(
                from_json(row.type, key_of[row.call_id], row.at, row.key, row.body)
            )
        for call in calls:
            story = stories[call.id]
            record = project(story) if story else CallRecord(call=call.key)
            self._memory[call.key] = Known(
                call.id, record, CallRows(), {event.key for event in story}, call.merged_into_id
            )

    def _merge(
        self, session: Session, into: Known, event: told.CallMerged, results: Results
    ) -> None:
        if event.other not in self._memory:
            # Its own events may still come; they will find the row, and that it is no call.
            stub: dict[str, Any] = {
                "key": event.other,
                "direction": "internal",
                "state": "ended",
                "started_at": from_micros(event.at),
                "merged_into_id": into.id,
            }
            call_id = insert_unless_there(session, Call, stub)
            if call_id is not None:
                record = CallRecord(call=event.other)
                self._memory[event.other] = Known(call_id, record, CallRows(), set(), into.id)
                return
            self._remember(session, [event.other])
        other = self._memory[event.other]
        other.merged_into = into.id
        session.execute(update(Call).where(Call.id == other.id).values(merged_into_id=into.id))
        merge(session, other.id, into.id)
        results.merged_calls[other.id] = into.id


def _write_down(
    session: Session, call_id: int, event: told.CallRefused, directory: Directory
) -> None:
    """Who tried to call out against the limits, and where to."""
    audit.note(
        session,
        directory.user_of(event.by.extension),
        from_micros(event.at),
        "call_refused",
        "call",
        call_id,
        extension=event.by.extension,
        number=event.to.number,
        reason=event.reason,
    )
