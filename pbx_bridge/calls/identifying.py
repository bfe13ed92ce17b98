"""What call it is: when it is one, its direction, the outside number and the line."""

from pbx_bridge.calls.board import Call, Channel
from pbx_bridge.calls.events import Direction
from pbx_bridge.calls.facts import OutboundRefused
from pbx_bridge.calls.numbers import caller_number, dialled, without_line_key
from pbx_bridge.calls.telling import Telling

_OUTSIDE_DIGITS = 7  # what is dialled with as many is meant for the outside


class Identifying:
    def __init__(self, tell: Telling) -> None:
        self._tell = tell

    def start(self, call: Call) -> None:
        """It is a call, and all that is known of its kind is told; only the first time."""
        origin = call.origin
        if call.started or call.ended or origin is None:
            return
        wanted = dialled(origin.exten)
        if origin.outside:
            call.direction = Direction.INBOUND
            origin.number = number = caller_number(origin.number)
            line: str | None = origin.seat.name
            call.withheld = call.withheld or number is None
        else:
            number, line = self._outbound(call, origin, wanted)
            if call.direction is Direction.OUTBOUND:
                wanted = wanted or number
            elif wanted is None:
                wanted = _first_extension(call, origin)
        self._tell.started(call, origin, number, line, wanted)
        self._catch_up(call)

    def _outbound(
        self, call: Call, origin: Channel, wanted: str | None
    ) -> tuple[str | None, str | None]:
        """Decide the direction of a call placed inside; number and line if it goes outside."""
        wanted = None if wanted is None else without_line_key(wanted)
        leg = next((c for c in call.channels.values() if c.outside), None)
        if leg is not None:
            leg.number = leg.number or wanted
            call.direction, call.identified = Direction.OUTBOUND, True
            return leg.number, leg.seat.name
        to_outside = wanted is not None and len(wanted) >= _OUTSIDE_DIGITS
        inner = any(c.inside and c is not origin for c in call.channels.values())
        if not inner and (call.placed or to_outside):
            call.direction = Direction.OUTBOUND
            return wanted, None
        call.direction = Direction.INTERNAL
        return None, None

    def _catch_up(self, call: Call) -> None:
        """What was noticed before the call was known to be one."""
        for channel in call.channels.values():
            if channel.recorded:
                self._tell.recording_started(channel, call.last)
            if channel.rang and not channel.up and channel.real:
                self._tell.ringing(channel, call.last)

    def leg(self, leg: Channel) -> None:
        """A phone is being called; now the call's kind is known."""
        call = leg.call
        if not call.started:
            self.start(call)
        else:
            self._known_better(call, leg)

    def _known_better(self, call: Call, leg: Channel) -> None:
        """A phone is called in a call whose kind was a guess, or was internal so far; or that goes
        by another line now, for the one before did not take it.
        """
        origin = call.origin
        if call.ended or origin is None or origin.outside or leg is origin:
            return
        at, by = leg.created, leg.uniqueid
        if call.identified:
            if leg.outside and call.direction is Direction.OUTBOUND and not call.answered:
                self._tell.identified(call, by, at, None, leg.seat.name, None)  # the next line
            return
        if leg.outside:
            call.identified, call.direction = True, Direction.OUTBOUND
            leg.number = leg.number or dialled(origin.exten)
            wanted = leg.number if call.placed else None
            self._tell.identified(call, by, at, leg.number, leg.seat.name, wanted)
        elif leg.inside and call.placed and call.direction is Direction.OUTBOUND:
            call.direction = Direction.INTERNAL
            self._tell.identified(call, by, at, None, None, leg.seat.name)

    def in_a_room(self, channel: Channel, at: int) -> None:
        """What was placed for a user led to a conference room: nobody outside is called."""
        call = channel.call
        guessed = call.started and not call.ended and not call.identified
        if guessed and channel is call.origin and call.direction is Direction.OUTBOUND:
            call.direction = Direction.INTERNAL
            self._tell.identified(call, channel.uniqueid, at, None, None, None)

    def refused(self, channel: Channel, fact: OutboundRefused) -> None:
        """The limits keep the channel from the outside: an attempt to call out, or a transfer."""
        call = channel.call
        self.start(call)
        what = (channel.uniqueid, fact.number)
        if what in call.refused or not call.open:
            return
        call.refused.add(what)
        if channel is call.origin and channel.inside and not call.identified:
            call.identified, call.direction = True, Direction.OUTBOUND
            number = fact.number
            self._tell.identified(call, channel.uniqueid, fact.at, number, fact.line, number)
        self._tell.refused(call, fact)


def _first_extension(call: Call, origin: Channel) -> str | None:
    legs = (c.seat.name for c in call.channels.values() if c.inside and c is not origin)
    return next(legs, None)
