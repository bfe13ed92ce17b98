"""The real bridge on the tests' PBX, with a journal that can be waited for."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.bridge import Bridge, Timings
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.cel.lines import json_row
from pbx_bridge.cel.tail import TailedFile
from pbx_bridge.checkpoint import CheckpointFile
from tests.pbx.harness import RunningPbx
from tests.replay.replaying import Journal

_SECONDS = 15.0


class AwaitedJournal:
    """Implements the bridge's Journal port in memory."""

    def __init__(self) -> None:
        self._told = Journal()
        self._appended = asyncio.Condition()

    async def settle(self) -> None:
        """It keeps nothing on a disk."""

    async def append(self, events: Sequence[CallEvent]) -> None:
        async with self._appended:
            self._told.append(events)
            self._appended.notify_all()

    @property
    def records(self) -> list[CallRecord]:
        """In order of the calls' beginning."""
        return list(self._told.records().values())

    async def until(
        self, so: Callable[[list[CallRecord]], bool], seconds: float = _SECONDS
    ) -> list[CallRecord]:
        """The records once `so`. Raises AssertionError with what there is when it takes longer."""
        try:
            async with asyncio.timeout(seconds), self._appended:
                await self._appended.wait_for(lambda: so(self.records))
        except TimeoutError:
            raise AssertionError(f"after {seconds:g} s: {self.records}") from None
        return self.records

    async def all_ended(self, calls: int) -> list[CallRecord]:
        """Once that many calls, and none besides, are over and their recordings complete."""
        return await self.until(
            lambda records: (
                len(records) == calls
                and all(record.end and all(record.recording.values()) for record in records)
            )
        )


@contextlib.asynccontextmanager
async def bridge_on(
    pbx: RunningPbx, journal: AwaitedJournal, checkpoint: Path
) -> AsyncIterator[Bridge]:
    """A bridge that has caught up with the PBX."""
    access = pbx.ami
    bridge = Bridge(
        AmiOptions(host=access.host, port=access.port, user=access.user, secret=access.secret),
        journal,
        CheckpointFile(checkpoint),
        TailedFile(pbx.cel, json_row),
        pbx_id=pbx.settings.pbx_id,
        jitter=random.random,
        timings=Timings(checkpoint=0.2),
    )
    bridge.set_directory(pbx.directory)
    await bridge.start()
    try:
        async with asyncio.timeout(_SECONDS):
            await bridge.caught_up()
        yield bridge
    finally:
        await bridge.stop()
