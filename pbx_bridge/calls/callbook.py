"""All calls and channels that the machine knows, by the names the PBX has for them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from pbx_bridge.calls.board import SKEW, Board, Call, Channel
from pbx_bridge.calls.facts import ChannelFact
from pbx_bridge.calls.keys import call_key, is_placed, joined_root
from pbx_bridge.calls.layout import Layout

# How long an ended call is remembered, so that what is told late or twice finds it; microseconds.
GRACE = 60_000_000


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone in a call. `extension` is None outside, where `number` is whose it is.

    `talks`: it is up and among others. `with_client`: the outside party is one of them. `root`: of
    the call. `rings`: it is being called. `stopped`: its recording, which can be begun again.
    """

    name: str
    uniqueid: str
    extension: str | None
    number: str | None
    root: str
    rings: bool
    talks: bool
    with_client: bool
    recorded: bool
    paused: bool
    stopped: bool
    on_hold: bool  # by the PBX
    consults: bool


class CallBook:
    def __init__(self, pbx_id: str, layout: Layout) -> None:
        self._pbx_id = pbx_id
        self.layout = layout  # may be replaced
        self.board = Board()
        self.calls: dict[str, Call] = {}  # by root; merged ones point to their survivor
        self._over: deque[tuple[int, Call]] = deque()

    def each(self) -> list[Call]:
        """Every call once, though it may have been merged from several."""
        return list(dict.fromkeys(self.calls.values()))

    def enter(self, fact: ChannelFact) -> Channel:
        """Write down a channel, and the call that it is of."""
        call = self.calls.get(fact.linkedid)
        joins = joined_root(fact.linkedid) if call is None else None
        if joins is not None and (call := self.calls.get(joins[0])) is not None:
            call.roots.append(fact.linkedid)
            self.calls[fact.linkedid] = call
        if call is None:
            root = fact.linkedid
            call = Call(root, call_key(self._pbx_id, root), fact.at, fact.at, roots=[root])
            call.placed = is_placed(root) and joins is None
            self.calls[root] = call
        channel = Channel(
            uniqueid=fact.channel,
            name=fact.name,
            seat=self.layout.seat(fact.name),
            call=call,
            created=fact.at,
            leg=call.placed or joins is not None or fact.channel != fact.linkedid,
            held=False if fact.live else None,
        )
        call.channels[channel.uniqueid] = channel
        call.last = max(call.last, fact.at)
        self.board.add(channel)
        return channel

    def begun_unread(self, fact: ChannelFact) -> bool:
        """A leg of a call whose beginning lies before the first row that we read: that call was
        told of when it happened, and half of it would be told wrongly.
        """
        if fact.live or fact.linkedid in self.calls:
            return False
        joins = joined_root(fact.channel)
        if joins is not None:
            return joins[0] not in self.calls
        return fact.linkedid != fact.channel

    def also_known_as(self, call: Call, root: str) -> None:
        """Facts with this Linkedid too are of the call."""
        if root not in self.calls:
            call.roots.append(root)
            self.calls[root] = call

    def retire(self, call: Call, at: int) -> None:
        """If nothing of the call exists any more, it will be forgotten."""
        if not any(call.alive()):
            self._over.append((at, call))

    def sweep(self, now: int) -> None:
        """Forget what has been over for long enough."""
        while self._over and self._over[0][0] < now - GRACE:
            _, call = self._over.popleft()
            if any(call.alive()):
                continue
            for channel in call.channels.values():
                self.board.forget(channel)
            for root in call.roots:
                if self.calls.get(root) is call:
                    del self.calls[root]

    # ---- what others ask

    def active(self) -> list[str]:
        return [call.key for call in self.each() if call.open]

    def ringing(self, key: str) -> list[str]:
        return [
            channel.name
            for channel in self._alive(key)
            if channel.inside and channel.leg and not channel.up and not channel.ring_over
        ]

    def phones(self, key: str) -> list[Phone]:
        phones = sorted((c for c in self._alive(key) if c.real), key=lambda c: c.outside)
        return [_phone(self.board, channel) for channel in phones]

    def key_of(self, name: str) -> str | None:
        """Of the call in which the channel of this name is."""
        channel = self.board.names.get(name)
        return None if channel is None or channel.hung else channel.call.key

    def resume_from(self) -> int | None:
        going_on = [call for call in self.each() if any(call.alive())]
        starts = [channel.created for call in going_on for channel in call.channels.values()]
        return min(starts) - SKEW if starts else None

    def _alive(self, key: str) -> Iterator[Channel]:
        call = next((call for call in self.calls.values() if call.key == key), None)
        return iter(()) if call is None else call.alive()


def _phone(board: Board, channel: Channel) -> Phone:
    together = board.hearing(channel)
    return Phone(
        name=channel.name,
        uniqueid=channel.uniqueid,
        extension=channel.seat.name if channel.inside else None,
        number=None if channel.inside else channel.number,
        root=channel.call.root,
        rings=channel.leg and not channel.up and not channel.ring_over,
        talks=channel.up and len(together) > 1,
        with_client=any(one.outside and not one.asked for one in together if one is not channel),
        recorded=channel.recorded and not channel.recording_over,
        paused=channel.paused,
        stopped=channel.stopped,
        on_hold=bool(channel.waits_for),
        consults=channel.consults is not None,
    )
