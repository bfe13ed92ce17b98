"""How the company's lines are now, as the telephone side sees them; in memory only."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from crm.bus import Audience, Bus, BusEvent
from crm.db import Clock
from crm.errors import PhoneUnavailable
from crm.people.directory import Directories
from crm.people.views import LineView
from pbx_bridge.watching.lines import Health, LineState

Look = Callable[[], Awaitable[None]]


class LineStates:
    """What nobody watches is unknown, and a line that is unknown is tried."""

    def __init__(self, clock: Clock, bus: Bus, directories: Directories) -> None:
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._states: dict[str, LineState] = {}
        self._look: Look | None = None

    def connect(self, look: Look) -> None:
        """`look` asks the PBX now, and tells `are` before it returns. Raises PhoneUnavailable."""
        self._look = look

    def state(self, name: str) -> LineState:
        return self._states.get(name) or LineState(name)

    async def sure(self, name: str) -> LineState:
        """As `state`; one that seems to be down is looked at again, for it may be up since."""
        if self.state(name).health.down and self._look is not None:
            with contextlib.suppress(PhoneUnavailable):
                await self._look()
        return self.state(name)

    async def require_up(self, line: LineView) -> None:
        """Raises PhoneUnavailable, which says why, for a line that is down."""
        health = (await self.sure(line.name)).health
        if health is Health.REJECTED:
            raise PhoneUnavailable(f"Line {line.label} is down: its provider refuses the account")
        if health is Health.UNREACHABLE:
            raise PhoneUnavailable(f"Line {line.label} is down: its provider does not answer")
        if health is Health.UNREGISTERED:
            raise PhoneUnavailable(f"Line {line.label} is down: its provider is not registered")

    def are(self, states: Mapping[str, LineState]) -> None:
        """All of them, by line. Tells the bus of those that changed."""
        before, self._states = self._states, dict(states)
        changed = [it for name, it in states.items() if before.get(name) != it]
        self._bus.publish(self._event(it) for it in changed if it.name in self._lines)

    def shown(self, line: LineView) -> LineView:
        """The line with its state."""
        state = self.state(line.name)
        return replace(
            line,
            state=state.health.value,
            state_since=state.since,
            last_error=state.last_error.value if state.last_error else None,
            last_error_at=state.last_error_at,
        )

    @property
    def _lines(self) -> Mapping[str, LineView]:
        return self._directories.now.lines

    def _event(self, state: LineState) -> BusEvent:
        data = {"line": {"name": state.name, "label": self._lines[state.name].label}}
        data["line"] |= {"state": state.health.value}
        return BusEvent("line.state", self._clock(), data, Audience(everyone=True))
