"""Rows as views: any number of calls in a fixed, small number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.bus import Audience
from crm.clients.models import Card, CardType
from crm.clients.views import CardRef
from crm.db import from_micros
from crm.people.directory import Directory
from crm.people.permissions import Action, Actor, allows_for
from crm.telephony.models import (
    Call,
    CallCard,
    CallEvent,
    CallParty,
    CallTransfer,
    CallUser,
    Recording,
)
from crm.telephony.views import (
    AttachedCard,
    CallPerson,
    CallView,
    PartyView,
    RecordingView,
    RingingView,
    StoryItem,
    TransferView,
)

_RINGING = ("call.ringing", "call.ringing_stopped")


@dataclass(slots=True)
class _Parts:
    """What belongs to each call, by the call's id."""

    parties: dict[int, list[PartyView]] = field(default_factory=lambda: defaultdict(list))
    transfers: dict[int, list[TransferView]] = field(default_factory=lambda: defaultdict(list))
    ringing: dict[int, list[RingingView]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[int, list[AttachedCard]] = field(default_factory=lambda: defaultdict(list))
    users: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    recordings: dict[int, list[Recording]] = field(default_factory=lambda: defaultdict(list))


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
    calls = session.scalars(select(Call).where(Call.id.in_(ids))).all()
    parts = _Parts()
    _read_people(session, ids, directory, parts)
    _read_cards(session, ids, parts)
    live = [call.id for call in calls if call.state != "ended"]
    _read_ringing(session, live, directory, parts)
    for recording in session.scalars(
        select(Recording).where(Recording.call_id.in_(ids)).order_by(Recording.id)
    ):
        parts.recordings[recording.call_id].append(recording)
    return {call.id: _view(call, parts, directory, actor, peaks=peaks) for call in calls}


def person_of(directory: Directory, party: dict[str, Any]) -> CallPerson:
    """A party of the journal, with its employee's name."""
    extension = party.get("extension")
    user = directory.user_of(extension)
    name = directory.name_of(extension) if extension else party.get("name")
    return CallPerson(extension, party.get("number"), name, user.id if user else None)


def _read_people(
    session: Session, ids: Collection[int], directory: Directory, parts: _Parts
) -> None:
    statement = select(CallParty).where(CallParty.call_id.in_(ids)).order_by(CallParty.seq)
    for row in session.scalars(statement):
        name = directory.name_of(row.extension) if row.extension else row.name
        person = CallPerson(row.extension, row.number, name, row.user_id)
        parts.parties[row.call_id].append(
            PartyView(person, row.line, row.how, row.joined_at, row.left_at)
        )
    moves = select(CallTransfer).where(CallTransfer.call_id.in_(ids)).order_by(CallTransfer.seq)
    for move in session.scalars(moves):
        by = person_of(directory, move.by_party) if move.by_party else None
        to = person_of(directory, move.to_party)
        parts.transfers[move.call_id].append(
            TransferView(move.kind, by, to, move.at, move.returned)
        )
    for call_id, user_id in session.execute(
        select(CallUser.call_id, CallUser.user_id).where(CallUser.call_id.in_(ids))
    ):
        parts.users[call_id].add(user_id)


def _read_cards(session: Session, ids: Collection[int], parts: _Parts) -> None:
    statement = (
        select(CallCard.call_id, CallCard.attached, Card.id, Card.type, Card.name)
        .join(Card, Card.id == CallCard.card_id)
        .where(CallCard.call_id.in_(ids), Card.deleted_at.is_(None))
        .order_by(CallCard.attached.desc(), Card.active_at.desc(), Card.id.desc())
    )
    for row in session.execute(statement):
        ref = CardRef(CardType(row.type), row.id, row.name)
        parts.cards[row.call_id].append(AttachedCard(ref, row.attached))


def _read_ringing(
    session: Session, ids: Collection[int], directory: Directory, parts: _Parts
) -> None:
    """Who rings is not in a table of its own: only calls that live have it, and they are few."""
    if not ids:
        return
    began: dict[tuple[int, str], dict[str, Any]] = {}
    since: dict[tuple[int, str], int] = {}
    stopped: set[tuple[int, str]] = set()
    for row in session.execute(
        select(CallEvent.call_id, CallEvent.key, CallEvent.type, CallEvent.at, CallEvent.body)
        .where(CallEvent.call_id.in_(ids), CallEvent.type.in_(_RINGING))
        .order_by(CallEvent.id)
    ):
        mark = (row.call_id, row.key.partition(":")[2])
        if row.type == "call.ringing":
            began[mark], since[mark] = row.body["party"], row.at
        else:
            stopped.add(mark)
    for mark, party in began.items():
        if mark not in stopped:
            person = person_of(directory, party)
            parts.ringing[mark[0]].append(RingingView(person, from_micros(since[mark])))


def _view(
    call: Call, parts: _Parts, directory: Directory, actor: Actor | None, *, peaks: bool
) -> CallView:
    audience = _audience(call, parts.users[call.id], directory)
    audible = actor is not None and allows_for(actor, Action.HEAR_RECORDINGS, audience)
    return CallView(
        id=call.id,
        key=call.key,
        direction=call.direction,
        state=call.state,
        outcome=call.outcome,
        number=call.number,
        withheld=call.withheld,
        network_name=call.network_name,
        line=call.line,
        dialled=call.dialled,
        extension=call.extension,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        wait_seconds=_seconds(call.started_at, call.answered_at or call.ended_at),
        talk_seconds=_talked(call),
        answered_by=_answered_by(call, directory),
        ended_by_side=call.ended_by_side,
        cause=call.cause,
        assumed=call.assumed,
        quality=call.quality,
        parties=tuple(parts.parties[call.id]),
        transfers=tuple(parts.transfers[call.id]),
        ringing=tuple(parts.ringing[call.id]),
        cards=tuple(parts.cards[call.id]),
        recordings=tuple(
            recording_view(row, audible=audible, peaks=peaks) for row in parts.recordings[call.id]
        ),
        audience=audience,
    )


def _audience(call: Call, users: Iterable[int], directory: Directory) -> Audience:
    """Those whom it concerned; of an inbound call also those for whom its line rings."""
    concerned = set(users)
    line = directory.lines.get(call.line) if call.line and call.direction == "inbound" else None
    if line is not None:
        ringing = (directory.user_of(extension) for extension in line.ring)
        concerned.update(person.id for person in ringing if person is not None)
    departments = {
        person.department_id
        for user in concerned
        if (person := directory.people.get(user)) is not None and person.department_id is not None
    }
    return Audience(users=frozenset(concerned), departments=frozenset(departments))


def recording_view(row: Recording, *, audible: bool, peaks: bool) -> RecordingView:
    hear = audible and row.state == "stored" and row.path is not None
    return RecordingView(
        id=row.id,
        call_id=row.call_id,
        state=row.state,
        seconds=row.seconds,
        channels=row.channels,
        condition=row.condition,
        problems=tuple(row.problems or ()),
        audible=hear,
        peaks=row.peaks or b"" if hear and peaks else b"",
        started_at=row.started_at,
    )


def _answered_by(call: Call, directory: Directory) -> CallPerson | None:
    if call.answered_at is None:
        return None
    if call.answered_extension is None:
        return CallPerson(None, call.number if call.direction == "outbound" else None)
    name = directory.name_of(call.answered_extension)
    return CallPerson(call.answered_extension, None, name, call.answered_by_id)


def _seconds(since: datetime, until: datetime | None) -> float | None:
    return None if until is None else max(0.0, round((until - since).total_seconds(), 3))


def _talked(call: Call) -> float | None:
    if call.ended_at is None:
        return None
    return 0.0 if call.answered_at is None else _seconds(call.answered_at, call.ended_at)


def story(session: Session, call_id: int, directory: Directory) -> tuple[StoryItem, ...]:
    """The journal of one call, and of those merged into it, in the order of what happened."""
    merged = select(Call.id).where(Call.merged_into_id == call_id)
    rows = session.execute(
        select(CallEvent.key, CallEvent.type, CallEvent.at, CallEvent.body)
        .where((CallEvent.call_id == call_id) | CallEvent.call_id.in_(merged))
        .order_by(CallEvent.at, CallEvent.id)
    )
    return tuple(
        StoryItem(row.key, row.type, from_micros(row.at), row.body, _names(row.body, directory))
        for row in rows
    )


def _names(body: dict[str, Any], directory: Directory) -> dict[str, str]:
    mentioned = [value.get("extension") for value in body.values() if isinstance(value, dict)]
    mentioned.append(body.get("extension"))
    return {
        extension: name
        for extension in mentioned
        if isinstance(extension, str) and (name := directory.name_of(extension)) is not None
    }
