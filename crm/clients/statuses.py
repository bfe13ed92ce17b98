"""The statuses of leads are the company's own: a list that the administrator keeps."""

import re
from collections.abc import Callable

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.clients import store
from crm.clients.models import Card, LeadStatus, StatusKind
from crm.clients.views import StatusView
from crm.db import Clock, Database
from crm.errors import Conflict, Invalid, NotFound
from crm.people import audit
from crm.people.permissions import Action, Actor, require
from crm.text import words

COLORS = ("blue", "azure", "green", "lime", "yellow", "orange", "red", "purple", "secondary")
CONVERTED = "converted"
KEPT_OPEN = "One status must stay open: new leads get it"
NAMED = "A status of this name exists already"


class StatusService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def save_status(
        self,
        actor: Actor,
        name: str,
        *,
        status_id: int | None = None,
        kind: StatusKind = StatusKind.OPEN,
        color: str = "blue",
        position: int | None = None,
    ) -> StatusView:
        """Make a status, or change one. Raises Invalid, NotFound, Conflict."""
        require(actor, Action.MANAGE)
        name = " ".join(name.split())
        if not 1 <= len(name) <= 60:
            raise Invalid({"name": "must have 1 to 60 characters"})
        if color not in COLORS:
            raise Invalid({"color": f"must be one of {', '.join(COLORS)}"})

        def work(session: Session) -> StatusView:
            status = _found_or_new(session, name, status_id)
            if status.code == CONVERTED and kind is not StatusKind.WON:
                raise Conflict("Converted leads need this status")
            status.name, status.kind, status.color = name, kind, color
            if position is not None:
                status.position = position
            session.add(status)
            _refused(session.flush, NAMED)
            _only_one_of_the_name(session, status)
            _open_or_close(session, status)
            _keep_an_open_status(session)
            audit.note(session, actor, self._clock(), "saved", "status", status.id, name=name)
            return store.statuses(session)[status.id]

        return await self._db.write(work)

    async def count_by_status(self, actor: Actor) -> dict[int, int]:
        """A status's id -> how many leads have it; deleted ones are not counted."""
        require(actor, Action.MANAGE)
        query = (
            select(Card.status_id, func.count())
            .where(Card.status_id.is_not(None), Card.deleted_at.is_(None))
            .group_by(Card.status_id)
        )
        rows = await self._db.read(lambda s: s.execute(query).all())
        return {status: leads for status, leads in rows if status is not None}

    async def move_status(self, actor: Actor, status_id: int, *, up: bool) -> None:
        """One place up or down in the order; at the end of the list it stays. Raises NotFound."""
        require(actor, Action.MANAGE)

        def work(session: Session) -> None:
            order = list(
                session.scalars(select(LeadStatus).order_by(LeadStatus.position, LeadStatus.id))
            )
            place = next((i for i, one in enumerate(order) if one.id == status_id), None)
            if place is None:
                raise NotFound("status", status_id)
            order.insert(max(0, place - 1) if up else place + 1, order.pop(place))
            for position, status in enumerate(order):
                status.position = position
            audit.note(session, actor, self._clock(), "saved", "status", status_id)

        await self._db.write(work)

    async def delete_status(
        self, actor: Actor, status_id: int, *, move_to: int | None = None
    ) -> None:
        """Its leads get the status `move_to`; without one it must have no leads (deleted leads
        get the first that is open). Raises NotFound, Conflict, Invalid.
        """
        require(actor, Action.MANAGE)
        if status_id == move_to:
            raise Invalid({"move_to": "must be another status"})

        def work(session: Session) -> None:
            old = session.get(LeadStatus, status_id)
            if old is None:
                raise NotFound("status", status_id)
            if old.code == CONVERTED:
                raise Conflict("Converted leads need this status")
            heir = _unused(session, status_id) if move_to is None else move_to
            new = session.get(LeadStatus, heir)
            if new is None:
                raise NotFound("status", heir)
            session.execute(update(Card).where(Card.status_id == old.id).values(status_id=new.id))
            _open_or_close(session, new)
            session.delete(old)
            session.flush()
            _keep_an_open_status(session)
            audit.note(session, actor, self._clock(), "deleted", "status", status_id)

        await self._db.write(work)


def converted_status(session: Session) -> int | None:
    """The status of a lead that became a contact."""
    return session.scalar(
        select(LeadStatus.id)
        .where(LeadStatus.kind == StatusKind.WON)
        .order_by(LeadStatus.code != CONVERTED, LeadStatus.position)
        .limit(1)
    )


def _found_or_new(session: Session, name: str, status_id: int | None) -> LeadStatus:
    if status_id is None:
        last = session.scalar(select(func.max(LeadStatus.position))) or 0
        return LeadStatus(code=_code(name), position=last + 1)
    status = session.get(LeadStatus, status_id)
    if status is None:
        raise NotFound("status", status_id)
    return status


def _open_or_close(session: Session, status: LeadStatus) -> None:
    """Its leads are open or closed as it is; a converted one stays closed."""
    is_open = status.kind == StatusKind.OPEN
    change = (
        update(Card)
        .where(Card.status_id == status.id, Card.converted_to_id.is_(None))
        .values(is_open=is_open)
    )
    _refused(lambda: session.execute(change), "Two leads of one number would be open")


def _only_one_of_the_name(session: Session, status: LeadStatus) -> None:
    others = session.scalars(select(LeadStatus.name).where(LeadStatus.id != status.id))
    if status.name.casefold() in {name.casefold() for name in others}:
        raise Conflict(NAMED)


def _unused(session: Session, status_id: int) -> int:
    """The status for its deleted leads, who may come back. Raises Conflict if others have it."""
    having = select(func.count()).where(Card.status_id == status_id, Card.deleted_at.is_(None))
    if leads := session.scalar(having):
        raise Conflict(f"Leads with this status: {leads}. Give them another one first")
    heir = session.scalar(
        select(LeadStatus.id)
        .where(LeadStatus.kind == StatusKind.OPEN, LeadStatus.id != status_id)
        .order_by(LeadStatus.position, LeadStatus.id)
        .limit(1)
    )
    if heir is None:
        raise Conflict(KEPT_OPEN)
    return heir


def _refused(write: Callable[[], object], message: str) -> None:
    try:
        write()
    except IntegrityError as error:
        raise Conflict(message) from error


def _code(name: str) -> str:
    code = "_".join(re.sub(r"[^a-z0-9]", "", word) for word in words(name)).strip("_")[:30]
    if not code:
        raise Invalid({"name": "must have letters or digits"})
    return code


def _keep_an_open_status(session: Session) -> None:
    """A new lead must have one to begin with."""
    query = select(LeadStatus.id).where(LeadStatus.kind == StatusKind.OPEN).limit(1)
    if session.scalar(query) is None:
        raise Conflict(KEPT_OPEN)
