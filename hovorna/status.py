"""How the parts of a running Hovorna are, in words for /readyz and figures for /metrics."""

from pbx_bridge.bridge import Bridge
from recordings.ingest import Ingest
from web.ports import Gauges, PartStatus


class HouseStatus:
    """Implements `web.ports.Status`. Parts appear as they are started."""

    def __init__(self) -> None:
        self.bridge_part: Bridge | None = None
        self.ingest: Ingest | None = None
        self.pbx_problem = "starting"

    def bridge(self) -> PartStatus:
        if self.bridge_part is None:
            return PartStatus(False, self.pbx_problem or "not started")
        status = self.bridge_part.status()
        return PartStatus(status.connected, status.detail)

    def pbx(self) -> PartStatus:
        if self.pbx_problem:
            return PartStatus(False, self.pbx_problem)
        if self.bridge_part is None:
            return PartStatus(False, "starting")
        status = self.bridge_part.status()
        return PartStatus(status.connected, status.pbx_version or status.detail)

    def troubles(self) -> tuple[str, ...]:
        found = list(self.ingest.status().problems) if self.ingest else []
        status = self.bridge_part.status() if self.bridge_part else None
        if status is not None and status.cel_problem:
            found.append(f"{status.cel_problem}. Calls during an interruption are lost")
        if status is not None and status.given_up:
            found.append(f"{status.given_up} events of calls could not be stored; the log says why")
        return tuple(found)

    def gauges(self) -> Gauges:
        waiting = self.ingest.status().waiting if self.ingest else 0
        if self.bridge_part is None:
            return Gauges(recordings_waiting=waiting)
        status = self.bridge_part.status()
        return Gauges(
            ami_lag_seconds=status.lag_p95_seconds,
            ami_events=status.events,
            calls_live=status.live_calls,
            recordings_waiting=waiting,
        )
