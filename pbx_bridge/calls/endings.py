"""Who hung up, when a call is over, how it ended, and which side ended it."""

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Call, Channel
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.consulting import Consulting
from pbx_bridge.calls.events import Direction, Outcome, Side
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.numbers import dialled, is_service
from pbx_bridge.calls.outcomes import CANCELLED, ring_reason, unanswered, unanswered_by
from pbx_bridge.calls.recordings import Recordings
from pbx_bridge.calls.talks import Talks
from pbx_bridge.calls.telling import Telling


class Endings:
    def __init__(
        self,
        book: CallBook,
        finding: Finding,
        tell: Telling,
        identify: Identifying,
        talks: Talks,
        consulting: Consulting,
        recordings: Recordings,
    ) -> None:
        self._book = book
        self._find = finding.find
        self._tell = tell
        self._identify = identify
        self._talks = talks
        self._consulting = consulting
        self._recordings = recordings

    def hangup_requested(self, fact: f.HangupRequested) -> None:
        channel = self._find(fact)
        if channel is None or not channel.real:
            return
        # As Asterisk itself keeps it: who hung up is the source for those it spoke with, too.
        channel.source = channel
        for other in self._book.board.hearing(channel):
            if other.source is None:
                other.source = channel

    def hung_up(self, fact: f.HungUp) -> None:
        channel = self._find(fact)
        if channel is None:
            return
        source = self._book.board.names.get(fact.source) if fact.source else None
        if source is not None and source.real:
            channel.source = source
        self._talks.part(channel)
        self._consulting.over(channel, fact.at)
        self._gone(channel, fact.at, fact.cause)
        call = channel.call
        self._end_if_over(call, fact.at)
        self._book.retire(call, fact.at)

    def lose(self, call: Call, gone: list[Channel], at: int) -> None:
        """These channels are gone. If that ends the call, the truth about its end is unknown."""
        if not gone:
            return
        for channel in gone:
            self._book.board.leave(channel)
            self._gone(channel, at, 0)
        self._end_assumed(call, at)
        self._book.retire(call, at)

    def _gone(self, channel: Channel, at: int, cause: int) -> None:
        channel.hung, channel.gone_at, channel.cause = True, at, cause
        if not channel.up:
            self._tell.ring_over(channel, ring_reason(cause), at)
        self._tell.left(channel, at)
        self._recordings.finish(channel, at)

    def _end_if_over(self, call: Call, at: int) -> None:
        if call.ended or not _over(call):
            return
        if not call.started and _unworthy(call):
            call.ended = True
            return
        self._identify.start(call)
        talked = (Outcome.ANSWERED, _blamed(call))
        outcome, by = talked if call.answered else _unanswered(call)
        self._tell.ended(call, at, outcome, by, cause=_cause(call))

    def _end_assumed(self, call: Call, at: int) -> None:
        """The PBX lost the call, and with it the truth about its end."""
        if call.ended or not _over(call):
            return
        if not call.started:
            call.ended = True
            return
        outcome = Outcome.ANSWERED if call.answered else _unanswered(call)[0]
        self._tell.ended(call, at, outcome, None, assumed=True)


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


def _unanswered(call: Call) -> tuple[Outcome, Side]:
    outbound, origin = call.direction is Direction.OUTBOUND, call.origin
    legs = [
        reason
        for leg, reason in call.reasons
        if leg is not origin and (not outbound or leg.outside)
    ]
    if call.placed and origin is not None and not origin.up:
        # The phone of the employee who placed it did not take it.
        return Outcome.FAILED, Side.COMPANY
    outcome = unanswered(call.direction, legs, call.voicemail)
    gave_up = origin is not None and (
        origin.source is origin or CANCELLED in (legs or (ring_reason(origin.cause),))
    )
    return outcome, unanswered_by(call.direction, outcome, gave_up=gave_up)


def _last_client(call: Call) -> Channel | None:
    clients = [c for c in call.channels.values() if c.outside]
    return max(clients, key=lambda c: c.gone_at, default=call.origin)


def _blamed(call: Call) -> Side:
    channel = _last_client(call) if call.external else call.origin
    culprit = None if channel is None else channel.source
    culprit = culprit or call.breaker
    if culprit is None:
        return Side.PBX
    return Side.COMPANY if culprit.inside else Side.CLIENT


def _cause(call: Call) -> int:
    if call.answered or call.direction is Direction.OUTBOUND:
        channel = _last_client(call)
    else:
        channel = call.origin
    return 0 if channel is None else channel.cause
