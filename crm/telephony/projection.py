"""A call's record (the fold of its events) as rows: the call, its parties, transfers and people.

`rows_of` is pure; `write_rows` brings the database from what was written last to what is now.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Update, bindparam, delete, update
from sqlalchemy.orm import Session

from crm.columns import from_micros
from crm.people.directory import Directory
from crm.telephony.gaps import Gaps, gaps_of
from crm.telephony.models import Call, CallParty, CallTransfer, CallUser, Recording
from crm.telephony.numbering import country_of_line, stored_number
from crm.text import clean
from crm.upsert import insert_missing, insert_or_replace
from pbx_bridge.calls.events import Party
from pbx_bridge.calls.record import CallRecord

Values = dict[str, Any]


@dataclass(slots=True)
class CallRows:
    """Columns by name. `users`: user id -> spoke; `recordings`: channel -> complete;
    `gaps`: channel -> where it is silent.
    """

    call: Values = field(default_factory=dict)
    parties: list[Values] = field(default_factory=list)
    transfers: list[Values] = field(default_factory=list)
    users: dict[int, bool] = field(default_factory=dict)
    recordings: dict[str, bool] = field(default_factory=dict)
    gaps: dict[str, Gaps] = field(default_factory=dict)


def rows_of(record: CallRecord, directory: Directory, country: str) -> CallRows:
    """`country`: how numbers on lines that we do not know are read."""
    return CallRows(
        call=_call(record, directory, country),
        parties=_parties(record, directory, country),
        transfers=_transfers(record, directory, country),
        users=concerned(record, directory),
        recordings=dict(record.recording),
        gaps={channel: gaps_of(record, channel) for channel in {*record.pauses, *record.stops}},
    )


def first_sign(record: CallRecord) -> int:
    """Microseconds of the start, or of the earliest thing known while the start is not."""
    if record.started_at is not None:
        return record.started_at
    times = [s.joined_at for s in record.spans.values() if s.joined_at is not None]
    times += [r.since or r.until or 0 for r in record.rings.values() if r.since or r.until]
    times += [t for t in (record.answered_at, record.ended_at, record.identified_at) if t]
    return min(times, default=0)


def _call(record: CallRecord, directory: Directory, country: str) -> Values:
    of_line = country_of_line(directory, record.line, country)
    answered, last = record.answered_by, last_speaker(record)
    return {
        "direction": str(record.direction or "inbound"),
        "state": record.state,
        "outcome": None if record.outcome is None else str(record.outcome),
        "number": None if record.withheld else stored_number(record.number, of_line),
        "withheld": record.withheld,
        "network_name": _name(record.name),
        "line": record.line[:40] if record.line else None,
        "dialled": clean(record.dialled, 40) if record.dialled else None,
        "extension": record.extension[:10] if record.extension else None,
        "started_at": from_micros(first_sign(record)),
        "answered_at": None if record.answered_at is None else from_micros(record.answered_at),
        "ended_at": None if record.ended_at is None else from_micros(record.ended_at),
        "answered_extension": answered.extension if answered else None,
        "answered_by_id": _user_id(directory, answered),
        "last_extension": last.extension if last else None,
        "last_user_id": _user_id(directory, last),
        "ended_by_side": None if record.ended_by is None else str(record.ended_by),
        "cause": record.end.cause if record.end else 0,
        "assumed": record.end.assumed if record.end else False,
    }


def last_speaker(record: CallRecord) -> Party | None:
    """The employee who speaks with the client, or did last: who came last, of those who stay."""
    spoke = [span for span in record.parties if span.party.extension]
    if record.answered_at is None or not spoke:
        return None
    forever = 2**62
    latest = max(spoke, key=lambda s: (s.left_at or forever, s.joined_at or 0))
    return latest.party


def _parties(record: CallRecord, directory: Directory, country: str) -> list[Values]:
    return [
        {
            "seq": seq,
            "extension": span.party.extension,
            "user_id": _user_id(directory, span.party),
            "number": stored_number(
                span.party.number, country_of_line(directory, span.party.line, country)
            ),
            "line": span.party.line,
            "name": _name(span.party.name),
            "how": str(span.how or "answered"),
            "joined_at": from_micros(span.joined_at or 0),
            "left_at": None if span.left_at is None else from_micros(span.left_at),
        }
        for seq, span in enumerate(record.parties)
    ]


def _transfers(record: CallRecord, directory: Directory, country: str) -> list[Values]:
    """Whom a client was sent to outside is told as in `_parties`, however it was dialled."""

    def told(party: Party) -> Values:
        read_as = country_of_line(directory, party.line or record.line, country)
        return party_json(party) | {"number": stored_number(party.number, read_as)}

    return [
        {
            "seq": seq,
            "kind": str(move.kind),
            "by_party": told(move.by) if move.by else None,
            "to_party": told(move.to),
            "returned": move.returned,
            "at": from_micros(move.at),
        }
        for seq, move in enumerate(record.transfers)
    ]


def concerned(record: CallRecord, directory: Directory) -> dict[int, bool]:
    """User ids whom the call concerns, and whether they spoke in it."""
    asked = (ring.party.extension for ring in record.rings.values())
    heard = (span.party.extension for span in record.parties)
    users: dict[int, bool] = {}
    for extension in (*asked, record.extension):
        if (person := directory.user_of(extension)) is not None:
            users[person.id] = False
    for extension in heard:
        if (person := directory.user_of(extension)) is not None:
            users[person.id] = True
    return users


def party_json(party: Party) -> Values:
    return {
        "extension": party.extension,
        "number": party.number,
        "line": party.line,
        "name": _name(party.name),
    }


_AFTER = {
    table: delete(table.__table__).where(  # type: ignore[arg-type]  # declared tables are Tables
        table.call_id == bindparam("of_call"), table.seq >= bindparam("from_seq")
    )
    for table in (CallParty, CallTransfer)
}
_PENDING = (
    update(Recording.__table__)  # type: ignore[arg-type]
    .where(Recording.channel == bindparam("of_channel"), Recording.state == "recording")
    .values(state="pending")
)


@lru_cache(maxsize=256)
def _changing(columns: tuple[str, ...]) -> Update:
    """Most calls change the same columns together."""
    statement = update(Call.__table__).where(Call.id == bindparam("of_call"))  # type: ignore[arg-type]
    return statement.values({name: bindparam(f"new_{name}") for name in columns})


def write_rows(session: Session, call_id: int, old: CallRows, new: CallRows) -> None:
    """Write what differs."""
    changed = {name: value for name, value in new.call.items() if old.call.get(name) != value}
    if changed:
        values = {f"new_{name}": value for name, value in changed.items()}
        statement = _changing(tuple(changed))
        session.connection().execute(statement, {"of_call": call_id, **values})
    _write_sequence(session, CallParty, call_id, old.parties, new.parties)
    _write_sequence(session, CallTransfer, call_id, old.transfers, new.transfers)
    insert_or_replace(
        session,
        CallUser,
        [
            {"call_id": call_id, "user_id": user, "spoke": spoke}
            for user, spoke in new.users.items()
            if old.users.get(user) != spoke
        ],
    )
    _write_recordings(session, call_id, old.recordings, new)
    for channel, gaps in new.gaps.items():
        if old.gaps.get(channel) != gaps:
            session.execute(
                update(Recording).where(Recording.channel == channel[:120]).values(gaps=gaps)
            )


def _write_sequence(
    session: Session,
    table: type[CallParty] | type[CallTransfer],
    call_id: int,
    old: list[Values],
    new: list[Values],
) -> None:
    rows = [row for seq, row in enumerate(new) if seq >= len(old) or old[seq] != row]
    insert_or_replace(session, table, [{"call_id": call_id, **row} for row in rows])
    if len(new) < len(old):
        session.connection().execute(_AFTER[table], {"of_call": call_id, "from_seq": len(new)})


def _write_recordings(session: Session, call_id: int, old: dict[str, bool], new: CallRows) -> None:
    """A row appears when recording starts; its later states are the catalogue's."""
    since = new.call["answered_at"] or new.call["started_at"]
    insert_missing(
        session,
        Recording,
        [
            {
                "channel": channel[:120],
                "part": 1,
                "call_id": call_id,
                "state": "pending" if complete else "recording",
                "started_at": since,
                "problems": [],
            }
            for channel, complete in new.recordings.items()
            if channel not in old
        ],
    )
    complete = (c for c, done in new.recordings.items() if done and not old.get(c))
    for channel in complete:
        session.connection().execute(_PENDING, {"of_channel": channel})


def _name(name: str | None) -> str | None:
    return clean(name, 100) if name else None


def _user_id(directory: Directory, party: Party | None) -> int | None:
    person = directory.user_of(party.extension) if party else None
    return person.id if person else None
