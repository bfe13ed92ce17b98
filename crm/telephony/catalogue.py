"""Recordings in the database. Implements `recordings.ports.Catalogue`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.db import Clock, Database
from crm.errors import NotFound
from crm.people import audit
from crm.people.directory import Directories
from crm.telephony import reading
from crm.telephony.call_json import call_json, recording_json
from crm.telephony.gaps import before_the_talk
from crm.telephony.models import Call, CallEvent, Recording
from pbx_bridge.calls import events as told
from pbx_bridge.calls.event_json import from_json
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.calls.story import apply
from recordings.ports import Condition, Expired, Owner, Source, StoredRecording

_OWNER = (
    select(Call.key, Call.started_at, Call.state)
    .join(Recording, Recording.call_id == Call.id)
    .where(Recording.channel == bindparam("of_channel"))
    .limit(1)
)
_ATTACHED = (
    select(Recording, Call.key)
    .join(Call, Call.id == Recording.call_id)
    .where(Recording.channel == bindparam("of_channel"), Recording.state.in_(("stored", "deleted")))
    .order_by(Recording.part)
)
_OF_KEY = select(Call.id, Call.merged_into_id).where(Call.key == bindparam("of_key"))


class RecordingCatalogue:
    def __init__(self, db: Database, clock: Clock, bus: Bus, directories: Directories) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories

    async def owner(self, channel: str) -> Owner | None:
        query = (
            select(Call.id, Call.key, Call.started_at, Call.state)
            .join(Recording, Recording.call_id == Call.id)
            .where(Recording.channel == channel)
            .limit(1)
        )

        def work(session: Session) -> Owner | None:
            row = session.execute(query).one_or_none()
            if row is None:
                return None
            before, talked = before_the_talk(_told_of(session, row.id), channel)
            return Owner(row.key, row.started_at, row.state == "ended", before, talked)

        return await self._db.read(work)

    async def attached(self, channel: str) -> Sequence[StoredRecording]:
        wanted = {"of_channel": channel}
        return await self._db.read(
            lambda s: [_stored(row, key) for row, key in s.execute(_ATTACHED, wanted)]
        )

    async def attach(self, recording: StoredRecording) -> None:
        """Raises NotFound while there is no such call."""

        def work(session: Session) -> int | None:
            call_id = _call_of(session, recording.call)
            row = session.scalars(
                select(Recording).where(
                    Recording.channel == recording.channel, Recording.part == recording.part
                )
            ).one_or_none()
            if row is not None and row.state in ("stored", "deleted"):
                return None
            if row is None:
                started = session.get_one(Call, call_id).started_at
                row = Recording(
                    channel=recording.channel,
                    part=recording.part,
                    call_id=call_id,
                    started_at=started,
                )
                session.add(row)
            _fill(row, recording)
            row.finished_at = row.finished_at or self._clock()
            session.flush()
            return row.id

        stored = await self._db.write(work)
        if stored is not None:
            await self._announce("recording.stored", stored)

    async def settle(self) -> None:
        """Raises OSError."""
        await self._db.settle()

    async def expired(self, before: datetime, limit: int) -> Sequence[Expired]:
        query = (
            select(Recording.id, Recording.path)
            .join(Call, Call.id == Recording.call_id)
            .where(Recording.state == "stored", Call.started_at < before)
            .order_by(Call.started_at, Recording.id)
            .limit(limit)
        )
        return await self._db.read(lambda s: [Expired(i, path) for i, path in s.execute(query)])

    async def forget(self, recording: int, reason: str) -> None:
        now = self._clock()

        def work(session: Session) -> None:
            session.execute(
                update(Recording)
                .where(Recording.id == recording)
                .values(
                    state="deleted", path=None, peaks=None, deleted_at=now, deleted_reason=reason
                )
            )
            audit.note(session, None, now, "deleted", "recording", recording, reason=reason)

        await self._db.write(work)
        await self._announce("recording.deleted", recording)

    async def _announce(self, type_: str, recording_id: int) -> None:
        def work(session: Session) -> BusEvent | None:
            row = session.get(Recording, recording_id)
            if row is None:
                return None
            view = reading.call_views(session, [row.call_id], self._directories.now)[row.call_id]
            shown = next(r for r in view.recordings if r.id == recording_id)
            data = {"call": call_json(view), "recording": recording_json(shown)}
            return BusEvent(type_, self._clock(), data, view.audience)

        event = await self._db.read(work)
        if event is not None:
            self._bus.publish([event])


def _call_of(session: Session, key: str) -> int:
    """A merged call's recordings belong to the call that it became part of."""
    row = session.connection().execute(_OF_KEY, {"of_key": key}).one_or_none()
    if row is None:
        raise NotFound("call", key)
    found: int = row.merged_into_id or row.id
    return found


_TOLD = (
    told.RecordingStarted.type,
    told.RecordingFinished.type,
    told.CallAnswered.type,
    told.CallEnded.type,
)


def _told_of(session: Session, call_id: int) -> CallRecord:
    """What the call's journal says of its recordings."""
    rows = session.execute(
        select(CallEvent.key, CallEvent.type, CallEvent.at, CallEvent.body)
        .where(CallEvent.call_id == call_id, CallEvent.type.in_(_TOLD))
        .order_by(CallEvent.id)
    )
    record = CallRecord(call="")
    for row in rows:
        record = apply(record, from_json(row.type, "", row.at, row.key, row.body))
    return record


def _fill(row: Recording, stored: StoredRecording) -> None:
    row.state = "stored"
    row.seconds = stored.seconds
    row.channels = stored.channels
    row.path = stored.path
    row.size = stored.size
    row.sha256 = stored.sha256
    row.client_sha256 = stored.source.client
    row.company_sha256 = stored.source.company
    row.peaks = stored.peaks
    row.condition = stored.condition.value
    row.problems = [str(problem) for problem in stored.problems]


def _stored(row: Recording, key: str) -> StoredRecording:
    return StoredRecording(
        channel=row.channel,
        part=row.part,
        call=key,
        path=row.path,
        seconds=row.seconds or 0.0,
        size=row.size or 0,
        sha256=row.sha256 or "",
        peaks=row.peaks or b"",
        source=Source(row.client_sha256, row.company_sha256),
        condition=Condition(row.condition or Condition.WHOLE),
        problems=tuple(row.problems or ()),
        channels=row.channels or 2,
    )
