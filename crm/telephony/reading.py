"""Rows as views: any number of calls in a fixed, small number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from crm.bus import Audience
from crm.clients.models import Card, CardType
from crm.clients.views import CardRef
from crm.people.directory import Directory
from crm.people.permissions import Action, Actor, allows_for
from crm.telephony.live_state import live_states
from crm.telephony.models import (
    Call,
    CallCard,
    CallParty,
    CallTransfer,
    CallUser,
    Recording,
)
from crm.telephony.people import person_of
from crm.telephony.views import (
    AttachedCard,
    CallPerson,
    CallView,
    LiveState,
    PartyView,
    RecordingView,
    TransferView,
)

Values = Mapping[str, Any]

# Statements are made once: every event of every call reads some of them, and to make one anew costs
# as much as to run it.
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_CALLS = select(Call.__table__).where(Call.id.in_(_IDS))
_PARTIES = select(CallParty.__table__).where(CallParty.call_id.in_(_IDS)).order_by(CallParty.seq)
_TRANSFERS = (
    select(CallTransfer.__table__).where(CallTransfer.call_id.in_(_IDS)).order_by(CallTransfer.seq)
)
_USERS = select(CallUser.call_id, CallUser.user_id, CallUser.spoke).where(
    CallUser.call_id.in_(_IDS)
)
_CARDS = (
    select(CallCard.call_id, CallCard.attached, Card.id, Card.type, Card.name)
    .join(Card, Card.id == CallCard.card_id)
    .where(CallCard.call_id.in_(_IDS), Card.deleted_at.is_(None))
    .order_by(CallCard.attached.desc(), Card.active_at.desc(), Card.id.desc())
)
_RECORDINGS = select(Recording.__table__).where(Recording.call_id.in_(_IDS)).order_by(Recording.id)
# Fields of the view that are columns of the row.
_COPIED = (
    *("id", "key", "direction", "state", "outcome", "number", "withheld", "network_name"),
    *("line", "dialled", "extension", "started_at", "answered_at", "ended_at"),
    *("ended_by_side", "cause", "assumed", "quality"),
)


@dataclass(slots=True)
class Parts:
    """What belongs to a call. Columns by name, as in the tables and in `projection.CallRows`."""

    parties: list[Values] = field(default_factory=list)
    transfers: list[Values] = field(default_factory=list)
    users: set[int] = field(default_factory=set)
    speakers: set[int] = field(default_factory=set)  # of the users, those who took part
    live: LiveState = field(default_factory=LiveState)
    cards: list[AttachedCard] = field(default_factory=list)
    recordings: list[Values] = field(default_factory=list)


def call_views(
    session: Session,
    ids: Collection[int],
    directory: Directory,
    actor: Actor | None = None,
    *,
    peaks: bool = False,
) -> dict[int, CallView]:
    """Views of the calls that exist, by id. `audible` and `peaks` are for `actor`; none without."""
    if not ids:
        return {}
    connection, wanted = session.connection(), {"ids": list(ids)}
    calls = connection.execute(_CALLS, wanted).mappings().all()
    parts: dict[int, Parts] = defaultdict(Parts)
    for name, rows in (("parties", _PARTIES), ("transfers", _TRANSFERS)):
        for row in connection.execute(rows, wanted).mappings():
            getattr(parts[row["call_id"]], name).append(dict(row))
    for call_id, user_id, spoke in connection.execute(_USERS, wanted):
        parts[call_id].users.add(user_id)
        if spoke:
            parts[call_id].speakers.add(user_id)
    for call_id, cards in cards_of_calls(session, ids).items():
        parts[call_id].cards = cards
    for call_id, recordings in recordings_of_calls(session, ids).items():
        parts[call_id].recordings = recordings
    live = [c["id"] for c in calls if c["state"] != "ended"]
    for call_id, state in live_states(session, live, directory).items():
        parts[call_id].live = state
    return {
        call["id"]: call_view(dict(call), parts[call["id"]], directory, actor, peaks=peaks)
        for call in calls
    }


def cards_of_calls(session: Session, ids: Collection[int]) -> dict[int, list[AttachedCard]]:
    """The cards of each call, the one that it belongs to first."""
    found: dict[int, list[AttachedCard]] = {}
    for row in session.connection().execute(_CARDS, {"ids": list(ids)}):
        ref = CardRef(CardType(row.type), row.id, row.name)
        found.setdefault(row.call_id, []).append(AttachedCard(ref, row.attached))
    return found


def recordings_of_calls(session: Session, ids: Collection[int]) -> dict[int, list[Values]]:
    found: dict[int, list[Values]] = {}
    for row in session.connection().execute(_RECORDINGS, {"ids": list(ids)}).mappings():
        found.setdefault(row["call_id"], []).append(dict(row))
    return found


def call_view(
    call: Values, parts: Parts, directory: Directory, actor: Actor | None, *, peaks: bool = False
) -> CallView:
    """`call`: the columns of its row."""
    audience = _audience(call, parts.users, directory)
    spoken = Audience(
        users=frozenset(parts.speakers), departments=_departments(parts.speakers, directory)
    )
    audible = actor is not None and allows_for(actor, Action.HEAR_RECORDINGS, spoken)
    started_at, ended_at = call["started_at"], call["ended_at"]
    return CallView(
        **{name: call[name] for name in _COPIED},
        wait_seconds=_seconds(started_at, call["answered_at"] or ended_at),
        talk_seconds=_talked(call),
        answered_by=_answered_by(call, directory),
        parties=tuple(_party_view(row, directory) for row in parts.parties),
        transfers=tuple(_transfer_view(row, directory) for row in parts.transfers),
        ringing=parts.live.ringing,
        consults=parts.live.consults,
        held_by=parts.live.held_by,
        recording=parts.live.recording,
        owner=_owner(call, directory),
        placed_by=_placed_by(call, directory),
        cards=tuple(parts.cards),
        recordings=tuple(
            recording_view(row, audible=audible, peaks=peaks) for row in parts.recordings
        ),
        audience=audience,
    )


def _party_view(row: Values, directory: Directory) -> PartyView:
    person = person_of(directory, row)
    return PartyView(person, row["line"], row["how"], row["joined_at"], row["left_at"])


def _transfer_view(row: Values, directory: Directory) -> TransferView:
    by = person_of(directory, row["by_party"]) if row["by_party"] else None
    to = person_of(directory, row["to_party"])
    return TransferView(row["kind"], by, to, row["at"], row["returned"])


def _audience(call: Values, users: Iterable[int], directory: Directory) -> Audience:
    """Those whom it concerned; of an inbound call also those for whom its line rings."""
    concerned = set(users)
    line = directory.lines.get(call["line"]) if call["direction"] == "inbound" else None
    if line is not None:
        ringing = (directory.user_of(extension) for extension in line.ring)
        concerned.update(person.id for person in ringing if person is not None)
    return Audience(users=frozenset(concerned), departments=_departments(concerned, directory))


def _departments(users: Iterable[int], directory: Directory) -> frozenset[int]:
    found = (directory.people.get(user) for user in users)
    return frozenset(
        p.department_id for p in found if p is not None and p.department_id is not None
    )


def recording_view(row: Values, *, audible: bool, peaks: bool) -> RecordingView:
    """`row`: columns of `recordings`."""
    hear = audible and row["state"] == "stored" and row["path"] is not None
    return RecordingView(
        id=row["id"],
        call_id=row["call_id"],
        state=row["state"],
        seconds=row["seconds"],
        channels=row["channels"],
        condition=row["condition"],
        problems=tuple(row["problems"] or ()),
        audible=hear,
        peaks=row["peaks"] or b"" if hear and peaks else b"",
        started_at=row["started_at"],
        gaps=tuple((start, end) for start, end in row["gaps"] or ()),
    )


def _owner(call: Values, directory: Directory) -> CallPerson | None:
    """Who the company says has the call of two who spoke with the client."""
    if directory.owner_is_first and call["answered_extension"] is not None:
        return _answered_by(call, directory)
    extension = call["last_extension"]
    if extension is None:
        return None
    return CallPerson(extension, None, directory.name_of(extension), call["last_user_id"])


def _answered_by(call: Values, directory: Directory) -> CallPerson | None:
    if call["answered_at"] is None:
        return None
    extension = call["answered_extension"]
    if extension is None:
        return CallPerson(None, call["number"] if call["direction"] == "outbound" else None)
    return CallPerson(extension, None, directory.name_of(extension), call["answered_by_id"])


def _placed_by(call: Values, directory: Directory) -> CallPerson | None:
    if call["direction"] == "inbound" or call["extension"] is None:
        return None
    return person_of(directory, {"extension": call["extension"]})


def _seconds(since: datetime, until: datetime | None) -> float | None:
    return None if until is None else max(0.0, round((until - since).total_seconds(), 3))


def _talked(call: Values) -> float | None:
    if call["ended_at"] is None:
        return None
    answered_at = call["answered_at"]
    return 0.0 if answered_at is None else _seconds(answered_at, call["ended_at"])
