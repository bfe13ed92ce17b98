"""The whole web over a fresh database, with a telephone made of paper: for tests only."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from config.settings import Settings
from crm.app import Crm, open_crm
from crm.people.models import Role
from crm.people.permissions import Actor
from crm.people.secrets import Passwords
from crm.people.views import UserData
from crm.telephony.ports import Device, Placing, TelephonyError
from pbx_bridge.calls.events import Loss
from pbx_bridge.lost_talks import LostTalk, Waiting
from pbx_bridge.supervisions import Supervision
from recordings.store import RecordingStore
from tests.unit.web import contract
from web.app import create_app
from web.context import AppContext
from web.ports import Gauges, PartStatus

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class PaperTelephony:
    """Does nothing but remember. `refuse`: what the PBX answers instead."""

    done: list[tuple[str, ...]] = field(default_factory=list)
    refuse: str | None = None
    keys: int = 0
    listening: list[Supervision] = field(default_factory=list)
    back_meanwhile: bool = False  # while somebody is consulted

    def new_call_key(self) -> str:
        self.keys += 1
        return f"main-paper.{self.keys}"

    async def place(self, placing: Placing) -> None:
        self._do(
            "place",
            placing.key,
            placing.extension,
            placing.to,
            placing.line or "",
            *([placing.device.kind] if placing.device else []),
        )

    async def hang_up(self, call: str) -> None:
        self._do("hang_up", call)

    async def blind_transfer(
        self, call: str, extension: str, to: str, line: str | None = None
    ) -> None:
        self._do("blind_transfer", call, extension, to)

    async def consult(self, call: str, extension: str, to: str, line: str | None = None) -> None:
        self._do("consult", call, extension, to)

    async def complete_consult(self, call: str, extension: str) -> None:
        self._do("complete_consult", call, extension)

    async def cancel_consult(self, call: str, extension: str) -> None:
        self._do("cancel_consult", call, extension)

    async def swap_consult(self, call: str, extension: str) -> None:
        self._do("swap_consult", call, extension)
        self.back_meanwhile = not self.back_meanwhile

    def is_back_meanwhile(self, call: str, extension: str) -> bool:
        return self.back_meanwhile

    async def join_consult(self, call: str, extension: str) -> None:
        self._do("join_consult", call, extension)

    async def hold(self, call: str, extension: str) -> None:
        self._do("hold", call, extension)

    async def resume(self, call: str, extension: str) -> None:
        self._do("resume", call, extension)

    async def invite(
        self, call: str, extension: str, to: str, line: str | None = None, shown: str | None = None
    ) -> None:
        self._do("invite", call, extension, to, line or "", shown or "")

    async def drop(self, call: str, who: str) -> None:
        self._do("drop", call, who)

    async def mute(self, call: str, who: str, *, muted: bool) -> None:
        self._do("mute" if muted else "unmute", call, who)

    async def start_recording(self, call: str) -> None:
        self._do("start_recording", call)

    async def stop_recording(self, call: str) -> None:
        self._do("stop_recording", call)

    async def pause_recording(self, call: str) -> None:
        self._do("pause_recording", call)

    async def resume_recording(self, call: str) -> None:
        self._do("resume_recording", call)

    async def pick_up(
        self, call: str, extension: str, device: Device | None = None, at: str | None = None
    ) -> None:
        self._do("pick_up", call, extension, *([device.kind] if device else []))

    async def supervise(
        self, call: str, extension: str, supervisor: str, mode: str, device: Device | None = None
    ) -> None:
        self._do("supervise", call, extension, supervisor, mode)

    async def take_over(
        self, call: str, extension: str, taker: str, device: Device | None = None
    ) -> None:
        self._do("take_over", call, extension, taker, *([device.kind] if device else []))

    async def stop_supervising(self, supervisor: str) -> None:
        self._do("stop_supervising", supervisor)

    def supervisions(self) -> Sequence[Supervision]:
        return self.listening

    async def lose_browser(self, extension: str, port: int, loss: Loss) -> list[LostTalk]:
        self._do("lose_browser", extension, str(loss))
        return [Waiting("PJSIP/line1-00000001")]

    async def give_back(self, talks: Sequence[LostTalk], port: int) -> None:
        self._do("give_back", *(it.channel for it in talks if isinstance(it, Waiting)))

    async def reload(self) -> None:
        self._do("reload")

    def _do(self, *what: str) -> None:
        if self.refuse is not None:
            raise TelephonyError(self.refuse)
        self.done.append(what)


@dataclass
class PaperStatus:
    bridge_status: PartStatus = field(default_factory=lambda: PartStatus(True))
    pbx_status: PartStatus = field(default_factory=lambda: PartStatus(True, "22.10.0"))
    figures: Gauges = field(default_factory=Gauges)
    to_mend: tuple[str, ...] = ()

    def bridge(self) -> PartStatus:
        return self.bridge_status

    def pbx(self) -> PartStatus:
        return self.pbx_status

    def gauges(self) -> Gauges:
        return self.figures

    def troubles(self) -> tuple[str, ...]:
        return self.to_mend


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class House:
    """Three people, one of each role; `tokens` by login. Departments: Sales (both others)."""

    settings: Settings
    crm: Crm
    client: TestClient[Any, Any]
    telephony: PaperTelephony
    status: PaperStatus
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, who: str | None = "admin", **more: Any
    ) -> ClientResponse:
        """One request to the API as `who`."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def ask(
        self, method: str, path: str, who: str | None = "admin", status: int = 200, **more: Any
    ) -> Any:
        """As `call`: the JSON of an answer that must have this status, and be as described."""
        response = await self.call(method, path, who, **more)
        body = await response.read()
        assert response.status == status, (response.status, body[:500])
        answer = await response.json(content_type=None) if body else None
        contract.check(method, path.partition("?")[0], status, response.content_type, answer)
        return answer

    def actor(self, who: str) -> Actor:
        found = self.crm.sign_in.actor(self.actors[who].id)
        assert found is not None
        return found


PEOPLE: tuple[UserData, ...] = (
    {"login": "admin", "name": "Alena Admin", "role": Role.ADMINISTRATOR},
    {"login": "sup", "name": "Sam Supervisor", "role": Role.SUPERVISOR},
    {"login": "eva", "name": "Eva Malá", "role": Role.EMPLOYEE},
    {"login": "petr", "name": "Petr Novák", "role": Role.EMPLOYEE},
)


@asynccontextmanager
async def open_house(folder: Path, **settings: Any) -> AsyncIterator[House]:
    config = Settings(data=folder, **settings)
    telephony, status, clock = PaperTelephony(), PaperStatus(), Clock()
    if not config.database_url:
        await _bring_furniture(folder / "hovorna.db")
    crm = await open_crm(config, telephony, clock=clock, passwords=Passwords(QUICK))
    context = AppContext(config, crm, RecordingStore(config.recordings_dir), status, clock)
    client = TestClient(TestServer(create_app(context)))
    await client.start_server()
    house = House(config, crm, client, telephony, status, clock)
    try:
        if not crm.directory.people:
            await _furnish(crm)
        await _move_in(house)
        yield house
    finally:
        await client.close()
        await crm.close()


async def _move_in(house: House) -> None:
    """A token for each, and a telephone that remembers nothing of the furnishing."""
    for person in house.crm.directory.people.values():
        actor = house.crm.sign_in.actor(person.id)
        assert actor is not None
        house.actors[person.login] = actor
        token = await house.crm.sign_in.create_token(actor, "test")
        assert token.secret is not None
        house.tokens[person.login] = token.secret
    house.telephony.done.clear()


async def _furnish(crm: Crm) -> None:
    """The people, their phones and the line."""
    ids: dict[str, int] = {}
    for person in PEOPLE:
        user = await crm.people.create_user(None, {**person, "password": PASSWORD})
        ids[user.login] = user.id
    admin = crm.sign_in.actor(ids["admin"])
    assert admin is not None
    sales = await crm.people.save_department(admin, "Sales")
    await crm.lines.save_line(
        admin, {"name": "line1", "number": "+420222000001", "country": "CZ", "mode": "accept"}
    )
    for login, extension in (("sup", "103"), ("eva", "101"), ("petr", "102")):
        data: UserData = {"lines": ["line1"], "default_line": "line1"}
        if login != "petr":
            data["department_id"] = sales.id
        await crm.people.update_user(admin, ids[login], data)
        await crm.lines.create_extension(admin, {"number": extension, "user_id": ids[login]})
    await crm.lines.save_line(admin, {"ring": ["101"]}, "line1")


_FURNITURE: list[bytes] = []


async def _bring_furniture(place: Path) -> None:
    """A furnished SQLite database, made once in the tests' process and copied from then on."""
    if not _FURNITURE:
        with TemporaryDirectory() as folder:
            config = Settings(data=Path(folder))
            paper, clock = PaperTelephony(), Clock()
            crm = await open_crm(config, paper, clock=clock, passwords=Passwords(QUICK))
            await _furnish(crm)
            await crm.close()
            _FURNITURE.append((Path(folder) / "hovorna.db").read_bytes())
    place.write_bytes(_FURNITURE[0])
