"""Missed calls as people work them off (T15): a counter, a list by client, clearing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement

from crm.bus import Bus, BusEvent
from crm.columns import UtcDateTime, from_micros, to_micros
from crm.db import Clock, Database
from crm.errors import Invalid, NotFound
from crm.paging import Page, check_limit, decode_cursor, encode_cursor
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, allows_for, require
from crm.people.views import UserRef
from crm.telephony import listing, reading
from crm.telephony.call_json import call_json
from crm.telephony.models import Call, MissedCall
from crm.telephony.views import CallFilter, CallView, MissedView

_Later = aliased(MissedCall)


class MissedService:
    """`country`: of numbers typed without a prefix."""

    def __init__(
        self, db: Database, clock: Clock, bus: Bus, directories: Directories, country: str
    ) -> None:
        self._db = db
        self._country = country
        self._clock = clock
        self._bus = bus
        self._directories = directories

    async def list_missed(
        self,
        actor: Actor,
        *,
        cleared: bool = False,
        mine: bool = False,
        q: str = "",
        line: str | None = None,
        order: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[MissedView]:
        """One item for each number that waits to be called back, its latest call; newest first.

        `mine`: those whose client the actor is responsible for. `cleared`: the history instead,
        call by call. `order`: missed, or -missed. Raises Invalid.
        """
        check_limit(limit)
        order = listing.one_of("order", order or "-missed", ("missed", "-missed"))
        wanted = CallFilter(q=q, line=line)

        def work(session: Session) -> Page[MissedView]:
            where = self._where(session, actor, wanted, cleared=cleared, mine=mine)
            total = _count(session, where)
            ids, after = _page(session, where, limit, cursor, newest_first=order.startswith("-"))
            return Page(self._views(session, actor, ids), total, after)

        return await self._db.read(work)

    async def count(self, actor: Actor, *, mine: bool = False) -> int:
        """Numbers that wait to be called back: as many as `list_missed` has."""

        def work(session: Session) -> int:
            where = self._where(session, actor, CallFilter(), cleared=False, mine=mine)
            return _count(session, where)

        return await self._db.read(work)

    async def clear(self, actor: Actor, call_id: int) -> None:
        """The client was dealt with otherwise: this missed call and the others of the number.

        A second time changes nothing. Raises NotFound, Forbidden.
        """

        def work(session: Session) -> list[CallView]:
            row = self._of(session, actor, call_id)
            same = MissedCall.call_id == call_id
            if row.number is not None:
                same = MissedCall.number == row.number
            now = self._clock()
            done = session.scalars(
                update(MissedCall)
                .where(same, MissedCall.cleared_at.is_(None))
                .values(cleared_at=now, cleared_by_id=actor.id)
                .returning(MissedCall.call_id)
                .execution_options(synchronize_session=False)
            ).all()
            audit.note(session, actor, now, "cleared_missed", "call", call_id)
            return list(reading.call_views(session, done, self._directories.now).values())

        self._publish("missed.cleared", await self._db.write(work))

    async def reopen(self, actor: Actor, call_id: int) -> None:
        """Undoes `clear`: this missed call and those that were cleared with it wait again.

        One that was cleared by reaching the client stays so. Raises NotFound, Forbidden.
        """

        def work(session: Session) -> list[CallView]:
            row = self._of(session, actor, call_id)
            same = MissedCall.call_id == call_id
            if row.number is not None:
                same = (MissedCall.number == row.number) & (MissedCall.cleared_at == row.cleared_at)
            again = session.scalars(
                update(MissedCall)
                .where(same, MissedCall.cleared_call_id.is_(None))
                .values(cleared_at=None, cleared_by_id=None)
                .returning(MissedCall.call_id)
                .execution_options(synchronize_session=False)
            ).all()
            audit.note(session, actor, self._clock(), "reopened_missed", "call", call_id)
            return list(reading.call_views(session, again, self._directories.now).values())

        self._publish("missed.raised", await self._db.write(work))

    def _of(self, session: Session, actor: Actor, call_id: int) -> MissedCall:
        """The missed call, if this actor may clear it."""
        row = session.get(MissedCall, call_id)
        if row is None:
            raise NotFound("missed call", call_id)
        call = reading.call_views(session, [call_id], self._directories.now, actor)[call_id]
        if not allows_for(actor, Action.CLEAR_MISSED, call.audience):
            require(actor, Action.CLEAR_MISSED)
        return row

    def _publish(self, name: str, calls: Sequence[CallView]) -> None:
        self._bus.publish(
            BusEvent(name, self._clock(), {"call": call_json(call)}, call.audience)
            for call in calls
        )

    def _where(
        self, session: Session, actor: Actor, wanted: CallFilter, *, cleared: bool, mine: bool
    ) -> list[ColumnElement[bool]]:
        directory = self._directories.now
        where = listing.conditions(session, actor, directory, wanted, self._country)
        if mine:
            where.append(MissedCall.responsible_id == actor.id)
        if cleared:
            where.append(MissedCall.cleared_at.is_not(None))
            return where
        where.append(MissedCall.cleared_at.is_(None))
        later = (
            select(_Later.call_id)
            .where(
                _Later.number == MissedCall.number,
                _Later.cleared_at.is_(None),
                tuple_(_Later.raised_at, _Later.call_id)
                > tuple_(MissedCall.raised_at, MissedCall.call_id),
            )
            .exists()
        )
        where.append(~later)
        return where

    def _views(self, session: Session, actor: Actor, ids: Sequence[int]) -> tuple[MissedView, ...]:
        directory = self._directories.now
        calls = reading.call_views(session, ids, directory, actor)
        rows = {
            row.call_id: row
            for row in session.scalars(select(MissedCall).where(MissedCall.call_id.in_(ids)))
        }
        tries = _tries(session, [row.number for row in rows.values() if row.number])

        def ref(user_id: int | None) -> UserRef | None:
            person = directory.people.get(user_id or 0)
            return UserRef(person.id, person.name) if person else None

        return tuple(
            MissedView(
                call=calls[i],
                responsible=ref(rows[i].responsible_id),
                cleared_at=rows[i].cleared_at,
                cleared_by=ref(rows[i].cleared_by_id),
                cleared_call_id=rows[i].cleared_call_id,
                tries=1 if rows[i].cleared_at else tries.get(rows[i].number or "", 1),
            )
            for i in ids
        )


def _count(session: Session, where: list[ColumnElement[bool]]) -> int:
    query = select(func.count()).select_from(MissedCall)
    return session.scalar(query.join(Call, Call.id == MissedCall.call_id).where(*where)) or 0


def _page(
    session: Session,
    where: list[ColumnElement[bool]],
    limit: int,
    cursor: str | None,
    *,
    newest_first: bool,
) -> tuple[list[int], str | None]:
    keys = (MissedCall.raised_at, MissedCall.call_id)
    query = (
        select(*keys)
        .join(Call, Call.id == MissedCall.call_id)
        .where(*where)
        .order_by(*(key.desc() if newest_first else key.asc() for key in keys))
        .limit(limit + 1)
    )
    if cursor is not None:
        edge, last = _edge(cursor)
        mark: Any = tuple_(edge, last, types=[UtcDateTime(), MissedCall.call_id.type])
        place = tuple_(*keys)
        query = query.where(place < mark if newest_first else place > mark)
    rows = session.execute(query).all()
    more = len(rows) > limit
    rows = rows[:limit]
    after = encode_cursor(to_micros(rows[-1][0]), rows[-1][1]) if more else None
    return [row[1] for row in rows], after


def _edge(cursor: str) -> tuple[datetime, int]:
    micros, last = decode_cursor(cursor, int, int)
    try:
        return from_micros(int(str(micros))), int(str(last))
    except (ValueError, OverflowError) as error:
        raise Invalid({"cursor": "is not a cursor of this list"}) from error


def _tries(session: Session, numbers: list[str]) -> dict[str, int]:
    rows = session.execute(
        select(MissedCall.number, func.count())
        .where(MissedCall.number.in_(numbers), MissedCall.cleared_at.is_(None))
        .group_by(MissedCall.number)
    )
    return {number: count for number, count in rows if number is not None}
