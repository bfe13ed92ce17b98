"""A company with people, lines and a telephone that is a fake, over a real database."""

import itertools
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import event

from config.settings import Settings
from crm.app import Crm
from crm.bus import BusEvent
from crm.clients.models import CardType
from crm.clients.views import CardView
from crm.db import Database, open_database
from crm.migrations import migrate
from crm.people.permissions import Actor
from crm.people.secrets import Passwords
from crm.telephony.ports import Device, Placing, TelephonyError
from pbx_bridge.calls import events as told
from pbx_bridge.calls.events import Loss
from pbx_bridge.lost_talks import LostTalk, Waiting
from pbx_bridge.supervisions import Supervision

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class FakeTelephony:
    """Takes note of what it is asked; `refuses` makes it say no."""

    def __init__(self) -> None:
        self.placed: list[Placing] = []
        self.asked: list[tuple[str, ...]] = []
        self.rang: list[Device | None] = []  # to take a call, or to listen
        self.lines: list[str | None] = []  # on which clients were sent out
        self.reloads = 0
        self.listening: list[Supervision] = []
        self.back_meanwhile = False  # while somebody is consulted
        self.refuses: str | None = None
        self._keys = itertools.count(1)

    def _answer(self) -> None:
        if self.refuses is not None:
            raise TelephonyError(self.refuses)

    def _ask(self, *what: str) -> None:
        self.asked.append(what)
        self._answer()

    def new_call_key(self) -> str:
        return f"main-hovorna-{next(self._keys)}"

    async def place(self, placing: Placing) -> None:
        self.placed.append(placing)
        self._answer()

    async def hang_up(self, call: str) -> None:
        self.asked.append(("hang_up", call))
        self._answer()

    async def blind_transfer(
        self, call: str, extension: str, to: str, line: str | None = None
    ) -> None:
        self.lines.append(line)
        self._ask("blind_transfer", call, extension, to)

    async def consult(self, call: str, extension: str, to: str, line: str | None = None) -> None:
        self._ask("consult", call, extension, to)

    async def complete_consult(self, call: str, extension: str) -> None:
        self._ask("complete_consult", call, extension)

    async def cancel_consult(self, call: str, extension: str) -> None:
        self._ask("cancel_consult", call, extension)

    async def swap_consult(self, call: str, extension: str) -> None:
        self._ask("swap_consult", call, extension)
        self.back_meanwhile = not self.back_meanwhile

    def is_back_meanwhile(self, call: str, extension: str) -> bool:
        return self.back_meanwhile

    async def join_consult(self, call: str, extension: str) -> None:
        self._ask("join_consult", call, extension)

    async def hold(self, call: str, extension: str) -> None:
        self._ask("hold", call, extension)

    async def resume(self, call: str, extension: str) -> None:
        self._ask("resume", call, extension)

    async def invite(
        self, call: str, extension: str, to: str, line: str | None = None, shown: str | None = None
    ) -> None:
        self._ask("invite", call, extension, to, line or "", shown or "")

    async def drop(self, call: str, who: str) -> None:
        self._ask("drop", call, who)

    async def mute(self, call: str, who: str, *, muted: bool) -> None:
        self._ask("mute" if muted else "unmute", call, who)

    async def start_recording(self, call: str) -> None:
        self._ask("start_recording", call)

    async def stop_recording(self, call: str) -> None:
        self._ask("stop_recording", call)

    async def pause_recording(self, call: str) -> None:
        self._ask("pause_recording", call)

    async def resume_recording(self, call: str) -> None:
        self._ask("resume_recording", call)

    async def pick_up(
        self, call: str, extension: str, device: Device | None = None, at: str | None = None
    ) -> None:
        self.asked.append(("pick_up", call, extension, *([at] if at else [])))
        self.rang.append(device)
        self._answer()

    async def supervise(
        self, call: str, extension: str, supervisor: str, mode: str, device: Device | None = None
    ) -> None:
        self.asked.append(("supervise", call, extension, supervisor, mode))
        self.rang.append(device)
        self._answer()

    async def take_over(
        self, call: str, extension: str, taker: str, device: Device | None = None
    ) -> None:
        self.rang.append(device)
        self._ask("take_over", call, extension, taker)

    async def stop_supervising(self, supervisor: str) -> None:
        self.asked.append(("stop_supervising", supervisor))
        self._answer()

    def supervisions(self) -> Sequence[Supervision]:
        return self.listening

    async def lose_browser(self, extension: str, port: int, loss: Loss) -> list[LostTalk]:
        self.asked.append(("lose_browser", extension))
        return [Waiting("PJSIP/line1-00000001")]

    async def give_back(self, talks: Sequence[LostTalk], port: int) -> None:
        self.asked.append(("give_back", *map(str, talks)))

    async def reload(self) -> None:
        self.reloads += 1
        self._answer()


class Clock:
    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


_made = itertools.count(1)


def counted(size: int) -> str:
    """In the place of random text: never twice the same."""
    return f"{'x' * size}{next(_made):06}"


@dataclass
class World:
    """Eva and Petr sell (101, 102), Jana serves (105), Sára leads the sales, Ada administers."""

    crm: Crm
    clock: Clock
    telephony: FakeTelephony
    published: list[BusEvent] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.actors[name]
        except KeyError:
            raise AttributeError(name) from None

    def types(self) -> list[str]:
        return [event.type for event in self.published]

    async def card(self, name: str, *phones: str, type_: str = "contact", **more: Any) -> CardView:
        data: Any = {"name": name, "phones": [{"number": p} for p in phones], **more}
        return await self.crm.clients.create_card(self.ada, CardType(type_), data)

    async def happens(self, *events: told.CallEvent) -> int:
        """The PBX tells it; the id of the call."""
        await self.crm.journal.append(events)
        for published in reversed(self.published):
            if published.type.startswith("call."):
                call_id: int = published.data["call"]["id"]
                return call_id
        raise AssertionError("nothing was published")

    async def sign_up(self) -> None:
        """The people and the lines, and everyone as an actor."""
        crm = self.crm
        ada: Any = {"login": "ada", "name": "Ada Nová", "role": "administrator"}
        ada["password"] = PASSWORD
        first = await crm.people.create_user(None, ada)
        admin = self._actor("ada", first.id)
        sales = await crm.people.save_department(admin, "Sales")
        service = await crm.people.save_department(admin, "Service")
        for login, name, role, department, extension in (
            ("eva", "Eva Malá", "employee", sales.id, "101"),
            ("petr", "Petr Novák", "employee", sales.id, "102"),
            ("jana", "Jana Bílá", "employee", service.id, "105"),
            ("sara", "Sára Horká", "supervisor", sales.id, None),
        ):
            data: Any = {"login": login, "name": name, "role": role, "department_id": department}
            user = await crm.people.create_user(admin, data)
            if extension is not None:
                phone: Any = {"number": extension, "user_id": user.id, "pickup_group": "all"}
                await crm.lines.create_extension(admin, phone)
            self.actors[login] = Actor(0, login, name, admin.role)
            self._actor(login, user.id)
        await self._lines(admin)
        for login in list(self.actors):
            self._actor(login, self.actors[login].id)
        self.published.clear()
        self.crm.lines.given(await self.crm.lines.pbx_directory())

    async def _lines(self, admin: Actor) -> None:
        for name, number, label, ring in (
            ("line1", "+420222333444", "Main", ["101", "102"]),
            ("line2", "+420222333555", "Service", ["105"]),
        ):
            line: Any = {"name": name, "number": number, "label": label, "ring": ring}
            line |= {"country": "CZ", "mode": "accept", "sip_user": "u", "sip_password": "p"}
            await self.crm.lines.save_line(admin, line)
        for login in ("eva", "petr"):
            allowed: Any = {"lines": ["line1", "line2"], "default_line": "line1"}
            await self.crm.people.update_user(admin, self.actors[login].id, allowed)

    def _actor(self, login: str, user_id: int) -> Actor:
        actor = self.crm.sign_in.actor(user_id)
        assert actor is not None
        self.actors[login] = actor
        return actor

    async def renew(self, login: str) -> Actor:
        """The actor as he is after a change."""
        return self._actor(login, self.actors[login].id)


async def found(url: str, folder: Path) -> None:
    """Migrate an empty database, and have the company in it."""
    await migrate(url)
    async with reopened(url, folder) as made:
        await made.sign_up()


@asynccontextmanager
async def world(url: str, folder: Path) -> AsyncIterator[World]:
    """The company in a database that was empty."""
    await found(url, folder)
    async with reopened(url, folder) as made:
        yield made


@asynccontextmanager
async def reopened(url: str, folder: Path) -> AsyncIterator[World]:
    """The company in the database that it is in: as after a restart."""
    settings = Settings(data=folder, database_url=url)
    clock, telephony = Clock(), FakeTelephony()
    crm = Crm(settings, open_database(url), telephony, clock, counted, CHEAP)
    await crm.start()
    crm.lines.given(await crm.lines.pbx_directory())
    made = World(crm, clock, telephony)
    crm.bus.listen(made.published.append)
    made.actors = {
        person.login: actor
        for person in crm.directory.people.values()
        if (actor := crm.sign_in.actor(person.id)) is not None
    }
    try:
        yield made
    finally:
        await crm.close()


def sqlite_copy(template: Path, folder: Path) -> str:
    """A fresh copy of a migrated SQLite file; its URL."""
    target = folder / "hovorna.db"
    with sqlite3.connect(template) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    return f"sqlite+aiosqlite:///{target}"


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """SQL of the statements that run inside, without the frame of the transaction."""
    seen: list[str] = []

    def noted(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    for engine in db.engines:
        event.listen(engine, "before_cursor_execute", noted)
    try:
        yield seen
    finally:
        for engine in db.engines:
            event.remove(engine, "before_cursor_execute", noted)
