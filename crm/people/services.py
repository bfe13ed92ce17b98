"""Employees and departments: who they are, what they may, whether they are free."""

import asyncio
from dataclasses import replace
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.bus import Audience, Bus, BusEvent
from crm.db import Clock, Database
from crm.errors import Conflict, Invalid, LoginTaken, NotFound
from crm.paging import Page
from crm.people import audit, users
from crm.people.calling_out import company_limits, own_limits
from crm.people.directory import Directories
from crm.people.mobiles import mobile_number
from crm.people.models import (
    ApiToken,
    Department,
    Line,
    Presence,
    SignIn,
    User,
)
from crm.people.permissions import Action, Actor, may_administer, require
from crm.people.secrets import Passwords
from crm.people.sign_in import SignInService
from crm.people.trail import page_of_entries
from crm.people.user_lines import keep_default_allowed, line_of, lines_of, set_lines
from crm.people.user_rules import Checked, check_own_profile, check_user
from crm.people.views import AuditFilter, AuditView, DepartmentView, UserData, UserView
from crm.text import clean

_UNCHANGED: Final = object()


class PeopleService:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        bus: Bus,
        directories: Directories,
        passwords: Passwords,
        sign_in: SignInService,
        country: str,
    ) -> None:
        """`country`: of a number without a prefix, of somebody without a line."""
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._passwords = passwords
        self._country = country
        # Asked on every request: `Actor | None` for a token's or a cookie's secret.
        self.actor_of_token = sign_in.actor_of_token
        self.actor_of_session = sign_in.actor_of_session

    async def list_users(self, actor: Actor, *, active: bool | None = None) -> tuple[UserView, ...]:
        """By name. All of them: a company's employees fit on a page."""
        require(actor, Action.VIEW_PEOPLE)
        found = await self._db.read(lambda s: users.all_users(s, self._directories.now))
        wanted = (user for user in found if active is None or user.active is active)
        return tuple(_as_seen_by(actor, user) for user in wanted)

    async def get_user(self, actor: Actor, user_id: int) -> UserView:
        """Raises NotFound."""
        require(actor, Action.VIEW_PEOPLE)
        found = await self._db.read(lambda s: users.user(s, self._directories.now, user_id))
        return _as_seen_by(actor, found)

    async def create_user(
        self, actor: Actor | None, data: UserData, *, once: bool = False
    ) -> UserView:
        """`login` and `name` are required. No actor: the command line. Raises Invalid, Conflict.

        `once`: the password must be changed after signing in, as always when an actor gives it.
        """
        if actor is not None:
            require(actor, Action.MANAGE)
        checked = check_user(data, new=True)
        values = await self._hashed(checked.values, once=once or actor is not None)

        def work(session: Session) -> int:
            user = User(created_at=self._clock())
            allowed = self._fill(session, user, values, checked)
            session.add(user)
            _flush(session, LoginTaken())
            set_lines(session, user.id, allowed)
            audit.note(session, actor, self._clock(), "created", "user", user.id, login=user.login)
            return user.id

        user_id = await self._db.write(work)
        return await self._changed(user_id)

    async def update_user(
        self, actor: Actor | None, user_id: int, data: UserData, *, once: bool = False
    ) -> UserView:
        """An administrator anything, others their own language, zone and password.

        A new password, and making a user inactive, sign the user out everywhere. `once`: as in
        `create_user`; one that the user sets himself is his to keep.
        """
        if actor is not None and not _is_own(actor, user_id, data):
            require(actor, Action.MANAGE)
        checked = check_user(data, new=False)
        own = actor is not None and actor.id == user_id
        if own:
            await self._must_differ(user_id, checked.values.get("password"))
        once = once or (actor is not None and not own)
        values = await self._hashed(checked.values, once=once)

        def work(session: Session) -> None:
            user = session.get(User, user_id)
            if user is None:
                raise NotFound("user", user_id)
            with session.no_autoflush:  # what is at fault never goes to the database
                allowed = self._fill(session, user, values, checked)
            _flush(session, Conflict("This login exists already, or the department does not"))
            set_lines(session, user_id, allowed)
            users.keep_an_administrator(session)
            if values.get("active") is False or "password_hash" in values:
                session.execute(delete(SignIn).where(SignIn.user_id == user_id))
            if values.get("active") is False:
                session.execute(delete(ApiToken).where(ApiToken.user_id == user_id))
            changed = sorted(data)
            audit.note(session, actor, self._clock(), "changed", "user", user_id, fields=changed)

        await self._db.write(work)
        return await self._changed(user_id)

    async def set_presence(self, actor: Actor, presence: Presence) -> None:
        """Free, break or away: lines ring those who are free."""
        await self._db.write(
            lambda s: s.execute(
                update(User).where(User.id == actor.id).values(presence=Presence(presence))
            )
        )
        await self._db.read(self._directories.renew)
        data = {"user": {"id": actor.id, "name": actor.name}, "presence": presence.value}
        self._bus.publish([BusEvent("user.presence", self._clock(), data, Audience(everyone=True))])

    async def list_departments(self, actor: Actor) -> tuple[DepartmentView, ...]:
        require(actor, Action.VIEW_PEOPLE)

        def work(session: Session) -> tuple[DepartmentView, ...]:
            rows = session.execute(
                select(Department.id, Department.name, func.count(User.id))
                .outerjoin(User, (User.department_id == Department.id) & User.active)
                .group_by(Department.id, Department.name)
                .order_by(Department.name)
            )
            return tuple(DepartmentView(*row) for row in rows)

        return await self._db.read(work)

    async def save_department(
        self, actor: Actor, name: str, department_id: int | None = None
    ) -> DepartmentView:
        """Make one, or rename it. Raises Invalid, Conflict, NotFound."""
        require(actor, Action.MANAGE)
        name = " ".join(clean(name, 101).split())
        if not 1 <= len(name) <= 100:
            raise Invalid({"name": "must have 1 to 100 characters"})

        def work(session: Session) -> int:
            department = Department(name=name)
            if department_id is not None:
                found = session.get(Department, department_id)
                if found is None:
                    raise NotFound("department", department_id)
                department = found
                department.name = name
            session.add(department)
            _flush(session, Conflict("This department exists already"))
            audit.note(session, actor, self._clock(), "saved", "department", department.id)
            return department.id

        saved = await self._db.write(work)
        await self._announce("department.changed", saved)
        people = self._directories.now.people.values()
        members = sum(1 for p in people if p.active and p.department_id == saved)
        return DepartmentView(saved, name, members)

    async def delete_department(self, actor: Actor, department_id: int) -> None:
        """Its employees stay, without a department."""
        require(actor, Action.MANAGE)

        def work(session: Session) -> None:
            found = session.get(Department, department_id)
            if found is None:
                raise NotFound("department", department_id)
            session.delete(found)
            audit.note(session, actor, self._clock(), "deleted", "department", department_id)

        await self._db.write(work)
        await self._announce("department.deleted", department_id)

    async def audit_trail(
        self,
        actor: Actor,
        subject: str | None = None,
        subject_id: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditView, ...]:
        """The newest of `list_audit`."""
        wanted = AuditFilter(subject=subject, subject_id=subject_id)
        return (await self.list_audit(actor, wanted, limit=limit)).items

    async def list_audit(
        self, actor: Actor, wanted: AuditFilter, *, limit: int = 50, cursor: str | None = None
    ) -> Page[AuditView]:
        """Newest first. Raises Forbidden, Invalid."""
        require(actor, Action.VIEW_AUDIT)
        return await self._db.read(lambda s: page_of_entries(s, wanted, limit, cursor))

    async def _hashed(self, values: dict[str, object], *, once: bool) -> dict[str, object]:
        password = values.pop("password", None)
        if isinstance(password, str):
            values["password_hash"] = await asyncio.to_thread(self._passwords.hash, password)
        if "password_hash" in values:
            values["password_once"] = once and values["password_hash"] is not None
        return values

    async def _must_differ(self, user_id: int, password: object) -> None:
        """A one-time password is not kept by choosing it again. Raises Invalid."""
        query = select(User.password_hash).where(User.id == user_id, User.password_once)
        given = await self._db.read(lambda s: s.scalar(query))
        if (
            isinstance(password, str)
            and given is not None
            and await asyncio.to_thread(self._passwords.matches, given, password)
        ):
            raise Invalid({"password": "must be another than the one-time password"})

    def _fill(
        self, session: Session, user: User, values: dict[str, object], checked: Checked
    ) -> set[int]:
        """The user's columns by the values. The ids of the lines to call out on. Raises Invalid
        with all that is wrong."""
        faults = checked.faults
        with faults.gather():
            values.update(line_of(session, values))
        mobile = values.pop("mobile", _UNCHANGED)
        for name, value in values.items():
            setattr(user, name, value)
        allowed: set[int] = set()
        with faults.gather():
            allowed = lines_of(session, user, checked.lines)
            keep_default_allowed(user, allowed, asked="default_line_id" in values)
        if mobile is not _UNCHANGED:
            with faults.gather():
                user.mobile = self._mobile(session, user, mobile)
        users.need_free_login(session, user, values.get("login"), faults)
        faults.done()
        return allowed

    def _mobile(self, session: Session, user: User, typed: object) -> str | None:
        """E.164 of what was typed, read as where the user calls out from. Raises Invalid."""
        if not isinstance(typed, str):
            return None
        directory = self._directories.now
        line = session.get(Line, user.default_line_id) if user.default_line_id else None
        country = line.country if line else next(iter(sorted(directory.home)), self._country)
        company = company_limits(session, directory.home)
        limits = own_limits(company, user.countries, user.outbound_per_hour)
        return mobile_number(typed, country, limits, directory.own_numbers)

    async def _changed(self, user_id: int) -> UserView:
        await self._announce("user.changed", user_id)
        return await self._db.read(lambda s: users.user(s, self._directories.now, user_id))

    async def _announce(self, type_: str, subject_id: int) -> None:
        await self._db.read(self._directories.renew)
        self._bus.publish([BusEvent(type_, self._clock(), {"id": subject_id})])


def _is_own(actor: Actor, user_id: int, data: UserData) -> bool:
    return actor.id == user_id and check_own_profile(data)


def _as_seen_by(actor: Actor, user: UserView) -> UserView:
    """A mobile may be the employee's own: it is nobody else's to see but the administrator's."""
    if actor.id == user.id or may_administer(actor):
        return user
    return replace(user, mobile=None)


def _flush(session: Session, otherwise: Conflict) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise otherwise from error
