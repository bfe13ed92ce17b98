"""What the web asks of the parts beside it; `hovorna` implements it.

Without the web's libraries: who implements it is there before they are loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part's health. `detail` says for an administrator what is wrong, or the version."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gauges:
    """Figures of the telephone side and of the recordings, for /metrics."""

    ami_lag_seconds: float = 0.0
    ami_events: int = 0  # since start
    calls_live: int = 0
    recordings_waiting: int = 0


class Status(Protocol):
    """What readiness and metrics are told by the parts that run beside the web. Cheap to ask."""

    def bridge(self) -> PartStatus: ...

    def pbx(self) -> PartStatus: ...

    def gauges(self) -> Gauges: ...

    def troubles(self) -> tuple[str, ...]:
        """What an administrator must mend although calls go on, in English words."""
        ...


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """What to type into a real SIP phone."""

    user: str
    name: str
    password: str


class Demo(Protocol):
    """The demo's simulated outside world. `sip`: host:port of the PBX."""

    @property
    def sip(self) -> str: ...

    @property
    def phones(self) -> Sequence[DemoPhone]: ...

    @property
    def began(self) -> datetime:
        """Since when it runs: what was done before counts for nobody's guide."""
        ...

    async def call_in(
        self, number: str | None, line: str, *, patient: bool = False, spared: bool = False
    ) -> str:
        """A simulated client calls the line by its name; None: a number nobody knows.

        `patient`: stays until the other side hangs up. `spared`: simulated colleagues leave the
        call for a while to others. Returns the calling number (E.164) when the call is on its
        way. Raises TelephonyError.
        """
        ...

    def told_of(self, user: int) -> frozenset[str]:
        """Steps of the guide that this user's phone told of since `began`."""
        ...

    def tell_of(self, user: int, step: str) -> None: ...

    async def ring_colleague(self, among: Sequence[str]) -> tuple[str, str]:
        """One of these extensions calls another, where it rings for a while: who, and whom.

        Raises TelephonyError.
        """
        ...


class LineTest(Protocol):
    async def test(self, line: str) -> str:
        """Registers with the line's provider; says how it went. Raises TelephonyError with why."""
        ...
