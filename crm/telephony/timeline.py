"""A card's one timeline: its calls with their stories and notes, and what else happened on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from crm.clients.models import Activity, Card
from crm.clients.notes import activity_view
from crm.clients.views import ActivityView
from crm.columns import UtcDateTime, from_micros, to_micros
from crm.db import Database
from crm.errors import Invalid, NotFound
from crm.paging import Page, check_limit, decode_cursor, encode_cursor
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require
from crm.telephony import reading
from crm.telephony.models import Call, CallCard
from crm.telephony.stories import stories
from crm.telephony.views import TimelineItem

# At the same moment a call stands above what it caused.
_CALL, _ACTIVITY = 1, 0


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    at: datetime
    kind: int
    id: int


class TimelineService:
    def __init__(self, db: Database, directories: Directories) -> None:
        self._db = db
        self._directories = directories

    async def timeline(
        self, actor: Actor, card_id: int, *, limit: int = 30, cursor: str | None = None
    ) -> Page[TimelineItem]:
        """Newest first. Whoever may see the card sees its calls; recordings by their own rule.

        Raises NotFound, also for a deleted card.
        """
        require(actor, Action.VIEW_CLIENTS)
        check_limit(limit)
        before = None if cursor is None else _decode(cursor)

        def work(session: Session) -> Page[TimelineItem]:
            card = session.get(Card, card_id)
            if card is None or card.deleted_at is not None:
                raise NotFound("card", card_id)
            places = _places(session, card_id, before, limit + 1)
            more = len(places) > limit
            places = places[:limit]
            last = places[-1] if places else None
            after = encode_cursor(to_micros(last.at), last.kind, last.id) if more and last else None
            return Page(self._items(session, actor, places), _total(session, card_id), after)

        return await self._db.read(work)

    async def notes_of_call(self, actor: Actor, call_id: int) -> tuple[ActivityView, ...]:
        """In order of writing. Whoever sees the call may read them: ask for the call first."""
        require(actor, Action.VIEW_CLIENTS)
        return await self._db.read(
            lambda s: tuple(_notes(s, [call_id], self._directories).get(call_id, ()))
        )

    def _items(
        self, session: Session, actor: Actor, places: Sequence[_Place]
    ) -> tuple[TimelineItem, ...]:
        directory = self._directories.now
        call_ids = [place.id for place in places if place.kind == _CALL]
        calls = reading.call_views(session, call_ids, directory, actor, peaks=True)
        told = stories(session, call_ids, directory)
        notes = _notes(session, call_ids, self._directories)
        others = [place.id for place in places if place.kind == _ACTIVITY]
        rows = session.scalars(select(Activity).where(Activity.id.in_(others)))
        activities = {row.id: activity_view(row, directory) for row in rows}
        return tuple(
            TimelineItem(
                place.at,
                call=calls[place.id],
                notes=tuple(notes.get(place.id, ())),
                story=told.get(place.id, ()),
            )
            if place.kind == _CALL
            else TimelineItem(place.at, activity=activities[place.id])
            for place in places
        )


def _decode(cursor: str) -> _Place:
    micros, kind, last = decode_cursor(cursor, int, int, int)
    try:
        return _Place(from_micros(int(str(micros))), int(str(kind)), int(str(last)))
    except (ValueError, OverflowError) as error:
        raise Invalid({"cursor": "is not a cursor of this list"}) from error


def _own_activities(card_id: int) -> ColumnElement[bool]:
    """A note taken in a call stands with the call, not beside it."""
    return and_(
        Activity.card_id == card_id,
        Activity.deleted_at.is_(None),
        or_(Activity.kind != "note", Activity.call_id.is_(None)),
    )


def _places(session: Session, card_id: int, before: _Place | None, most: int) -> list[_Place]:
    calls = (
        select(CallCard.started_at, CallCard.call_id)
        .join(Call, Call.id == CallCard.call_id)
        .where(CallCard.card_id == card_id, Call.merged_into_id.is_(None))
        .order_by(CallCard.started_at.desc(), CallCard.call_id.desc())
        .limit(most)
    )
    activities = (
        select(Activity.at, Activity.id)
        .where(_own_activities(card_id))
        .order_by(Activity.at.desc(), Activity.id.desc())
        .limit(most)
    )
    if before is not None:
        mark = tuple_(literal(before.at, UtcDateTime()), literal(before.kind), literal(before.id))
        calls = calls.where(tuple_(CallCard.started_at, literal(_CALL), CallCard.call_id) < mark)
        activities = activities.where(tuple_(Activity.at, literal(_ACTIVITY), Activity.id) < mark)
    places = [_Place(at, _CALL, i) for at, i in session.execute(calls)]
    places += [_Place(at, _ACTIVITY, i) for at, i in session.execute(activities)]
    return sorted(places, reverse=True)[:most]


def _total(session: Session, card_id: int) -> int:
    calls = select(func.count()).select_from(CallCard).where(CallCard.card_id == card_id)
    others = select(func.count()).select_from(Activity).where(_own_activities(card_id))
    return (session.scalar(calls) or 0) + (session.scalar(others) or 0)


def _notes(
    session: Session, call_ids: Sequence[int], directories: Directories
) -> dict[int, list[ActivityView]]:
    found: dict[int, list[ActivityView]] = {}
    if not call_ids:
        return found
    rows = session.scalars(
        select(Activity)
        .where(
            Activity.call_id.in_(call_ids), Activity.kind == "note", Activity.deleted_at.is_(None)
        )
        .order_by(Activity.at, Activity.id)
    )
    for row in rows:
        found.setdefault(row.call_id or 0, []).append(activity_view(row, directories.now))
    return found
