"""Who is inside and who is outside: what a channel's name tells of its party."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from pbx_bridge.directory import PbxDirectory, endpoint_of, extension_of

# Channel technologies that are no party of their own: glue of the PBX.
_GLUE = frozenset(
    [
        "Local",
        "Snoop",
        "CBRec",
        "CBAnn",
        "Announcer",
        "Recorder",
        "AsyncGoto",
        "Surrogate",
        "Bridge",
        "Message",
        "Null",
        "MulticastRTP",
        "UnicastRTP",
        "Parked",
    ]
)
_LONGEST_EXTENSION = 6


class Place(Enum):
    INSIDE = "inside"
    OUTSIDE = "outside"
    GLUE = "glue"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a channel ends: an extension's digits, a line's name, or nothing of either."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Endpoints by name. What is neither is judged by its look: a few digits are an extension."""

    extensions: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()

    @classmethod
    def of(cls, extensions: Iterable[str], lines: Iterable[str]) -> "Layout":
        return cls(frozenset(extensions), frozenset(lines))

    @classmethod
    def from_directory(cls, directory: PbxDirectory) -> "Layout":
        return cls.of(
            (entry.number for entry in directory.extensions),
            (entry.name for entry in directory.lines),
        )

    def seat(self, channel: str) -> Seat:
        """`channel` is a channel's name, `PJSIP/101-0000001a`; `PJSIP/101-web-0000001b` is 101's
        browser, `PJSIP/101-mobile-line1-0000001c` its mobile telephone.
        """
        technology, _, rest = channel.partition("/")
        if technology in _GLUE or not rest:
            return Seat(Place.GLUE, "")
        endpoint = endpoint_of(channel)
        if endpoint in self.lines:
            return Seat(Place.OUTSIDE, endpoint)
        owner = extension_of(endpoint)
        if endpoint in self.extensions or owner in self.extensions:
            return Seat(Place.INSIDE, owner)
        if owner.isdigit() and len(owner) <= _LONGEST_EXTENSION:
            return Seat(Place.INSIDE, owner)
        return Seat(Place.OUTSIDE, endpoint)
