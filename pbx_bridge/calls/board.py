"""The switchboard as the machine sees it: channels, the bridges that join them, their calls.

State only, and who can hear whom; the rules are in the modules that `machine` puts together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pbx_bridge.calls.events import Direction, Party, TransferKind
from pbx_bridge.calls.layout import Place, Seat

# The two roads date one occurrence some milliseconds apart, more when the PBX is busy.
SKEW = 300_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A channel came into a bridge, or went."""

    entered: bool
    bridge: str
    at: int
    live: bool


@dataclass(slots=True, eq=False)
class Channel:
    uniqueid: str
    name: str
    seat: Seat
    call: "Call"
    created: int
    leg: bool = True  # it is being called, rather than calling
    number: str | None = None
    caller_name: str | None = None
    exten: str = ""
    announced: tuple[str, ...] = ()  # what it is about to call, and whose leg does not exist yet
    dialled: bool = False  # it is known what was dialled to reach it, if anything is
    rang: bool = False
    up: bool = False
    cause: int = 0  # of its hangup
    gone_at: int = 0
    ring_over: bool = False
    hung: bool = False
    bridge: str | None = None
    conference: bool = False  # of its bridge
    passages: list[Passage] = field(default_factory=list)
    held: bool | None = False  # None: CEL told of it, which does not tell
    source: "Channel | None" = None  # who is to blame for its hangup
    recorded: bool = False
    recorded_early: bool = False  # as RecordingStarted.early
    recording_over: bool = False
    paused: bool = False  # its recording
    stopped: bool = False  # its recording, by hand: it can be begun again
    waits_for: str = ""  # name of the channel that has it on hold in the PBX
    consults: "Channel | None" = None
    asked: bool = False  # it is consulted: no party of the talk yet
    picked: bool = False
    transferred: bool = False  # it handed its call to another and is out
    joined: "Call | None" = None  # the call in which its party was told to have joined
    # Of the seat; plain fields, as they are asked for most.
    real: bool = field(init=False)
    inside: bool = field(init=False)
    outside: bool = field(init=False)

    def __post_init__(self) -> None:
        self.sit(self.seat)

    def sit(self, seat: Seat) -> None:
        self.seat = seat
        self.real = seat.place is not Place.GLUE
        self.inside = seat.place is Place.INSIDE
        self.outside = seat.place is Place.OUTSIDE

    @property
    def party(self) -> Party:
        if self.inside:
            return Party(extension=self.seat.name)
        return Party(number=self.number, line=self.seat.name, name=self.caller_name)

    @property
    def span(self) -> str:
        """Key of the party's stay. A channel may be renamed into another's, so both name it."""
        return f"{self.uniqueid}:{self.seat.name}"

    def passes(self, passage: Passage) -> bool:
        """Note the passage. False, and not noted, if it was told before, by the same road or the
        other, or is older than what was.
        """
        for old in reversed(self.passages):
            if old.entered == passage.entered and old.bridge == passage.bridge:
                apart = abs(old.at - passage.at)
                if apart == 0 or (old.live != passage.live and apart <= SKEW):
                    return False
        if self.passages and passage.at < self.passages[-1].at - SKEW:
            return False
        self.passages.append(passage)
        return True


@dataclass(slots=True)
class Handover:
    """A transfer. While its target has not come yet, it may still return to who made it."""

    kind: TransferKind
    transferor: Channel
    by: Party
    to: Party


@dataclass(slots=True, eq=False)
class Call:
    root: str
    key: str
    created: int
    last: int  # when anything of it was last heard
    channels: dict[str, Channel] = field(default_factory=dict)  # in order of appearance
    roots: list[str] = field(default_factory=list)  # its own and those of calls merged into it
    placed: bool = False
    started: bool = False
    answered: bool = False
    ended: bool = False
    direction: Direction = Direction.INTERNAL
    withheld: bool = False
    voicemail: bool = False
    identified: bool = False  # the outside number is known for good
    # What the limits did not let pass: the channel's Uniqueid, and the number.
    refused: set[tuple[str, str]] = field(default_factory=set)
    reasons: list[tuple[Channel, str]] = field(default_factory=list)  # why a leg stopped ringing
    handover: Handover | None = None
    breaker: Channel | None = None  # whose going ended the talk

    @property
    def origin(self) -> Channel | None:
        """The channel that placed the call, or was placed for the user who did."""
        root = self.channels.get(self.root)
        if root is not None and root.real:
            return root
        return next((channel for channel in self.channels.values() if channel.real), None)

    @property
    def open(self) -> bool:
        """It was told to have started, and not to have ended."""
        return self.started and not self.ended

    @property
    def external(self) -> bool:
        return self.direction is not Direction.INTERNAL

    def alive(self) -> Iterator[Channel]:
        return (channel for channel in self.channels.values() if not channel.hung)


class Board:
    """All channels known, by Uniqueid; bridges, and the two ends of Local channels."""

    __slots__ = ("bridges", "channels", "locals", "names")

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.names: dict[str, Channel] = {}
        self.bridges: dict[str, dict[str, Channel]] = {}
        self.locals: dict[str, Channel] = {}

    def add(self, channel: Channel) -> None:
        self.channels[channel.uniqueid] = channel
        self.names[channel.name] = channel
        if channel.name.endswith((";1", ";2")):
            self.locals[channel.name] = channel

    def living(self, uniqueid: str) -> Channel | None:
        """The channel, if it exists and is of a call that goes on."""
        channel = self.channels.get(uniqueid)
        return None if channel is None or channel.hung or not channel.call.open else channel

    def rename(self, channel: Channel, name: str, seat: Seat) -> None:
        if self.names.get(channel.name) is channel:
            del self.names[channel.name]
        channel.name = name
        channel.sit(seat)
        self.names[name] = channel

    def forget(self, channel: Channel) -> None:
        self.leave(channel)
        self.channels.pop(channel.uniqueid, None)
        if self.names.get(channel.name) is channel:
            del self.names[channel.name]
        self.locals.pop(channel.name, None)

    def enter(self, channel: Channel, bridge: str, conference: bool) -> None:
        self.leave(channel)
        channel.bridge, channel.conference = bridge, conference
        self.bridges.setdefault(bridge, {})[channel.uniqueid] = channel

    def leave(self, channel: Channel) -> None:
        if channel.bridge is None:
            return
        inside = self.bridges[channel.bridge]
        inside.pop(channel.uniqueid, None)
        if not inside:
            del self.bridges[channel.bridge]
        channel.bridge, channel.conference = None, False

    def hearing(self, channel: Channel) -> list[Channel]:
        """The real channels joined with this one, itself included, through bridges and Locals."""
        if channel.bridge is None and channel.real:
            return [channel]
        met = {channel.uniqueid: channel}
        queue = [channel]
        for one in queue:
            for other in self._beside(one):
                if other.uniqueid not in met:
                    met[other.uniqueid] = other
                    queue.append(other)
        return [one for one in queue if one.real]

    def _beside(self, channel: Channel) -> Iterator[Channel]:
        if channel.bridge is not None:
            yield from self.bridges[channel.bridge].values()
        if channel.name in self.locals:
            # Local/101@inside-00000000;1 and ;2 are the two ends of one wire.
            end = "2" if channel.name[-1] == "1" else "1"
            twin = self.locals.get(channel.name[:-1] + end)
            if twin is not None and not twin.hung:
                yield twin
