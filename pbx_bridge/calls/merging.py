"""What becomes one call: a consultation with its call, a call that is picked up with who takes it,
all who meet in one talk. But two clients in one conference stay two calls, each with its card.
"""

from pbx_bridge.calls.board import Call, Channel
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.events import Direction
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.telling import Telling

_WEIGHT = {Direction.INBOUND: 2, Direction.OUTBOUND: 1, Direction.INTERNAL: 0}


class Merging:
    def __init__(self, book: CallBook, tell: Telling, identify: Identifying) -> None:
        self._board = book.board
        self._calls = book.calls
        self._tell = tell
        self._identify = identify

    def meet(self, channel: Channel, at: int) -> None:
        """The channel came to others: if they are of another call, the two are one from now."""
        for other in self._board.hearing(channel):
            one, two = channel.call, other.call
            if one is two:
                continue
            if channel.conference and _called_in(one) and _called_in(two):
                continue  # two clients in one conference: each has a call, and a card
            self.unite(one, two, at)

    def unite(self, one: Call, two: Call, at: int) -> None:
        away, into = sorted((one, two), key=_rank)
        self.merge(away, into, at)

    def merge(self, away: Call, into: Call, at: int) -> None:
        """`away` turns out to be part of `into`."""
        if away.ended:
            # The client of that call is gone; who is left of it goes over to the living one.
            for channel in list(away.alive()):
                _move(channel, into)
            return
        moved = list(away.channels.values())
        for channel in moved:
            _move(channel, into)
        for root in away.roots:
            self._calls[root] = into
        into.roots += away.roots
        away.ended = True
        if away.started:
            self._identify.start(into)
            self._tell.merged(into, away, moved, at)


def _move(channel: Channel, into: Call) -> None:
    channel.call.channels.pop(channel.uniqueid, None)
    channel.call, channel.joined = into, None
    into.channels[channel.uniqueid] = channel


def _rank(call: Call) -> tuple[bool, bool, int, int]:
    """The call that stays is the last when sorted: with the outside before inside, then older."""
    return (not call.ended, call.started, _WEIGHT[call.direction], -call.created)


def _called_in(call: Call) -> bool:
    return call.started and call.direction is Direction.INBOUND
