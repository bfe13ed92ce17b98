"""Events of the business side within one process: published after the commit, never before."""

from collections import deque
from collections.abc import Callable, Iterable
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


class Bus:
    """Listeners are called at once, in the loop, in the order in which they came. What a listener
    publishes itself comes after what it was told, to everybody.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[BusEvent], None]] = []
        self._waiting: deque[BusEvent] = deque()
        self._publishing = False

    def publish(self, events: Iterable[BusEvent]) -> None:
        self._waiting.extend(events)
        if self._publishing:
            return
        self._publishing = True
        try:
            while self._waiting:
                self._tell(self._waiting.popleft())
        finally:
            self._publishing = False

    def _tell(self, event: BusEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                # One broken listener must not keep the others from a ringing call.
                log.exception("bus listener failed", type=event.type)

    def listen(self, listener: Callable[[BusEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event; it must not block. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
