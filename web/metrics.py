"""Figures for Prometheus. A registry per application, so that two in one process do not mix."""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from web.context import AppContext

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics:
    """What this process counted, and what it asks of the parts when it is scraped."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "hovorna_http_requests",
            "HTTP requests",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "hovorna_http_request_seconds",
            "Time to answer, by route",
            ["route"],
            registry=registry,
            buckets=_SECONDS,
        )
        self.live_sockets = Gauge("hovorna_live_sockets", "Open /live sockets", registry=registry)
        self.live_dropped = Counter(
            "hovorna_live_slow",
            "/live sockets closed because they were too slow",
            registry=registry,
        )
        self.events = Counter("hovorna_events", "Events published", ["type"], registry=registry)
        self._ami_lag = Gauge("hovorna_ami_lag_seconds", "Age of AMI events", registry=registry)
        self._ami_events = Gauge(
            "hovorna_ami_events", "AMI events read since the start", registry=registry
        )
        self._calls = Gauge("hovorna_calls_live", "Calls going on", registry=registry)
        self._waiting = Gauge(
            "hovorna_recordings_waiting", "Recordings not yet stored", registry=registry
        )
        self._troubles = Gauge(
            "hovorna_troubles", "What an administrator must mend", registry=registry
        )
        self._up = Gauge("hovorna_part_up", "1 if the part works", ["part"], registry=registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer. `route` is the pattern, never the path: labels must stay few."""
        if method not in _METHODS:
            method = "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def scrape(self, context: AppContext) -> bytes:
        """The exposition text, with the parts' figures of this moment."""
        gauges = context.status.gauges()
        self._ami_lag.set(gauges.ami_lag_seconds)
        self._ami_events.set(gauges.ami_events)
        self._calls.set(gauges.calls_live)
        self._waiting.set(gauges.recordings_waiting)
        self._troubles.set(len(context.status.troubles()))
        self._up.labels("bridge").set(context.status.bridge().ok)
        self._up.labels("pbx").set(context.status.pbx().ok)
        return generate_latest(self.registry)


METRICS = web.AppKey("metrics", Metrics)
EXPOSITION = {"Content-Type": CONTENT_TYPE_LATEST}
