"""Events between the socket and the bridge: bounded, in order, with a measured lag."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from pbx_bridge.ami.protocol import Message


class LagMeter:
    """How late we are: the last `window` measurements, in seconds."""

    def __init__(self, window: int = 2000) -> None:
        self._samples: deque[float] = deque(maxlen=window)

    def record(self, seconds: float) -> None:
        self._samples.append(seconds)

    def quantile(self, share: float) -> float:
        """`share` 0.95: 95 of 100 measurements were not above this. 0.0 before the first."""
        if not self._samples:
            return 0.0
        ordered = sorted(self._samples)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read from the socket held; `arrived` on the event loop's clock."""

    arrived: float
    messages: Sequence[Message]


class EventQueue:
    """One reader, one consumer.

    From `soft` events on those named in `droppable` are dropped and counted. No other is ever
    dropped: from `hard` events on `full` is true and the reader stops reading, so that the PBX
    keeps them.
    """

    def __init__(
        self, now: Callable[[], float], droppable: Set[str], soft: int = 10_000, hard: int = 50_000
    ) -> None:
        self._now = now
        self._droppable = droppable
        self._soft = soft
        self._hard = hard
        self._batches: deque[Batch] = deque()
        self._in_hand: Batch | None = None
        self._size = 0
        self._ready = asyncio.Event()
        self._closed = False
        self.dropped = 0
        self.lag = LagMeter()

    def __len__(self) -> int:
        return self._size

    @property
    def full(self) -> bool:
        return self._size >= self._hard

    def put(self, messages: Sequence[Message]) -> None:
        if self._size >= self._soft:
            kept = [message for message in messages if message.name not in self._droppable]
            self.dropped += len(messages) - len(kept)
            messages = kept
        if messages:
            self._batches.append(Batch(self._now(), messages))
            self._size += len(messages)
            self._ready.set()

    def close(self) -> None:
        """No more will come. What is here is still delivered."""
        self._closed = True
        self._ready.set()

    async def take(self) -> Batch | None:
        """The oldest batch, waited for; None once closed and empty.

        Taking again says that what was taken before is done: the lag runs from the socket to there.
        """
        while (batch := self.take_nowait()) is None and not self._closed:
            self._ready.clear()
            await self._ready.wait()
        return batch

    def take_nowait(self) -> Batch | None:
        """As `take`; None also when nothing is here now."""
        if self._in_hand is not None:
            self.lag.record(self._now() - self._in_hand.arrived)
        self._in_hand = self._batches.popleft() if self._batches else None
        if self._in_hand is not None:
            self._size -= len(self._in_hand.messages)
        return self._in_hand

    @property
    def waiting(self) -> float:
        """Seconds for which the oldest batch has waited; 0.0 when there is none."""
        return self._now() - self._batches[0].arrived if self._batches else 0.0
