"""What the bridge needs from those above it. Wired in `hovorna`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pbx_bridge.calls.events import CallEvent, Direction


class Journal(Protocol):
    """Where call events go. Appending one twice changes nothing."""

    async def append(self, events: Sequence[CallEvent]) -> None:
        """Store the events, in order. Returns after the commit."""
        ...

    async def settle(self) -> None:
        """Wait until what was appended would survive a power cut."""
        ...


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that the journal has a beginning of and no end. `last_at`: of its latest event."""

    key: str
    direction: Direction
    last_at: int


class OpenCalls(Protocol):
    """What the journal still believes to be going on."""

    async def open_calls(self) -> Sequence[OpenCall]:
        """Of the bridge's PBX alone, and only such as the journal has events of."""
        ...


@dataclass(frozen=True, slots=True)
class RouteQuery:
    """An inbound call asks who shall ring. `number` and `name` as the network sent them."""

    call: str
    line: str
    dialled: str
    number: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """Extensions that ring together, for how many seconds, and what their displays shall say."""

    ring: tuple[str, ...]
    seconds: int
    display: str


class Refusal(StrEnum):
    """Why an employee may not call a number: it is too far, or there were too many calls."""

    COUNTRY = "country"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class OutboundQuery:
    """An extension calls out, or sends somebody out. `number` is E.164."""

    call: str
    extension: str
    line: str
    number: str


class Router(Protocol):
    """Answers well within the dialplan's 0.3 s."""

    async def may_call(self, query: OutboundQuery) -> Refusal | None:
        """None: it may. The dialplan itself knows who may use which line."""
        ...

    def is_down(self, line: str) -> bool:
        """Whether this line is known to be: it is tried all the same, and then said."""
        ...

    async def route(self, query: RouteQuery) -> RouteAnswer | None:
        """None: the dialplan rings the line's own group."""
        ...
