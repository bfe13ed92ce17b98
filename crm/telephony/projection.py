"""A call's record (the fold of its events) as rows: the call, its parties, transfers and people."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from crm.db import from_micros
from crm.people.directory import Directory
from crm.telephony.models import (
    Call,
    CallParty,
    CallTransfer,
    CallUser,
    Recording,
)
from crm.telephony.numbering import country_of_line, stored_number
from crm.telephony.upsert import insert_missing
from crm.text import clean
from pbx_bridge.calls.events import Party
from pbx_bridge.calls.record import CallRecord, Span


def call_values(record: CallRecord, directory: Directory, country: str) -> dict[str, Any]:
    """Columns of `calls` that follow from the record. `country`: of lines that we do not know."""
    of_line = country_of_line(directory, record.line, country)
    answered = record.answered_by
    person = directory.user_of(answered.extension) if answered else None
    return {
        "direction": str(record.direction or "inbound"),
        "state": record.state,
        "outcome": None if record.outcome is None else str(record.outcome),
        "number": None if record.withheld else stored_number(record.number, of_line),
        "withheld": record.withheld,
        "network_name": clean(record.name, 100) if record.name else None,
        "line": record.line[:40] if record.line else None,
        "dialled": clean(record.dialled, 40) if record.dialled else None,
        "extension": record.extension[:10] if record.extension else None,
        "started_at": from_micros(record.started_at or first_sign(record)),
        "answered_at": None if record.answered_at is None else from_micros(record.answered_at),
        "ended_at": None if record.ended_at is None else from_micros(record.ended_at),
        "answered_extension": answered.extension if answered else None,
        "answered_by_id": person.id if person else None,
        "ended_by_side": None if record.ended_by is None else str(record.ended_by),
        "cause": record.end.cause if record.end else 0,
        "assumed": record.end.assumed if record.end else False,
    }


def first_sign(record: CallRecord) -> int:
    """Microseconds of the earliest thing known, while the start itself is not."""
    times = [s.joined_at for s in record.spans.values() if s.joined_at is not None]
    times += [r.since or r.until or 0 for r in record.rings.values() if r.since or r.until]
    times += [t for t in (record.answered_at, record.ended_at, record.identified_at) if t]
    return min(times, default=0)


def write_call(
    session: Session,
    call_id: int,
    old: CallRecord | None,
    new: CallRecord,
    directory: Directory,
    country: str,
) -> None:
    """Bring the rows of the call from the old record to the new one. None: nothing is written."""
    values = call_values(new, directory, country)
    before = call_values(old, directory, country) if old else {}
    changed = {name: value for name, value in values.items() if before.get(name, _MISSING) != value}
    if changed:
        session.execute(update(Call).where(Call.id == call_id).values(**changed))
    if old is None or old.parties != new.parties:
        _write_parties(session, call_id, new.parties, directory, country)
    if old is None or old.transfers != new.transfers:
        _write_transfers(session, call_id, new)
    _write_users(session, call_id, old, new, directory)
    if old is None or old.recording != new.recording:
        _write_recordings(session, call_id, old, new)


_MISSING = object()


def _write_parties(
    session: Session, call_id: int, spans: Iterable[Span], directory: Directory, country: str
) -> None:
    session.execute(delete(CallParty).where(CallParty.call_id == call_id))
    rows = [
        {
            "call_id": call_id,
            "seq": seq,
            "extension": span.party.extension,
            "user_id": _user_id(directory, span.party),
            "number": stored_number(
                span.party.number, country_of_line(directory, span.party.line, country)
            ),
            "line": span.party.line,
            "name": clean(span.party.name, 100) if span.party.name else None,
            "how": str(span.how or "answered"),
            "joined_at": from_micros(span.joined_at or 0),
            "left_at": None if span.left_at is None else from_micros(span.left_at),
        }
        for seq, span in enumerate(spans)
    ]
    if rows:
        session.execute(insert(CallParty), rows)


def _write_transfers(session: Session, call_id: int, record: CallRecord) -> None:
    session.execute(delete(CallTransfer).where(CallTransfer.call_id == call_id))
    rows = [
        {
            "call_id": call_id,
            "seq": seq,
            "kind": str(move.kind),
            "by_party": party_json(move.by) if move.by else None,
            "to_party": party_json(move.to),
            "returned": move.returned,
            "at": from_micros(move.at),
        }
        for seq, move in enumerate(record.transfers)
    ]
    if rows:
        session.execute(insert(CallTransfer), rows)


def _write_users(
    session: Session,
    call_id: int,
    old: CallRecord | None,
    new: CallRecord,
    directory: Directory,
) -> None:
    known = concerned(old, directory) if old else {}
    missing = {u: spoke for u, spoke in concerned(new, directory).items() if known.get(u) != spoke}
    if not missing:
        return
    insert_missing(
        session,
        CallUser,
        [{"call_id": call_id, "user_id": u, "spoke": spoke} for u, spoke in missing.items()],
        [CallUser.user_id],
    )
    if spoke_now := [user for user, spoke in missing.items() if spoke]:
        session.execute(
            update(CallUser)
            .where(CallUser.call_id == call_id, CallUser.user_id.in_(spoke_now))
            .values(spoke=True)
        )


def concerned(record: CallRecord, directory: Directory) -> dict[int, bool]:
    """User ids whom the call concerns, and whether they spoke in it."""
    heard = [span.party.extension for span in record.parties]
    asked = [ring.party.extension for ring in record.rings.values()]
    users: dict[int, bool] = {}
    for extension in (*asked, record.extension):
        if (person := directory.user_of(extension)) is not None:
            users[person.id] = False
    for extension in heard:
        if (person := directory.user_of(extension)) is not None:
            users[person.id] = True
    return users


def _write_recordings(
    session: Session, call_id: int, old: CallRecord | None, new: CallRecord
) -> None:
    """A row appears when recording starts; later states belong to the catalogue."""
    known = old.recording if old else {}
    started = from_micros(new.answered_at or new.started_at or first_sign(new))
    rows: list[dict[str, Any]] = [
        {
            "channel": channel[:120],
            "part": 1,
            "call_id": call_id,
            "state": "pending" if finished else "recording",
            "started_at": started,
            "problems": [],
        }
        for channel, finished in new.recording.items()
        if channel not in known
    ]
    insert_missing(session, Recording, rows, [Recording.id])
    complete = [c for c, finished in new.recording.items() if finished and not known.get(c)]
    if complete:
        session.execute(
            update(Recording)
            .where(Recording.channel.in_(complete), Recording.state == "recording")
            .values(state="pending")
        )


def party_json(party: Party) -> dict[str, Any]:
    return {
        "extension": party.extension,
        "number": party.number,
        "line": party.line,
        "name": clean(party.name, 100) if party.name else None,
    }


def _user_id(directory: Directory, party: Party) -> int | None:
    person = directory.user_of(party.extension)
    return person.id if person else None
