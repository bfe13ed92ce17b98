"""Simulated people share a phone process; when it or the PBX dies, they come back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from pbx_bridge.sip.events import PhoneEvent
from pbx_bridge.sip.process import PhoneError, PhoneProcess
from pbx_bridge.watching.endpoints import host_port

_RESTART_SECONDS = 2.0
_COME_BACK = 5.0  # seconds that an account is left alone after a real phone went
_LOOK_AGAIN = 45.0  # seconds between looks whether it went, where nobody tells us
_EXPIRES = 60  # seconds: how soon a registration that the PBX forgot is renewed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SipAccount:
    user: str
    password: str = field(repr=False)
    host: str
    port: int


class Phones(Protocol):
    """What a member needs of the process: PhoneProcess, or a fake in tests."""

    async def tell(self, do: str, /, **fields: object) -> PhoneEvent: ...


class Member:
    """One who lives in a household, and steps aside for a real phone on the same account:
    unregisters at once, comes back when that is gone. Subclasses handle calls.
    """

    def __init__(self, account: SipAccount) -> None:
        self.account = account
        self.aside = False
        self.watched = False  # somebody tells `contacts_are`
        self._contact: str | None = None  # ours, host:port, while registered
        self._contacts: frozenset[str] = frozenset()
        self._phones: Phones | None = None
        self._plans: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        return self.account.user

    async def moved_in(self, phones: Phones) -> None:
        """The process has (re)started. Raises PhoneError."""
        self.forget_plans()
        self._phones = phones
        self._contact = None
        await self.register()

    async def register(self) -> None:
        if self.aside:
            return
        await self.tell(
            "register",
            user=self.account.user,
            password=self.account.password,
            host=self.account.host,
            port=self.account.port,
            expires=_EXPIRES,
        )

    async def react(self, event: PhoneEvent) -> None:
        if event.name == "registered":
            self._contact = host_port(event["contact"])
            await self._registered(event.get("contacts", 1))
        elif event.call is not None:
            await self.handle(event.call, event)

    async def handle(self, call: str, event: PhoneEvent) -> None:
        """An event of one of this member's calls."""
        raise NotImplementedError

    async def _registered(self, contacts: int) -> None:
        if contacts > 1:
            await self.step_aside()
            if not self.watched:
                self.later(_LOOK_AGAIN, self.come_back)
        else:
            await self.contacts_are(self._contacts)

    async def contacts_are(self, contacts: frozenset[str]) -> None:
        """Who is registered on this account now, as host:port each."""
        self._contacts = contacts
        if self._contact is None:
            return  # ours may be among them; looked at again when we know it
        if contacts - {self._contact}:
            await self.step_aside()
        elif self.aside:
            self.later(_COME_BACK, self._come_back_if_alone)

    async def step_aside(self) -> None:
        if not self.aside:
            self.aside = True
            log.info("people.stepped_aside", who=self.name)
            await self.tell("unregister", account=self.name)

    async def come_back(self) -> None:
        if self.aside:
            self.aside = False
            await self.register()

    async def _come_back_if_alone(self) -> None:
        if not self._contacts - {self._contact}:
            await self.come_back()

    async def tell(self, do: str, /, **fields: object) -> PhoneEvent:
        if self._phones is None:
            raise PhoneError("the phone is not running")
        return await self._phones.tell(do, **fields)

    def later(self, seconds: float, act: Callable[[], Awaitable[object]]) -> None:
        """Do it then; that the call is over by then is no error."""

        async def plan() -> None:
            await asyncio.sleep(seconds)
            try:
                await act()
            except PhoneError as error:
                log.debug("people.plan_failed", who=self.name, error=str(error))

        task = asyncio.create_task(plan())
        self._plans.add(task)
        task.add_done_callback(self._plans.discard)

    def forget_plans(self) -> None:
        for task in self._plans:
            task.cancel()
        self._plans.clear()


class Household:
    """`members` in one process, which holds eight accounts and four calls."""

    def __init__(
        self,
        members: Sequence[Member],
        make_process: Callable[[], PhoneProcess] = PhoneProcess,
        restart_seconds: float = _RESTART_SECONDS,
    ) -> None:
        self.members = {member.name: member for member in members}
        self._make_process = make_process
        self._restart_seconds = restart_seconds
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Returns when the phones have asked to be registered."""
        self._task = asyncio.create_task(self._live(), name="simulated people")
        await self._ready.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _live(self) -> None:
        while True:
            process = self._make_process()
            try:
                await process.start()
                await self._live_in(process)
            except PhoneError as error:
                log.warning("people.phones_failed", error=str(error))
            finally:
                for member in self.members.values():
                    member.forget_plans()
                self._ready.set()  # whoever waits for a broken start must not wait for ever
                await process.stop()
            await asyncio.sleep(self._restart_seconds)

    async def _live_in(self, process: PhoneProcess) -> None:
        since = process.mark()
        for member in self.members.values():
            await member.moved_in(process)
        self._ready.set()
        async for event in process.follow(since):
            if event.account in self.members:
                await self._tell(self.members[event.account], event)

    async def _tell(self, member: Member, event: PhoneEvent) -> None:
        try:
            await member.react(event)
        except PhoneError as error:
            log.debug("people.could_not", who=member.name, error=str(error))
