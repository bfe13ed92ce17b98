"""A catalogue in memory, with the rules of the real one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from recordings.ports import Expired, Owner, StoredRecording

STARTED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class MemoryCatalogue:
    """`failures`: exceptions that the next calls of `attach` raise, before or after storing."""

    def __init__(self) -> None:
        self.owners: dict[str, Owner] = {}
        self.recordings: list[StoredRecording] = []
        self.forgotten: list[tuple[int, str]] = []
        self.fail_before: list[Exception] = []
        self.fail_after: list[Exception] = []
        self.fail_settling: list[Exception] = []
        self.settling: Callable[[], None] = lambda: None

    def know(
        self, channel: str, *, ended: bool = True, before: float = 0.0, talked: float = 0.0
    ) -> str:
        """The call of this channel has happened. Returns the channel."""
        self.owners[channel] = Owner(f"main-{channel}", STARTED, ended, before, talked)
        return channel

    async def owner(self, channel: str) -> Owner | None:
        return self.owners.get(channel)

    async def attached(self, channel: str) -> Sequence[StoredRecording]:
        return [r for r in self.recordings if r.channel == channel]

    async def attach(self, recording: StoredRecording) -> None:
        if self.fail_before:
            raise self.fail_before.pop(0)
        keys = {(r.channel, r.part) for r in self.recordings}
        if (recording.channel, recording.part) not in keys:
            self.recordings.append(recording)
        if self.fail_after:
            raise self.fail_after.pop(0)

    async def settle(self) -> None:
        await asyncio.to_thread(self.settling)
        if self.fail_settling:
            raise self.fail_settling.pop(0)

    async def expired(self, before: datetime, limit: int) -> Sequence[Expired]:
        gone = {number for number, _ in self.forgotten}
        old = [
            Expired(number, recording.path)
            for number, recording in enumerate(self.recordings)
            if number not in gone and STARTED + timedelta(days=number) < before
        ]
        return old[:limit]

    async def forget(self, recording: int, reason: str) -> None:
        self.forgotten.append((recording, reason))
        self.recordings[recording] = replace(self.recordings[recording], path=None)
