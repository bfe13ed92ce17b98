"""Extensions and lines: what the PBX is made of. Every change reloads it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.db import Clock, Database
from crm.errors import Conflict, CrmError, Forbidden, Invalid, NotFound
from crm.people import audit
from crm.people.directory import Directories, Phone, pbx_directory
from crm.people.line_rules import check_extension, check_line
from crm.people.line_states import LineStates
from crm.people.models import Extension, Line, LineRing, User
from crm.people.permissions import Action, Actor, require
from crm.people.secrets import Entropy
from crm.people.views import ExtensionData, ExtensionView, LineData, LineView, UserRef
from pbx_bridge.directory import PbxDirectory

log = structlog.get_logger(__name__)


class LineService:
    """`reload` is the telephone's; its failure is logged, for the change itself is kept."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        bus: Bus,
        directories: Directories,
        entropy: Entropy,
        reload: Callable[[], Awaitable[None]],
        states: LineStates,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._entropy = entropy
        self._reload = reload
        self._states = states
        self._settling = asyncio.Lock()
        self._given: PbxDirectory | None = None

    async def pbx_directory(self) -> PbxDirectory:
        """What the PBX is rendered from. Holds SIP passwords: for the renderer alone."""
        return await self._db.read(pbx_directory)

    async def list_extensions(self, actor: Actor) -> tuple[ExtensionView, ...]:
        """By number. From memory: no query."""
        require(actor, Action.VIEW_PEOPLE)
        return tuple(self._extension(phone) for phone in self._directories.now.phones.values())

    async def get_extension(self, actor: Actor, number: str) -> ExtensionView:
        require(actor, Action.VIEW_PEOPLE)
        phone = self._directories.now.phones.get(number)
        if phone is None:
            raise NotFound("extension", number)
        return self._extension(phone)

    async def extension_password(self, actor: Actor, number: str) -> str:
        """What is typed into the phone: an administrator's, or its own employee's to see."""
        phone = self._directories.now.phones.get(number)
        if phone is None:
            raise NotFound("extension", number)
        if phone.user_id != actor.id:
            require(actor, Action.MANAGE)

        def work(session: Session) -> str:
            audit.note(session, actor, self._clock(), "saw_password", "extension", phone.id)
            return session.scalars(
                select(Extension.sip_password).where(Extension.id == phone.id)
            ).one()

        return await self._db.write(work)

    async def browser_password(self, actor: Actor, number: str) -> str:
        """What the browsers of the actor's own extension register with: for nobody else's eyes.

        Raises NotFound, also for an extension that no browser may be the phone of, and Forbidden.
        """
        phone = self._directories.now.phones.get(number)
        if phone is None:
            raise NotFound("extension", number)
        if phone.user_id != actor.id:
            raise Forbidden("This is not your extension")
        found = select(Extension.web_password).where(Extension.id == phone.id)
        password = await self._db.read(lambda s: s.scalar(found))
        if not password:
            raise NotFound("extension", number)
        return password

    async def create_extension(self, actor: Actor, data: ExtensionData) -> ExtensionView:
        """`number` is required; its SIP password is made at random. Raises Invalid, Conflict."""
        require(actor, Action.MANAGE)
        values = check_extension(data, new=True)

        def work(session: Session) -> int:
            if "name" not in values:
                user = session.get(User, values.get("user_id") or 0)
                values["name"] = user.name if user else values["number"]
            passwords = {"sip_password": self._entropy(18), "web_password": self._entropy(18)}
            extension = Extension(**values, **passwords)
            session.add(extension)
            _flush(session, "This extension exists already, or the user does not")
            audit.note(
                session, actor, self._clock(), "created", "extension", extension.id, **values
            )
            return extension.id

        await self._db.write(work)
        await self.changed()
        return await self.get_extension(actor, values["number"])

    async def update_extension(
        self, actor: Actor, number: str, data: ExtensionData, *, new_password: bool = False
    ) -> ExtensionView:
        require(actor, Action.MANAGE)
        values = check_extension(data, new=False)
        if new_password:
            values |= {"sip_password": self._entropy(18), "web_password": self._entropy(18)}

        def work(session: Session) -> None:
            extension = _extension_row(session, number)
            for name, value in values.items():
                setattr(extension, name, value)
            _flush(session, "This extension exists already, or the user does not")
            changed = sorted(values)
            audit.note(
                session, actor, self._clock(), "changed", "extension", extension.id, fields=changed
            )

        await self._db.write(work)
        await self.changed()
        return await self.get_extension(actor, values.get("number", number))

    async def delete_extension(self, actor: Actor, number: str) -> None:
        require(actor, Action.MANAGE)

        def work(session: Session) -> None:
            extension = _extension_row(session, number)
            session.delete(extension)
            audit.note(
                session, actor, self._clock(), "deleted", "extension", extension.id, number=number
            )

        await self._db.write(work)
        await self.changed()

    async def list_lines(self, actor: Actor) -> tuple[LineView, ...]:
        """By name. From memory: no query."""
        require(actor, Action.VIEW_PEOPLE)
        return tuple(self._states.shown(line) for line in self._directories.now.lines.values())

    async def get_line(self, actor: Actor, name: str) -> LineView:
        require(actor, Action.VIEW_PEOPLE)
        line = self._directories.now.lines.get(name)
        if line is None:
            raise NotFound("line", name)
        return self._states.shown(line)

    async def save_line(self, actor: Actor, data: LineData, name: str | None = None) -> LineView:
        """Make a line, or change the one called `name`. Raises Invalid, Conflict, NotFound."""
        require(actor, Action.MANAGE)
        old = None if name is None else await self.get_line(actor, name)
        values, ring = check_line(data, old)

        def work(session: Session) -> str:
            line = Line() if old is None else session.get_one(Line, old.id)
            for key, value in values.items():
                setattr(line, key, value)
            session.add(line)
            _flush(session, "A line of this name or number exists already")
            if ring is not None:
                _set_ring(session, line.id, ring)
            verb = "created" if old is None else "changed"
            fields = sorted(data)
            audit.note(session, actor, self._clock(), verb, "line", line.id, fields=fields)
            return line.name

        saved = await self._db.write(work)
        await self.changed()
        return await self.get_line(actor, saved)

    async def delete_line(self, actor: Actor, name: str) -> None:
        """Calls keep the line's name."""
        require(actor, Action.MANAGE)
        line = await self.get_line(actor, name)

        def work(session: Session) -> None:
            session.execute(delete(Line).where(Line.id == line.id))
            audit.note(session, actor, self._clock(), "deleted", "line", line.id, name=name)

        await self._db.write(work)
        await self.changed()

    def _extension(self, phone: Phone) -> ExtensionView:
        person = self._directories.now.people.get(phone.user_id or 0)
        user = UserRef(person.id, person.name) if person else None
        return ExtensionView(
            phone.id, phone.number, phone.name, user, phone.pickup_group, phone.record
        )

    async def changed(self) -> None:
        """Extensions or lines are different in the database: have everybody take that up."""
        await self._db.read(self._directories.renew)
        self._bus.publish([BusEvent("directory.changed", self._clock(), {})])
        await self.settle()

    def given(self, directory: PbxDirectory) -> None:
        """The PBX has been started with this."""
        self._given = directory

    async def settle(self) -> None:
        """Returns when the PBX has what extensions, lines and people are now: it is reloaded once,
        if it has something else. One that has not been started yet is started with all of it.
        """
        async with self._settling:
            if self._given is None:
                return
            now = await self.pbx_directory()
            if now == self._given:
                return
            try:
                await self._reload()
            except CrmError:  # the next time it is tried again; the change itself is right and kept
                log.warning("pbx_not_reloaded", exc_info=True)
            else:
                self._given = now


def _extension_row(session: Session, number: str) -> Extension:
    extension = session.scalars(select(Extension).where(Extension.number == number)).one_or_none()
    if extension is None:
        raise NotFound("extension", number)
    return extension


def _flush(session: Session, message: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(message) from error


def _set_ring(session: Session, line_id: int, ring: list[str]) -> None:
    known = dict(session.execute(select(Extension.number, Extension.id)).all())
    session.execute(delete(LineRing).where(LineRing.line_id == line_id))
    rows: list[dict[str, Any]] = []
    for position, number in enumerate(dict.fromkeys(ring)):
        if number not in known:
            raise Invalid({"ring": f"there is no extension {number}"})
        rows.append({"line_id": line_id, "extension_id": known[number], "position": position})
    if rows:
        session.execute(insert(LineRing), rows)
