"""How a line is, by the way in which it is connected."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx_bridge.watching.endpoints import EndpointState
from pbx_bridge.watching.lines import Health, LineState, health_of

THERE = frozenset(["192.0.2.1:5060"])
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mode", "endpoint", "health"),
    [
        ("accept", EndpointState(), Health.UNREGISTERED),
        ("accept", EndpointState(THERE, unasked=True), Health.UP),
        ("accept", EndpointState(silent=True), Health.UNREACHABLE),
        ("address", EndpointState(), Health.UNKNOWN),
        ("address", EndpointState(THERE, unasked=True), Health.UNKNOWN),
        ("address", EndpointState(THERE), Health.UP),
        ("address", EndpointState(silent=True), Health.UNREACHABLE),
        ("register", EndpointState(THERE, unasked=True), Health.UNKNOWN),
        ("register", EndpointState(THERE, registration="Unregistered"), Health.UNKNOWN),
        ("register", EndpointState(THERE, registration="Registered"), Health.UP),
        ("register", EndpointState(THERE, unasked=True, registration="Registered"), Health.UP),
        ("register", EndpointState(THERE, registration="Rejected"), Health.REJECTED),
        ("register", EndpointState(THERE, registration="Stopped"), Health.REJECTED),
        ("register", EndpointState(silent=True, registration="Rejected"), Health.UNREACHABLE),
        ("register", EndpointState(silent=True, registration="Registered"), Health.UNREACHABLE),
    ],
)
def test_health(mode: str, endpoint: EndpointState, health: Health) -> None:
    assert health_of(mode, endpoint) is health


def test_a_line_remembers_since_when_and_what_was_wrong() -> None:
    line = LineState("main").becomes(Health.UP, NOON)
    assert line.since == NOON
    assert line.becomes(Health.UP, NOON + timedelta(hours=1)) is line
    later = NOON + timedelta(hours=2)
    down = line.becomes(Health.REJECTED, later)
    assert (down.since, down.last_error, down.last_error_at) == (later, Health.REJECTED, later)
    up = down.becomes(Health.UP, later + timedelta(hours=1))
    assert (up.health, up.last_error, up.last_error_at) == (Health.UP, Health.REJECTED, later)
