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
            _refused(session.flush, "A status of this name exists already")
            _open_or_close(session, status)
            _keep_an_open_status(session)
            audit.note(session, actor, self._clock(), "saved", "status", status.id, name=name)
            return store.statuses(session)[status.id]

        return await self._db.write(work)

    async def delete_status(self, actor: Actor, status_id: int, *, move_to: int) -> None:
        """Its leads get the status `move_to`. Raises NotFound, Conflict, Invalid."""
        require(actor, Action.MANAGE)
        if status_id == move_to:
            raise Invalid({"move_to": "must be another status"})

        def work(session: Session) -> None:
            old, new = session.get(LeadStatus, status_id), session.get(LeadStatus, move_to)
            if old is None or new is None:
                raise NotFound("status", status_id if old is None else move_to)
            if old.code == CONVERTED:
                raise Conflict("Converted leads need this status")
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
        raise Conflict("One status must stay open: new leads get it")
