"""Events of the business side within one process: published after the commit, never before."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an event is about; who may see it is decided by `people.permissions`."""

    everyone: bool = False  # anybody signed in
    users: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BusEvent:
    """`data` holds plain JSON values; it goes to browsers and API clients as it is."""

    type: str
    at: datetime
    data: dict[str, Any]
    audience: Audience = field(default_factory=Audience)


class Subscription:
    """Events for one listener, in order. Iterate until `close`.

    A listener that does not keep up loses its oldest events, and `dropped` counts them: a slow
    browser must not hold up the telephone.
    """

    def __init__(self, size: int) -> None:
        self._queue: asyncio.Queue[BusEvent | None] = asyncio.Queue(size + 1)
        self.dropped = 0

    def put(self, event: BusEvent | None) -> None:
        while self._queue.full():
            self._queue.get_nowait()
            self.dropped += 1
        self._queue.put_nowait(event)

    async def get(self) -> BusEvent | None:
        """The next event, waiting for it. None: closed."""
        return await self._queue.get()

    async def __aiter__(self) -> AsyncIterator[BusEvent]:
        while (event := await self._queue.get()) is not None:
            yield event


class Bus:
    """Two ways to listen: a callback, called at once in the loop, or a queue of one's own."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._listeners: list[Callable[[BusEvent], None]] = []

    def publish(self, events: Iterable[BusEvent]) -> None:
        for event in events:
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception:
                    # One broken listener must not keep the others from a ringing call.
                    log.exception("bus listener failed", type=event.type)
            for subscription in tuple(self._subscriptions):
                subscription.put(event)

    def listen(self, listener: Callable[[BusEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event; it must not block. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def subscribe(self, size: int = 1000) -> Iterator[Subscription]:
        """A queue of events from now on, at most `size` waiting."""
        subscription = Subscription(size)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            subscription.put(None)
