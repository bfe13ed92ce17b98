"""Takes in what the PBX records, as soon as it is complete, until it is safe.

Two roads lead here: `finished`, told by the bridge, and a scan of the spool for what nobody told,
at the start and then regularly. Both end in one queue, where a channel is at most once.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from recordings import spool
from recordings.errors import JobError, WorkerError
from recordings.finding import Finder
from recordings.names import is_channel
from recordings.places import CACHE, TEMPORARY, Pace, Places
from recordings.ports import Catalogue, Condition, StoredRecording
from recordings.process import AudioWorker
from recordings.status import IngestStatus
from recordings.taking import NotYetError, SpoolError, Taking

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Item:
    """A channel on its way. `since`: when it was first told of, on the monotonic clock."""

    channel: str
    since: float
    seen: spool.Look | None = None
    seen_at: float = 0.0
    tries: int = 0
    failures: int = 0  # of those, how many were the file's own fault
    unreadable: int = 0
    busy: bool = False
    again: bool = False  # told of once more while busy


class Ingest:
    """Works between `start` and `stop`; what `finished` is told before is kept until then.

    `tell` is called with every new problem, in words for an administrator.
    """

    def __init__(
        self,
        places: Places,
        catalogue: Catalogue,
        worker: AudioWorker | None = None,
        *,
        pace: Pace | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        tell: Callable[[str], None] = lambda problem: None,
    ) -> None:
        self._places = places
        self._worker = worker or AudioWorker()
        self._pace = pace or Pace()
        self._monotonic = monotonic
        self._jitter = jitter
        self._tell = tell
        self._taking = Taking(places, catalogue, self._worker)
        self._finder = Finder(places, catalogue, self._pace, monotonic, wall)
        self._open = spool.OpenFiles(places.spool, monotonic)
        self._queue: asyncio.Queue[_Item] = asyncio.Queue()
        self._items: dict[str, _Item] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._paused_until = 0.0
        self._problems: dict[str, str] = {}
        self._counts = dict.fromkeys(Condition, 0)

    async def start(self) -> None:
        """Sweep what a crash left, then take in all that is complete and whatever comes."""
        await asyncio.to_thread(_sweep, self._places.root)
        self._tasks = [asyncio.create_task(self._take_all()) for _ in range(self._pace.takers)]
        self._tasks.append(asyncio.create_task(self._scan_always()))

    async def stop(self) -> None:
        """End at once. What was under way is still in the spool and is taken at the next start."""
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._worker.stop()

    def finished(self, channel: str) -> None:
        """The PBX closed this channel's files. Harmless for one that is taken in already."""
        if not is_channel(channel):
            _log.warning("recording of a strange channel", channel=channel[:200])
        elif (item := self._items.get(channel)) is None:
            self._add(channel)
        elif item.busy:
            item.again = True

    async def scan(self) -> None:
        """Queue what nobody told of. Raises OSError, and what the catalogue raises."""
        for channel in await self._finder.find(self._items):
            if channel not in self._items:
                self._add(channel)

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        await self._idle.wait()

    def status(self) -> IngestStatus:
        """How it stands now."""
        now = self._monotonic()
        return IngestStatus(
            waiting=len(self._items),
            oldest=max((now - item.since for item in self._items.values()), default=0.0),
            stored=self._counts[Condition.WHOLE],
            damaged=self._counts[Condition.DAMAGED],
            lost=self._counts[Condition.LOST],
            empty=self._counts[Condition.EMPTY],
            unowned=len(self._finder.unowned),
            problems=tuple(self._problems.values()),
        )

    async def _scan_always(self) -> None:
        while True:
            try:
                await self.scan()
                self._problems.pop("spool", None)
                await self._look_for_room()
            except Exception as error:
                self._report("spool", f"The recordings spool cannot be looked through: {error}")
            await asyncio.sleep(self._pace.scan)

    async def _look_for_room(self) -> None:
        """The PBX itself tells nobody that it has no room to record. Raises OSError."""
        free = await asyncio.to_thread(self._places.free)
        if free is None or free >= self._places.reserve:
            self._problems.pop("room", None)
            return
        self._report(
            "room",
            f"The disk of {self._places.spool}, where the PBX records, is nearly full: soon "
            "nothing will be recorded. Free some space, or set recordings_keep_days.",
        )

    def _add(self, channel: str) -> None:
        item = self._items[channel] = _Item(channel, self._monotonic())
        self._idle.clear()
        self._queue.put_nowait(item)

    async def _take_all(self) -> None:
        while True:
            item = await self._queue.get()
            if (pause := self._paused_until - self._monotonic()) > 0:
                await asyncio.sleep(pause)
            item.busy = True
            delay = await self._take(item)
            item.busy = False
            if delay is not None:
                self._later(item, delay)
                continue
            del self._items[item.channel]
            if item.again:
                self._add(item.channel)
            elif not self._items:
                self._idle.set()

    def _later(self, item: _Item, seconds: float) -> None:
        def come() -> None:
            self._timers.discard(timer)
            self._queue.put_nowait(item)

        timer = asyncio.get_running_loop().call_later(seconds, come)
        self._timers.add(timer)

    async def _take(self, item: _Item) -> float | None:
        """One try. Returns the seconds until the next one; None when nothing is left to do."""
        item.tries += 1
        try:
            seen = await self._settled(item)
            await self._take_seen(item, seen)
        except NotYetError as error:
            return self._not_yet(item, error)
        except WorkerError as error:
            return await self._worker_failed(item, error)
        except JobError as error:
            return self._job_failed(item, error)
        except Exception as error:
            # Whatever it is (a database that is locked, a disk that fails), the files are safe.
            self._report("take", f"Recordings cannot be taken in: {error}")
            return self._backoff(item)
        return None

    async def _settled(self, item: _Item) -> spool.Look:
        """What is in the spool, once nobody writes it any more. Raises NotYetError until then."""
        seen = await asyncio.to_thread(spool.look, self._places.spool, item.channel)
        if seen.complete or not seen.files:
            return seen
        now = self._monotonic()
        if seen != item.seen:
            item.seen, item.seen_at = seen, now
        if now - item.seen_at < self._pace.settle:
            raise NotYetError("it is not closed", self._pace.settle / 2)
        if await asyncio.to_thread(self._open.any_of, seen):
            raise NotYetError("it is being written", self._pace.settle)
        return seen

    async def _take_seen(self, item: _Item, seen: spool.Look) -> None:
        try:
            recording = await self._taking.take(
                item.channel,
                seen,
                unreadable=item.unreadable >= self._pace.unreadable,
                unusable=item.failures >= self._pace.unusable,
            )
        except SpoolError as error:
            self._finder.keep(item.channel, seen)
            self._report(
                "clear", f"Recordings are stored, but cannot be removed from the spool: {error}"
            )
            recording = error.recording
        else:
            self._problems.pop("clear", None)
        self._problems.pop("take", None)
        if recording is not None:
            self._count(recording)

    def _count(self, recording: StoredRecording) -> None:
        self._counts[recording.condition] += 1
        if recording.condition in (Condition.DAMAGED, Condition.LOST):
            _log.warning(
                "recording is damaged",
                channel=recording.channel,
                condition=recording.condition.value,
                problems=recording.problems,
            )

    def _not_yet(self, item: _Item, error: NotYetError) -> float | None:
        if error.elsewhere and item.tries >= self._pace.patience:
            self._report(
                "missing",
                f"The PBX told of a recording ({item.channel}) that was not taken in: {error}. "
                f"Is {self._places.spool} the folder where the PBX records?",
            )
            return None
        return self._backoff(item, error.seconds)

    async def _worker_failed(self, item: _Item, error: WorkerError) -> float:
        """Tell a file that kills the worker from a worker that cannot live."""
        try:
            await self._worker.run("ping", 20.0)
        except (WorkerError, JobError):
            self._pause(f"The audio worker does not run: {error}. Is the installation complete?")
            return 0.0
        item.failures += 1
        _log.warning("audio worker failed", channel=item.channel, reason=str(error))
        return self._backoff(item)

    def _job_failed(self, item: _Item, error: JobError) -> float:
        if error.full:
            self._pause(
                f"No room for recordings in {self._places.root} ({error}). Free some space, or set "
                "recordings_keep_days; recordings wait in the PBX's spool until then."
            )
            return 0.0
        if error.code == "unreadable":
            item.unreadable += 1
        else:
            item.failures += 1
        self._report("take", f"A recording cannot be taken in: {error}")
        return self._backoff(item)

    def _pause(self, problem: str) -> None:
        self._report("take", problem)
        self._paused_until = self._monotonic() + self._pace.pause

    def _report(self, kind: str, problem: str) -> None:
        """Into the status; told and logged only when it is news."""
        news = self._problems.get(kind) != problem
        self._problems[kind] = problem
        if news:
            _log.error("recordings have a problem", problem=problem)
            self._tell(problem)

    def _backoff(self, item: _Item, first: float = 0.0) -> float:
        """Doubling, with a quarter of jitter."""
        base = max(first, self._pace.shortest) * 2.0 ** min(item.tries - 1, 10)
        return min(base, self._pace.longest) * (0.75 + self._jitter() / 2)


def _sweep(root: Path) -> None:
    """Remove the temporary files of a run that is over."""
    root.mkdir(parents=True, exist_ok=True)
    for directory, pattern in ((root / TEMPORARY, "*"), (root / CACHE, ".*")):
        for path in directory.glob(pattern):
            with suppress(OSError):
                path.unlink()
