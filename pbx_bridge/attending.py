"""What the PBX asks of us while calls go on: codes that an employee dials, and loose ends."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Protocol

import structlog

from pbx_bridge.asterisk import dialplan
from pbx_bridge.typed import Typed

log = structlog.get_logger(__name__)


class Attendant(Protocol):
    """`pbx_bridge.commands`, as the bridge needs it. Its methods may raise what they like."""

    async def toggle_recording(self, channel: str) -> None:
        """The code for the recording was dialled on this channel."""
        ...

    async def end_code(self, channel: str) -> None:
        """That code was typed on this channel, and nothing after it."""
        ...

    async def came_in(self, channel: str) -> None:
        """On this channel somebody who was called into a talk has answered."""
        ...

    async def free(self, channel: str) -> None:
        """This channel is held for somebody who is gone."""
        ...


class Errands:
    """Does them in the background: the PBX's events go on being heard meanwhile."""

    def __init__(self) -> None:
        self.attendant: Attendant | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed: set[str] = set()
        self._typing: dict[str, asyncio.Task[None]] = {}

    def asked(self, event: str, channel: str) -> None:
        """By the dialplan, with a UserEvent."""
        if self.attendant is None:
            return
        if event == dialplan.RECORDING_ASKED_EVENT:
            self._do(self.attendant.toggle_recording(channel), channel)
        elif event == dialplan.CAME_IN_EVENT:
            self._do(self.attendant.came_in(channel), channel)

    def typed(self, typed: Typed) -> None:
        """Whatever else is typed before its time is over, the code was not meant."""
        if (before := self._typing.pop(typed.channel, None)) is not None:
            before.cancel()
        if self.attendant is not None and typed.wait is not None:
            ending = self._end_code(self.attendant, typed.channel, typed.wait)
            self._typing[typed.channel] = self._keep(ending)

    async def _end_code(self, attendant: Attendant, channel: str, wait: float) -> None:
        await asyncio.sleep(wait)
        await self._finish(attendant.end_code(channel), channel)
        self._typing.pop(channel, None)

    def held_by_nobody(self, channels: list[str]) -> None:
        if self.attendant is not None:
            for channel in channels:
                if channel not in self._freed:
                    self._freed.add(channel)
                    self._do(self.attendant.free(channel), channel)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _do(self, errand: Awaitable[None], channel: str) -> None:
        self._keep(self._finish(errand, channel))

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(self, errand: Awaitable[None], channel: str) -> None:
        try:
            await errand
        except Exception as error:
            log.warning("bridge.errand_failed", channel=channel, reason=str(error))
