"""Events on their way into the journal: whatever has gathered is appended as one batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from pbx_bridge.ami.queue import LagMeter
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.ports import Journal

log = structlog.get_logger(__name__)

_BATCH = 2000
_FULL = 100_000  # events that wait for a journal that does not answer; the PBX keeps the others
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0
_REFUSALS = 5  # of one call's events, while the journal takes others'
_OUTAGE = 3  # so many calls refused and none taken: it is not the events' fault

Stored = Callable[[], Awaitable[None]]


class JournalWriter:
    """Keeps order, and keeps what the journal cannot take now until it can.

    Only what the journal refuses again and again while it takes other calls' events is given up,
    with a loud line in the log: one broken call must not hold all others.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._journal = journal
        self._now = now
        self._sleep = sleep
        self._waiting: deque[CallEvent] = deque()
        self._arrivals: deque[tuple[int, float]] = deque()  # (how many were put then, when)
        self._marks: deque[tuple[int, Stored]] = deque()
        self._put = 0
        self._done = 0
        self._wake = asyncio.Event()
        self._progress = asyncio.Condition()
        self._refusals: dict[str, int] = {}
        self.given_up = 0
        self.last_error = ""
        #: From the arrival of what caused an event until the event is committed; seconds.
        self.lag = LagMeter()

    def __len__(self) -> int:
        return self._put - self._done

    def put(self, events: Sequence[CallEvent], arrived: float | None = None) -> None:
        if events:
            self._waiting.extend(events)
            self._put += len(events)
            if arrived is not None:
                self._arrivals.append((self._put, arrived))
            self._wake.set()

    def when_stored(self, then: Stored) -> None:
        """Call `then` when all that was put so far is committed, and stays so.

        Left out, with a line in the log, when the journal cannot be sure: the next one will do.
        """
        self._marks.append((self._put, then))
        self._wake.set()

    async def room(self) -> None:
        """Wait while far too much waits."""
        if len(self) >= _FULL:
            async with self._progress:
                await self._progress.wait_for(lambda: len(self) < _FULL)

    async def flushed(self) -> None:
        """Wait until all that was put is committed."""
        goal = self._put
        async with self._progress:
            await self._progress.wait_for(lambda: self._done >= goal and not self._marks)

    async def run(self) -> None:
        """For ever, until cancelled."""
        held: list[CallEvent] = []  # taken, but the journal did not want them yet
        delay = _FIRST_DELAY
        while True:
            if not held and not self._waiting:
                await self._wake.wait()
            self._wake.clear()
            while self._waiting and len(held) < _BATCH:
                held.append(self._waiting.popleft())
            count = len(held)
            held = await self._store(held)
            await self._advance(count - len(held), complete=not held)
            if held:
                await self._sleep(delay)
                delay = min(2 * delay, _LONGEST_DELAY)
            else:
                delay = _FIRST_DELAY

    async def _advance(self, count: int, *, complete: bool) -> None:
        self._done += count
        while self._arrivals and self._arrivals[0][0] <= self._done:
            self.lag.record(self._now() - self._arrivals.popleft()[1])
        reached: list[Stored] = []
        while complete and self._marks and self._marks[0][0] <= self._done:
            reached.append(self._marks.popleft()[1])
        if reached and await self._settled():
            for then in reached:
                await then()
        async with self._progress:
            self._progress.notify_all()

    async def _settled(self) -> bool:
        try:
            await self._journal.settle()
        except Exception as error:
            log.warning("bridge.journal_not_settled", error=f"{type(error).__name__}: {error}")
            return False
        return True

    async def _store(self, events: list[CallEvent]) -> list[CallEvent]:
        """Those that are still not stored."""
        if events and not await self._append(events):
            return await self._apart(events)
        if events and self.last_error:
            log.info("bridge.journal_back", waiting=len(self))
            self.last_error = ""
            self._refusals.clear()
        return []

    async def _append(self, events: Sequence[CallEvent]) -> bool:
        try:
            await self._journal.append(events)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            if reason != self.last_error:
                log.warning("bridge.journal_refuses", events=len(events), error=reason)
            self.last_error = reason
            return False
        return True

    async def _apart(self, events: Iterable[CallEvent]) -> list[CallEvent]:
        """Call by call; what is still not stored. In an outage nothing goes through at all."""
        calls: dict[str, list[CallEvent]] = {}
        for event in events:
            calls.setdefault(event.call, []).append(event)
        refused: list[str] = []
        for tried, (key, told) in enumerate(calls.items()):
            if tried == len(refused) == _OUTAGE:
                return [event for rest in calls.values() for event in rest]
            if not await self._append(told):
                refused.append(key)
        if len(refused) < len(calls):
            refused = [key for key in refused if not self._hopeless(key, calls[key])]
        return [event for key in refused for event in calls[key]]

    def _hopeless(self, key: str, events: Sequence[CallEvent]) -> bool:
        """Counts a refusal; the last one gives the events up."""
        self._refusals[key] = self._refusals.get(key, 0) + 1
        if self._refusals[key] < _REFUSALS:
            return False
        del self._refusals[key]
        self._give_up(events)
        return True

    def _give_up(self, events: Sequence[CallEvent]) -> None:
        self.given_up += len(events)
        log.error(
            "bridge.events_given_up",
            call=events[0].call,
            events=[event.key for event in events],
            error=self.last_error,
        )
