"""Deletes recordings whose time is over."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from recordings.places import QUARANTINE
from recordings.ports import Catalogue
from recordings.store import RecordingStore

_log = structlog.get_logger(__name__)
_BATCH = 200
_EVERY_SECONDS = 3600.0


class Retention:
    """Keeps recordings, and quarantined files, for `days`; 0 keeps them for ever.

    The file goes first and the catalogue is told after it: a crash in between is mended by the
    next run, and nothing that is said to be deleted can still be heard.
    """

    def __init__(
        self,
        store: RecordingStore,
        catalogue: Catalogue,
        root: Path,
        days: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._root = root
        self._days = days
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._days:
            self._task = asyncio.create_task(self._always())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _always(self) -> None:
        while True:
            try:
                await self.run_once()
            except Exception:
                _log.exception("old recordings could not be deleted; will be tried again")
            await asyncio.sleep(_EVERY_SECONDS)

    async def run_once(self) -> int:
        """Delete all that is too old now. Returns how many; raises what the catalogue raises."""
        if not self._days:
            return 0
        before = self._clock() - timedelta(days=self._days)
        count = 0
        while batch := await self._catalogue.expired(before, _BATCH):
            for expired in batch:
                if expired.path:
                    await self._store.delete(expired.path)
                await self._catalogue.forget(expired.recording, f"older than {self._days} days")
            count += len(batch)
            if len(batch) < _BATCH:
                break
        await asyncio.to_thread(_expire, self._root / QUARANTINE, before.timestamp())
        if count:
            _log.info("old recordings deleted", count=count, days=self._days)
        return count


def _expire(directory: Path, before: float) -> None:
    for path in directory.rglob("*"):
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
