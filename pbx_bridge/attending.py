"""What the PBX asks of us while calls go on: codes that an employee dials, and loose ends."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)


class Attendant(Protocol):
    """`pbx_bridge.commands`, as the bridge needs it. Its methods may raise what they like."""

    async def toggle_recording(self, channel: str) -> None:
        """The code for the recording was dialled on this channel."""
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

    def recording_asked(self, channel: str) -> None:
        if self.attendant is not None:
            self._do(self.attendant.toggle_recording(channel), channel)

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
        task = asyncio.ensure_future(self._finish(errand, channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, errand: Awaitable[None], channel: str) -> None:
        try:
            await errand
        except Exception as error:
            log.warning("bridge.errand_failed", channel=channel, reason=str(error))
