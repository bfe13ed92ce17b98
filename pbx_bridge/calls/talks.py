"""Who hears whom, and what follows: who joins a talk and how, when a call is answered, who parts.

A conference is a talk of more than two, or in a bridge that is for many.
"""

from collections.abc import Sequence

from pbx_bridge.calls.board import Board, Call, Channel
from pbx_bridge.calls.consulting import Consulting
from pbx_bridge.calls.events import Direction, Joined
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.layout import Seat
from pbx_bridge.calls.telling import Telling


class Talks:
    def __init__(
        self, board: Board, tell: Telling, identify: Identifying, consulting: Consulting
    ) -> None:
        self._board = board
        self._tell = tell
        self._identify = identify
        self._consulting = consulting

    def settle(self, channel: Channel, at: int) -> None:
        """The channel came to where it is: what does that mean to all whom it hears?"""
        together = self._board.hearing(channel)
        self._consulting.met(together, at)
        for call in dict.fromkeys(one.call for one in together):
            self._together(call, together, at)
        for one in together:
            if one.consults is not None and one.consults in together and len(together) > 2:
                self._consulting.over(one, at)
                if one.held:  # the PBX tells only that it began
                    one.held = False
                    self._tell.resumed(one, one.party, at)

    def part(self, channel: Channel) -> None:
        """The channel leaves its bridge."""
        call = channel.call
        if not call.answered or call.ended:
            self._board.leave(channel)
            return
        before = self._board.hearing(channel)
        self._board.leave(channel)
        if not _is_talk(call, before):
            return
        others = [one for one in before if one is not channel]
        if others and _is_talk(call, self._board.hearing(others[0])):
            # The talk goes on without it, so its going is nobody's end.
            for other in others:
                if other.source is channel:
                    other.source = None
        elif call.breaker is None and call.handover is None:
            call.breaker = channel

    def rename(self, channel: Channel, name: str, seat: Seat, at: int) -> None:
        """The channel was swapped with another: the wire is the same, who speaks may not be."""
        moved = channel.joined is not None and seat != channel.seat
        if moved:
            self._tell.left(channel, at)
        self._board.rename(channel, name, seat)
        if moved:
            self.settle(channel, at)

    def _together(self, call: Call, together: Sequence[Channel], at: int) -> None:
        """These hear each other now."""
        if call.ended or not _is_talk(call, together):
            return
        mine = [c for c in together if c.call is call and not c.transferred]
        if not mine:
            return
        self._identify.start(call)
        call.breaker = None
        origin = call.origin
        mine.sort(key=lambda c: (c is not origin, c.uniqueid))
        for channel in mine:
            if channel.joined is not call:
                self._join(call, channel, _how(call, channel, len(together)), at)
        if not call.answered:
            self._tell.answered(call, _answerer(call, together), at)

    def _join(self, call: Call, channel: Channel, how: Joined, at: int) -> None:
        self._tell.joined(call, channel, how, at)
        handover = call.handover
        if handover is None or channel is call.origin:
            return
        call.handover = None
        extension = channel.seat.name if channel.inside else None
        again = extension is not None and extension == handover.by.extension
        if again and how is not Joined.CONFERENCE and handover.to != handover.by:
            self._tell.transferred(call, handover, at, returned=True)


def _is_talk(call: Call, together: Sequence[Channel]) -> bool:
    """Whether those who hear each other are a talk of this call: for a call with the outside
    the client must be among them, else colleagues are consulting."""
    if len(together) < 2:
        return False
    origin = call.origin
    external = call.external or (origin is not None and origin.outside)
    return not external or any(c.outside and not c.asked for c in together)


def _how(call: Call, channel: Channel, size: int) -> Joined:
    if channel.picked:
        return Joined.PICKUP
    if not call.answered:
        return Joined.CALLED if channel is call.origin else Joined.ANSWERED
    if channel.conference or size > 2:
        return Joined.CONFERENCE
    return Joined.TRANSFER


def _answerer(call: Call, together: Sequence[Channel]) -> Channel:
    others = [c for c in together if c is not call.origin]
    wanted = [c for c in others if c.outside == (call.direction is Direction.OUTBOUND)]
    return (wanted or others)[0]
