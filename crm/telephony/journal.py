"""The journal: what the bridge tells, stored once, projected, put on cards; then published.

One batch is one transaction. Appending a batch again changes nothing: an event is known by its call
and key. Records of live calls are kept in memory, so that an event costs no reading; after a
failure they are forgotten and folded anew from the journal.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.db import Clock, Database, from_micros
from crm.people.directory import Directories
from crm.telephony.merging import merge
from crm.telephony.models import Call, CallEvent
from crm.telephony.projection import call_values, write_call
from crm.telephony.publishing import announcements
from crm.telephony.results import Results
from crm.telephony.rules import Rules
from crm.telephony.upsert import insert_missing
from pbx_bridge.calls import events as told
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.calls.story import apply, project

REMEMBERED = 2000


@dataclass(slots=True)
class Known:
    """A call in memory: its row, its record, and the row it was merged into."""

    id: int
    record: CallRecord | None
    merged_into: int | None = None


@dataclass(slots=True)
class Batch:
    """Events of one call in one batch, those that the journal did not have."""

    known: Known
    events: list[told.CallEvent] = field(default_factory=list)


class CallJournal:
    """Implements `pbx_bridge.ports.Journal`."""

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

    def forget(self, key: str) -> None:
        """Something else changed the call's row."""
        self._memory.pop(key, None)

    def _append(self, session: Session, events: Sequence[told.CallEvent]) -> list[BusEvent]:
        batches = self._new_events(session, events)
        results = Results()
        directory = self._directories.now
        for batch in batches.values():
            if not batch.events:
                continue
            known, old = batch.known, batch.known.record
            for event in batch.events:
                known.record = apply(known.record or CallRecord(call=event.call), event)
            assert known.record is not None
            country = self._rules.country
            write_call(session, known.id, old, known.record, directory, country)
            for event in batch.events:
                if isinstance(event, told.CallMerged):
                    self._merge(session, known, event, results)
            if known.merged_into is None:
                self._rules.follow(session, known.id, old, known.record, directory, results)
            results.told(known.id, batch.events)
        return announcements(session, results, directory, self._clock())

    def _new_events(self, session: Session, events: Sequence[told.CallEvent]) -> dict[str, Batch]:
        self._load(session, events)
        batches = {event.call: Batch(self._memory[event.call]) for event in events}
        rows = [
            {
                "call_id": batches[event.call].known.id,
                "key": event.key[:200],
                "type": event.type,
                "at": event.at,
                "body": told.to_json(event),
            }
            for event in events
        ]
        inserted = set(insert_missing(session, CallEvent, rows, [CallEvent.call_id, CallEvent.key]))
        for event in events:
            batch = batches[event.call]
            mark = (batch.known.id, event.key[:200])
            if mark in inserted:
                inserted.discard(mark)
                batch.events.append(event)
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)
        return batches

    def _load(self, session: Session, events: Sequence[told.CallEvent]) -> None:
        """Have every call of these events in memory, making rows for those that are new."""
        wanted = dict.fromkeys(event.call for event in events)
        missing = [key for key in wanted if key not in self._memory]
        for key in wanted:
            if key in self._memory:
                self._memory.move_to_end(key)
        if not missing:
            return
        first: dict[str, told.CallEvent] = {}
        for event in events:
            first.setdefault(event.call, event)
        made = insert_missing(
            session,
            Call,
            [{"key": key, **self._first_values(first[key])} for key in missing],
            [Call.key, Call.id],
        )
        for key, call_id in made:
            self._memory[key] = Known(call_id, None)
        self._remember(session, [key for key in missing if key not in self._memory])

    def _first_values(self, event: told.CallEvent) -> dict[str, object]:
        record = apply(CallRecord(call=event.call), event)
        values = call_values(record, self._directories.now, self._rules.country)
        if record.started_at is None:
            values["started_at"] = from_micros(event.at)
        return values

    def _remember(self, session: Session, keys: list[str]) -> None:
        if not keys:
            return
        rows = session.execute(
            select(Call.id, Call.key, Call.merged_into_id).where(Call.key.in_(keys))
        ).all()
        stories: dict[int, list[told.CallEvent]] = {row.id: [] for row in rows}
        keys_by_id = {row.id: row.key for row in rows}
        for row in session.execute(
            select(CallEvent.call_id, CallEvent.type, CallEvent.at, CallEvent.key, CallEvent.body)
            .where(CallEvent.call_id.in_(stories))
            .order_by(CallEvent.id)
        ):
            stories[row.call_id].append(
                told.from_json(row.type, keys_by_id[row.call_id], row.at, row.key, row.body)
            )
        for row in rows:
            story = stories[row.id]
            self._memory[row.key] = Known(
                row.id, project(story) if story else None, row.merged_into_id
            )

    def _merge(
        self, session: Session, into: Known, event: told.CallMerged, results: Results
    ) -> None:
        other = self._memory.get(event.other)
        if other is None:
            # Its own events may still come; they will find the row, and that it is no call.
            made = insert_missing(
                session,
                Call,
                [
                    {
                        "key": event.other,
                        "direction": "internal",
                        "state": "ended",
                        "started_at": from_micros(event.at),
                        "merged_into_id": into.id,
                    }
                ],
                [Call.id],
            )
            if made:
                self._memory[event.other] = Known(made[0][0], None, into.id)
                return
            self._remember(session, [event.other])
            other = self._memory[event.other]
        other.merged_into = into.id
        session.execute(update(Call).where(Call.id == other.id).values(merged_into_id=into.id))
        merge(session, other.id, into.id)
        results.merged(other.id, into.id)
