"""How the bridge is, for /readyz and metrics."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStatus:
    """`connected`: logged in, and caught up with what happened meanwhile.

    Lags are at the 95th percentile of the last two thousand measurements: `lag_p95_seconds` from
    the socket through the call machine, `journal_lag_p95_seconds` from the socket to the commit.
    """

    connected: bool
    since: datetime | None
    pbx_version: str
    events: int  # AMI events heard since the start
    last_event_at: datetime | None
    live_calls: int
    lag_p95_seconds: float
    journal_lag_p95_seconds: float
    waiting: int  # call events that the journal has not taken yet
    dropped: int  # unimportant AMI events, because there were too many; since the last connection
    malformed: int  # AMI messages that were none, or too long; since the last connection
    given_up: int  # call events that the journal refused for good
    cel_problem: str  # empty: CEL is read; else why not
    last_error: str

    @property
    def detail(self) -> str:
        """One line for a person."""
        if not self.connected:
            return f"not connected to the PBX: {self.last_error or 'not yet'}"
        if self.cel_problem:
            return f"connected, but calls during an interruption are lost: {self.cel_problem}"
        return "connected"
