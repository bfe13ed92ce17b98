"""How a line is: what its endpoint's state means, by the way in which it is connected. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pbx_bridge.watching.endpoints import REGISTERED, EndpointState

_REFUSED = frozenset({"Rejected", "Stopped"})


class Health(StrEnum):
    """`UNKNOWN`: nobody has said yet, or nobody watches; such a line is tried."""

    UNKNOWN = "unknown"
    UP = "up"
    REJECTED = "rejected"  # the provider refuses our account
    UNREACHABLE = "unreachable"  # the provider does not answer
    UNREGISTERED = "unregistered"  # the provider has not registered with us

    @property
    def down(self) -> bool:
        return self in (Health.REJECTED, Health.UNREACHABLE, Health.UNREGISTERED)


@dataclass(frozen=True, slots=True)
class LineState:
    """`since`: when this health was first seen. `last_error`: the last health that was down, and
    when it began; kept when the line is up again.
    """

    name: str
    health: Health = Health.UNKNOWN
    since: datetime | None = None
    last_error: Health | None = None
    last_error_at: datetime | None = None

    def becomes(self, health: Health, at: datetime) -> "LineState":
        """The same object if nothing changes."""
        if health is self.health:
            return self
        changed = replace(self, health=health, since=at)
        return replace(changed, last_error=health, last_error_at=at) if health.down else changed


def health_of(mode: str, endpoint: EndpointState) -> Health:
    """`mode`: accept, register or address, as in `LineEntry`."""
    if mode == "accept":
        if endpoint.contacts:
            return Health.UP
        return Health.UNREACHABLE if endpoint.silent else Health.UNREGISTERED
    reached = endpoint.contacts and not endpoint.unasked
    if mode == "register":
        if endpoint.registration in _REFUSED:
            return Health.UNREACHABLE if endpoint.silent else Health.REJECTED
        if endpoint.registration != REGISTERED:
            return Health.UNREACHABLE if endpoint.silent else Health.UNKNOWN
        # Registered, but its address is not answered: the PBX would not even try to call out.
        return Health.UNREACHABLE if endpoint.silent else Health.UP
    if endpoint.silent and not endpoint.contacts:
        return Health.UNREACHABLE
    return Health.UP if reached else Health.UNKNOWN
