"""Simulated people share a phone process; when it or the PBX dies, they come back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from pbx_bridge.sip.events import PhoneEvent
from pbx_bridge.sip.process import PhoneError, PhoneProcess

_RESTART_SECONDS = 2.0
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
    """One who lives in a household. Subclasses react to the events of their account."""

    def __init__(self, account: SipAccount) -> None:
        self.account = account
        self._phones: Phones | None = None
        self._plans: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        return self.account.user

    async def moved_in(self, phones: Phones) -> None:
        """The process has (re)started. Raises PhoneError."""
        self.forget_plans()
        self._phones = phones
        await self.register()

    async def register(self) -> None:
        await self.tell(
            "register",
            user=self.account.user,
            password=self.account.password,
            host=self.account.host,
            port=self.account.port,
            expires=_EXPIRES,
        )

    async def react(self, event: PhoneEvent) -> None:
        raise NotImplementedError

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
