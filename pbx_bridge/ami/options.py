"""How to reach a manager, and what to ask of it."""

import ipaddress
import ssl
from dataclasses import dataclass, field

Header = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiOptions:
    """Where the manager is, who we are, and what we want to hear. Times in seconds."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    wanted: frozenset[str] | None = None  # events to deliver; None: all
    droppable: frozenset[str] = frozenset()  # of these, what may go when we are too slow
    connect_timeout: float = 5.0
    action_timeout: float = 5.0
    boot_timeout: float = 10.0  # then go on without FullyBooted: a booting PBX has no calls
    ping_interval: float = 10.0
    soft_limit: int = 10_000
    hard_limit: int = 50_000

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def readable(self) -> bool:
        """Whether others could read along: neither encrypted nor on this machine."""
        if self.tls is not None or self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True
