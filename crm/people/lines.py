"""Extensions and lines: what the PBX is made of. Every change reloads it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.clients.numbers import is_country, normalize
from crm.db import Clock, Database
from crm.errors import Conflict, CrmError, Invalid, NotFound
from crm.people import audit
from crm.people.directory import Directories, Phone, pbx_directory
from crm.people.models import Extension, Line, LineRing, User
from crm.people.permissions import Action, Actor, require
from crm.people.secrets import Entropy
from crm.people.views import ExtensionData, ExtensionView, LineData, LineView, UserRef
from crm.validation import Checker
from pbx_bridge.directory import PbxDirectory

log = structlog.get_logger(__name__)

_EXTENSION = re.compile(r"[1-9][0-9]{1,5}")
_LINE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:]{2,45}\](:[0-9]{1,5})?")
_SIP_TEXT = re.compile(r"[\x21-\x7e]*")  # no spaces, nothing that ends a line of a file
_SIP_UNSAFE = re.compile(r"[;\"\\\[\]]")  # comment and section marks of the PBX's files
MODES = ("accept", "register", "address")


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
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._entropy = entropy
        self._reload = reload

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

    async def create_extension(self, actor: Actor, data: ExtensionData) -> ExtensionView:
        """`number` is required; its SIP password is made at random. Raises Invalid, Conflict."""
        require(actor, Action.MANAGE)
        values = _check_extension(data, new=True)

        def work(session: Session) -> int:
            if "name" not in values:
                user = session.get(User, values.get("user_id") or 0)
                values["name"] = user.name if user else values["number"]
            extension = Extension(**values, sip_password=self._entropy(18))
            session.add(extension)
            _flush(session, "This extension exists already, or the user does not")
            audit.note(
                session, actor, self._clock(), "created", "extension", extension.id, **values
            )
            return extension.id

        await self._db.write(work)
        await self._changed()
        return await self.get_extension(actor, values["number"])

    async def update_extension(
        self, actor: Actor, number: str, data: ExtensionData, *, new_password: bool = False
    ) -> ExtensionView:
        require(actor, Action.MANAGE)
        values = _check_extension(data, new=False)
        if new_password:
            values["sip_password"] = self._entropy(18)

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
        await self._changed()
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
        await self._changed()

    async def list_lines(self, actor: Actor) -> tuple[LineView, ...]:
        """By name. From memory: no query."""
        require(actor, Action.VIEW_PEOPLE)
        return tuple(self._directories.now.lines.values())

    async def get_line(self, actor: Actor, name: str) -> LineView:
        require(actor, Action.VIEW_PEOPLE)
        line = self._directories.now.lines.get(name)
        if line is None:
            raise NotFound("line", name)
        return line

    async def save_line(self, actor: Actor, data: LineData, name: str | None = None) -> LineView:
        """Make a line, or change the one called `name`. Raises Invalid, Conflict, NotFound."""
        require(actor, Action.MANAGE)
        old = None if name is None else await self.get_line(actor, name)
        values, ring = _check_line(data, old)

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
        await self._changed()
        return await self.get_line(actor, saved)

    async def delete_line(self, actor: Actor, name: str) -> None:
        """Calls keep the line's name."""
        require(actor, Action.MANAGE)
        line = await self.get_line(actor, name)

        def work(session: Session) -> None:
            session.execute(delete(Line).where(Line.id == line.id))
            audit.note(session, actor, self._clock(), "deleted", "line", line.id, name=name)

        await self._db.write(work)
        await self._changed()

    async def line_password(self, actor: Actor, name: str) -> str:
        """The password at the provider, for `check-line` and the form's owner."""
        require(actor, Action.MANAGE)
        line = await self.get_line(actor, name)

        def work(session: Session) -> str:
            audit.note(session, actor, self._clock(), "saw_password", "line", line.id)
            return session.scalars(select(Line.sip_password).where(Line.id == line.id)).one()

        return await self._db.write(work)

    def _extension(self, phone: Phone) -> ExtensionView:
        person = self._directories.now.people.get(phone.user_id or 0)
        user = UserRef(person.id, person.name) if person else None
        return ExtensionView(
            phone.id, phone.number, phone.name, user, phone.pickup_group, phone.record
        )

    async def _changed(self) -> None:
        await self._db.read(self._directories.renew)
        self._bus.publish([BusEvent("directory.changed", self._clock(), {})])
        try:
            await self._reload()
        except CrmError:
            # The PBX takes it up at its next start; the change itself is right and kept.
            log.warning("pbx_not_reloaded", exc_info=True)


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


def _check_extension(data: ExtensionData, *, new: bool) -> dict[str, Any]:
    check = Checker(data)
    values: dict[str, Any] = {}
    if new or check.has("number"):
        values["number"] = check.text("number", 10, required=True)
        if not _EXTENSION.fullmatch(values["number"]):
            check.fault("number", "must be 2 to 6 digits, the first not 0")
        elif values["number"] == "40":
            check.fault("number", "40 is the code that picks up a ringing call")
    if check.has("name"):
        values["name"] = check.text("name", 100, required=True)
    if check.has("user_id"):
        values["user_id"] = check.reference("user_id")
    if check.has("pickup_group"):
        values["pickup_group"] = check.optional("pickup_group", 50)
    if check.has("record"):
        values["record"] = check.flag("record")
    check.done()
    return values


def _check_line(data: LineData, old: LineView | None) -> tuple[dict[str, Any], list[str] | None]:
    check = Checker(data)
    values: dict[str, Any] = {}
    if old is None or check.has("name"):
        values["name"] = check.text("name", 40, required=True).lower()
        if not _LINE.fullmatch(values["name"]):
            check.fault("name", "must be letters, digits and hyphens, a letter first")
    if old is None or check.has("country"):
        values["country"] = check.text("country", 2, required=True).upper()
        if not is_country(values["country"]):
            check.fault("country", "must be a two-letter country code")
    if old is None or check.has("number"):
        country = values.get("country") or (old.country if old else "")
        number = normalize(check.text("number", 40, required=True), country)
        if number is None:
            check.fault("number", "is not a telephone number")
        values["number"] = number
    if old is None or check.has("label"):
        values["label"] = check.text("label", 100) or values.get("name") or ""
    for flag in ("record", "lead_for_withheld"):
        if check.has(flag):
            values[flag] = check.flag(flag)
    if check.has("ring_seconds"):
        values["ring_seconds"] = check.integer("ring_seconds", 5, 300) or 25
    _account(check, values)
    ring = [str(number) for number in check.items("ring", 50)] if check.has("ring") else None
    check.done()
    return values, ring


def _account(check: Checker, values: dict[str, Any]) -> None:
    if check.has("mode"):
        values["mode"] = check.choice("mode", MODES)
    if check.has("host"):
        values["host"] = check.text("host", 255)
        if values["host"] and not _HOST.fullmatch(values["host"]):
            check.fault("host", "must be a host name or address, with :port if need be")
    for name in ("sip_user", "sip_password"):
        if check.has(name) and check.data.get(name) is not None:
            values[name] = check.text(name, 100)
            if not _SIP_TEXT.fullmatch(values[name]) or _SIP_UNSAFE.search(values[name]):
                check.fault(name, 'must be plain characters without spaces and ; " \\ [ ]')
