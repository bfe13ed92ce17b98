"""From the state of the switchboard to events: the one place that writes them and their keys.

A key names what the event is about by Uniqueids, which both roads know, never by a time: the same
history gives the same keys. Hold alone is keyed by its time, since only AMI tells of it.
"""

from collections.abc import Sequence

from pbx_bridge.calls import events as e
from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Call, Channel, Handover
from pbx_bridge.calls.numbers import caller_number, dialled, is_service, without_line_key
from pbx_bridge.calls.outcomes import CANCELLED, ring_reason, unanswered, unanswered_by
from pbx_bridge.directory import endpoint_of, is_mobile

_OUTSIDE_DIGITS = 7  # what is dialled with as many is meant for the outside


class Telling:
    """Appends to `out`. Nothing is told of a call before it started, nor after it ended."""

    def __init__(self, out: list[e.CallEvent]) -> None:
        self._out = out

    # ---- what call it is

    def start(self, call: Call) -> None:
        origin = call.origin
        if call.started or call.ended or origin is None:
            return
        call.started = True
        number = name = line = extension = None
        wanted = dialled(origin.exten)
        if origin.outside:
            call.direction = e.Direction.INBOUND
            origin.number = number = caller_number(origin.number)
            name, line = origin.caller_name, origin.seat.name
            call.withheld = call.withheld or number is None
        else:
            extension = origin.seat.name
            number, line = self._outbound(call, origin, wanted)
            if call.direction is e.Direction.OUTBOUND:
                wanted = wanted or number
            elif wanted is None:
                wanted = _first_extension(call, origin)
        self._out.append(
            e.CallStarted(
                call=call.key,
                at=call.created,
                key="started",
                direction=call.direction,
                number=number,
                name=name,
                line=line,
                dialled=wanted,
                extension=extension,
                withheld=call.withheld,
                mobile=origin.inside and is_mobile(endpoint_of(origin.name)),
            )
        )
        self._catch_up(call)

    def _outbound(
        self, call: Call, origin: Channel, wanted: str | None
    ) -> tuple[str | None, str | None]:
        """Decide the direction of a call placed inside; number and line if it goes outside."""
        wanted = None if wanted is None else without_line_key(wanted)
        leg = next((c for c in call.channels.values() if c.outside), None)
        if leg is not None:
            leg.number = leg.number or wanted
            call.direction, call.identified = e.Direction.OUTBOUND, True
            return leg.number, leg.seat.name
        to_outside = wanted is not None and len(wanted) >= _OUTSIDE_DIGITS
        inner = any(c.inside and c is not origin for c in call.channels.values())
        if not inner and (call.placed or to_outside):
            call.direction = e.Direction.OUTBOUND
            return wanted, None
        call.direction = e.Direction.INTERNAL
        return None, None

    def _catch_up(self, call: Call) -> None:
        """What was noticed before the call was known to be one."""
        for channel in call.channels.values():
            if channel.recorded:
                self.recording_started(channel, call.last)
            if channel.rang and not channel.up and channel.real:
                self.ringing(channel, call.last)

    def identify(self, call: Call, leg: Channel) -> None:
        """A phone is called in a call whose kind was a guess, or was internal so far."""
        origin = call.origin
        if call.ended or call.identified or origin is None or origin.outside or leg is origin:
            return
        direction = number = line = wanted = None
        if leg.outside:
            call.identified = True
            leg.number = leg.number or dialled(origin.exten)
            direction, number, line = e.Direction.OUTBOUND, leg.number, leg.seat.name
            wanted = leg.number if call.placed else None
        elif leg.inside and call.placed and call.direction is e.Direction.OUTBOUND:
            direction, wanted = e.Direction.INTERNAL, leg.seat.name
        if direction is None:
            return
        call.direction = direction
        self._out.append(
            e.CallIdentified(
                call=call.key,
                at=leg.created,
                key=f"identified:{leg.uniqueid}",
                direction=direction,
                number=number,
                line=line,
                dialled=wanted,
            )
        )

    def refused(self, channel: Channel, fact: f.OutboundRefused) -> None:
        """The limits keep the channel from the outside: an attempt to call out, or a transfer."""
        call = channel.call
        self.start(call)
        key = f"refused:{channel.uniqueid}:{fact.number}"
        if key in call.refused or not _open(call):
            return
        call.refused.add(key)
        if channel is call.origin and channel.inside and not call.identified:
            self._would_have_called(call, fact)
        self._out.append(
            e.CallRefused(
                call=call.key,
                at=fact.at,
                key=key,
                by=e.Party(extension=fact.extension),
                to=e.Party(number=fact.number, line=fact.line),
                reason=fact.reason,
            )
        )

    def _would_have_called(self, call: Call, fact: f.OutboundRefused) -> None:
        call.identified, call.direction = True, e.Direction.OUTBOUND
        self._out.append(
            e.CallIdentified(
                call=call.key,
                at=fact.at,
                key=f"identified:{fact.channel}",
                direction=call.direction,
                number=fact.number,
                line=fact.line,
                dialled=fact.number,
            )
        )

    def unconfirmed(self, channel: Channel, at: int) -> None:
        call = channel.call
        key = f"unconfirmed:{channel.uniqueid}"
        if _open(call):
            self._out.append(e.CallUnconfirmed(call=call.key, at=at, key=key, by=channel.party))

    # ---- ringing

    def ringing(self, channel: Channel, at: int) -> None:
        call = channel.call
        if _open(call) and channel.leg:
            key = f"ringing:{channel.uniqueid}"
            self._out.append(e.CallRinging(call=call.key, at=at, key=key, party=channel.party))

    def ring_over(self, channel: Channel, reason: str, at: int) -> None:
        """A phone is no longer being called."""
        call = channel.call
        if channel.ring_over or not channel.real or not channel.leg:
            return
        channel.ring_over = True
        call.reasons.append((channel, reason))
        if _open(call):
            self._out.append(
                e.RingingStopped(
                    call=call.key,
                    at=at,
                    key=f"stopped:{channel.uniqueid}",
                    party=channel.party,
                    reason=reason,
                )
            )

    # ---- talking

    def talking(self, call: Call, together: Sequence[Channel]) -> bool:
        """Whether those who hear each other are a talk of this call: for a call with the outside
        the client must be among them, else colleagues are consulting."""
        if len(together) < 2:
            return False
        origin = call.origin
        external = call.external or (origin is not None and origin.outside)
        return not external or any(c.outside and not c.asked for c in together)

    def together(self, call: Call, together: Sequence[Channel], at: int) -> None:
        """These hear each other now."""
        if call.ended or not self.talking(call, together):
            return
        mine = [c for c in together if c.call is call and not c.transferred]
        if not mine:
            return
        self.start(call)
        call.breaker = None
        origin = call.origin
        mine.sort(key=lambda c: (c is not origin, c.uniqueid))
        for channel in mine:
            if channel.joined is not call:
                how = _how(call, channel, len(together))
                self._join(call, channel, how, at)
        if not call.answered:
            call.answered = True
            party = _answerer(call, together).party
            self._out.append(e.CallAnswered(call=call.key, at=at, key="answered", party=party))

    def _join(self, call: Call, channel: Channel, how: e.Joined, at: int) -> None:
        channel.joined = call
        party = channel.party
        key = f"joined:{channel.span}"
        self._out.append(e.PartyJoined(call=call.key, at=at, key=key, party=party, how=how))
        handover = call.handover
        if handover is not None and channel is not call.origin:
            call.handover = None
            again = party.extension is not None and party.extension == handover.by.extension
            if again and how is not e.Joined.CONFERENCE and handover.to != handover.by:
                self._returned(call, handover, at)

    def _returned(self, call: Call, handover: Handover, at: int) -> None:
        self._out.append(
            e.CallTransferred(
                call=call.key,
                at=at,
                key=f"returned:{handover.transferor.uniqueid}",
                kind=handover.kind,
                by=handover.by,
                to=handover.to,
                returned=True,
            )
        )

    def leave(self, channel: Channel, at: int) -> None:
        """The channel's party is out of the call."""
        call, channel.joined = channel.joined, None
        if call is not None and not call.ended:
            key = f"left:{channel.span}"
            self._out.append(e.PartyLeft(call=call.key, at=at, key=key, party=channel.party))

    def held(self, channel: Channel, at: int) -> None:
        if _open(channel.call) and channel.real:
            key = f"held:{channel.uniqueid}:{at}"
            self._out.append(e.CallHeld(call=channel.call.key, at=at, key=key, by=channel.party))

    def resumed(self, channel: Channel, at: int) -> None:
        if _open(channel.call) and channel.real:
            key = f"resumed:{channel.uniqueid}:{at}"
            self._out.append(e.CallResumed(call=channel.call.key, at=at, key=key, by=channel.party))

    def transferred(self, call: Call, handover: Handover, at: int) -> None:
        if _open(call):
            self._out.append(
                e.CallTransferred(
                    call=call.key,
                    at=at,
                    key=f"transferred:{handover.transferor.uniqueid}",
                    kind=handover.kind,
                    by=handover.by,
                    to=handover.to,
                )
            )

    def browser_lost(self, channel: Channel, loss: e.Loss, at: int) -> None:
        call = channel.call
        if _open(call):
            key = f"browser_lost:{channel.uniqueid}"
            self._out.append(
                e.BrowserLost(call=call.key, at=at, key=key, by=channel.party, loss=loss)
            )

    def picked_up(self, picker: Channel, target: Channel, at: int) -> None:
        call = picker.call
        if _open(call):
            self._out.append(
                e.CallPickedUp(
                    call=call.key,
                    at=at,
                    key=f"picked_up:{picker.uniqueid}",
                    by=picker.party,
                    of=target.party,
                )
            )

    def merged(self, call: Call, other: Call, moved: Sequence[Channel], at: int) -> None:
        key = f"merged:{other.root}"
        self._out.append(e.CallMerged(call=call.key, at=at, key=key, other=other.key))
        for channel in moved:
            if channel.recorded:
                self.recording_started(channel, at)

    # ---- recordings

    def recording_started(self, channel: Channel, at: int) -> None:
        call = channel.call
        if call.started:
            uniqueid = channel.uniqueid
            key = f"recording:{uniqueid}"
            self._out.append(
                e.RecordingStarted(
                    call=call.key,
                    at=at,
                    key=key,
                    channel=uniqueid,
                    early=channel.recorded_early,
                )
            )

    def recording_finished(self, channel: Channel, at: int) -> None:
        call = channel.call
        if not channel.recorded or channel.recording_over:
            return
        channel.recording_over = True
        self.start(call)
        key = f"recorded:{channel.uniqueid}"
        self._out.append(
            e.RecordingFinished(call=call.key, at=at, key=key, channel=channel.uniqueid)
        )

    # ---- the end

    def channel_gone(self, channel: Channel, at: int, cause: int) -> None:
        channel.cause = cause
        if not channel.up:
            self.ring_over(channel, ring_reason(cause), at)
        self.leave(channel, at)
        self.recording_finished(channel, at)

    def end_if_over(self, call: Call, at: int) -> None:
        if call.ended or not _over(call):
            return
        if not call.started and _unworthy(call):
            call.ended = True
            return
        self.start(call)
        talked = (e.Outcome.ANSWERED, _blamed(call))
        outcome, by = talked if call.answered else self._unanswered(call)
        self._end(call, at, outcome, by, assumed=False)

    def end_assumed(self, call: Call, at: int) -> None:
        """The PBX lost the call, and with it the truth about its end."""
        if call.ended or not _over(call):
            return
        if not call.started:
            call.ended = True
            return
        outcome = e.Outcome.ANSWERED if call.answered else self._unanswered(call)[0]
        self._end(call, at, outcome, None, assumed=True)

    def _unanswered(self, call: Call) -> tuple[e.Outcome, e.Side]:
        legs = [
            reason
            for leg, reason in call.reasons
            if leg is not call.origin
            and (call.direction is not e.Direction.OUTBOUND or leg.outside)
        ]
        outcome = unanswered(call.direction, legs, call.voicemail)
        origin = call.origin
        if call.placed and origin is not None and not origin.up:
            # The phone of the employee who placed it did not take it.
            return e.Outcome.FAILED, e.Side.COMPANY
        gave_up = origin is not None and (
            origin.source is origin or CANCELLED in (legs or (ring_reason(origin.cause),))
        )
        return outcome, unanswered_by(call.direction, outcome, gave_up=gave_up)

    def _end(
        self, call: Call, at: int, outcome: e.Outcome, by: e.Side | None, *, assumed: bool
    ) -> None:
        for channel in call.channels.values():
            if channel.joined is call:
                self.leave(channel, at)
        call.ended = True
        self._out.append(
            e.CallEnded(
                call=call.key,
                at=at,
                key="assumed_end" if assumed else "ended",
                outcome=outcome,
                ended_by=by,
                cause=0 if assumed else _cause(call),
                assumed=assumed,
            )
        )


def _open(call: Call) -> bool:
    return call.started and not call.ended


def _first_extension(call: Call, origin: Channel) -> str | None:
    legs = (c.seat.name for c in call.channels.values() if c.inside and c is not origin)
    return next(legs, None)


def _how(call: Call, channel: Channel, size: int) -> e.Joined:
    if channel.picked:
        return e.Joined.PICKUP
    if not call.answered:
        return e.Joined.CALLED if channel is call.origin else e.Joined.ANSWERED
    if channel.conference or size > 2:
        return e.Joined.CONFERENCE
    return e.Joined.TRANSFER


def _answerer(call: Call, together: Sequence[Channel]) -> Channel:
    others = [c for c in together if c is not call.origin]
    wanted = [c for c in others if c.outside == (call.direction is e.Direction.OUTBOUND)]
    return (wanted or others)[0]


def _over(call: Call) -> bool:
    """A talk with the outside is over when the outside is gone, whoever still consults inside."""
    if call.answered and call.external:
        return not any(channel.outside and not channel.asked for channel in call.alive())
    return not any(call.alive())


def _unworthy(call: Call) -> bool:
    """Somebody dialled a code, or the PBX called an employee back in vain: no call of its own."""
    origin = call.origin
    if origin is None:
        return True
    return origin.inside and (dialled(origin.exten) is None or is_service(origin.exten))


def _last_client(call: Call) -> Channel | None:
    clients = [c for c in call.channels.values() if c.outside]
    return max(clients, key=lambda c: c.gone_at, default=call.origin)


def _blamed(call: Call) -> e.Side:
    channel = _last_client(call) if call.external else call.origin
    culprit = None if channel is None else channel.source
    culprit = culprit or call.breaker
    if culprit is None:
        return e.Side.PBX
    return e.Side.COMPANY if culprit.inside else e.Side.CLIENT


def _cause(call: Call) -> int:
    if call.answered or call.direction is e.Direction.OUTBOUND:
        channel = _last_client(call)
    else:
        channel = call.origin
    return 0 if channel is None else channel.cause
