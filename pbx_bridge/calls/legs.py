"""Legs: channels come to be, phones are called, ring, and are answered."""

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Channel
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.keys import joined_root
from pbx_bridge.calls.losses import Losses
from pbx_bridge.calls.numbers import caller_name, target_endpoint, target_number
from pbx_bridge.calls.outcomes import ANSWERED
from pbx_bridge.calls.telling import Telling


class Legs:
    def __init__(
        self,
        book: CallBook,
        finding: Finding,
        tell: Telling,
        identify: Identifying,
        losses: Losses,
    ) -> None:
        self._book = book
        self._find, self._adopt = finding.find, finding.adopt
        self._tell = tell
        self._identify = identify
        self._losses = losses

    def created(self, fact: f.ChannelCreated) -> None:
        if fact.channel in self._book.board.channels:
            return
        self._losses.notice_restart(fact)
        if self._book.begun_unread(fact):
            return
        channel = self._book.enter(fact)
        channel.number, channel.caller_name = fact.number, caller_name(fact.caller_name)
        channel.exten = fact.exten
        call = channel.call
        origin = call.origin
        if origin is channel:
            if call.placed and channel.real:
                self._identify.start(call)
            return
        if channel.outside:
            channel.number, channel.caller_name = _called_number(channel, live=fact.live), None
            if channel.number is None and fact.live:
                return  # DialBegun will say
        if channel.real or (origin is not None and origin.outside):
            self._identify.leg(channel)

    def withheld(self, fact: f.CallerWithheld) -> None:
        channel = self._find(fact)
        if channel is not None and not channel.call.started:
            channel.number = channel.caller_name = None
            channel.call.withheld = True
            self._identify.start(channel.call)

    def refused(self, fact: f.OutboundRefused) -> None:
        channel = self._adopt(fact)
        if channel is not None:
            self._identify.refused(channel, fact)

    def unconfirmed(self, fact: f.Unconfirmed) -> None:
        channel = self._find(fact)
        if channel is not None:
            self._tell.unconfirmed(channel, fact.at)

    def announced(self, fact: f.DialAnnounced) -> None:
        channel = self._find(fact)
        if channel is not None:
            reached = {(it.seat.name, it.number) for it in channel.call.alive() if it.outside}
            channel.announced = tuple(
                it for it in fact.targets if (target_endpoint(it), target_number(it)) not in reached
            )

    def dial_begun(self, fact: f.DialBegun) -> None:
        channel = self._find(fact)
        if channel is None or channel is channel.call.origin:
            return
        rang_already = channel.rang and _is_unnamed(channel)
        channel.dialled = True
        if channel.outside and channel.number is None:
            channel.number = target_number(fact.target)
        self._identify.leg(channel)
        if rang_already and not channel.up:
            self._tell.ringing(channel, fact.at)

    def ringing(self, fact: f.Ringing) -> None:
        channel = self._adopt(fact)
        if channel is not None and not channel.rang and not channel.up:
            channel.rang = True
            if channel.real and not _is_unnamed(channel):
                self._tell.ringing(channel, fact.at)

    def answered(self, fact: f.Answered) -> None:
        channel = self._adopt(fact)
        if channel is None or channel.up:
            return
        channel.up = True
        call = channel.call
        if channel is call.origin and channel.outside and not call.started:
            self._identify.start(call)  # the PBX itself answered: a greeting, a menu, a queue
        self._tell.ring_over(channel, ANSWERED, fact.at)

    def voicemail(self, fact: f.VoicemailEntered) -> None:
        channel = self._find(fact)
        if channel is not None:
            channel.call.voicemail = True


def _called_number(leg: Channel, *, live: bool) -> str | None:
    """What was dialled to reach this outside channel, as far as it is known beforehand. CEL, which
    may come late, announces it; AMI tells it with the leg.
    """
    joins = joined_root(leg.uniqueid)
    if joins is not None:
        return joins[1]
    announced = None if live else _announced(leg)
    handover = leg.call.handover
    if handover is not None and handover.to.number is not None:
        return handover.to.number
    return target_number(announced) if announced is not None else None


def _announced(leg: Channel) -> str | None:
    """The target that this leg is the way to: no other leg is from now on."""
    for caller in reversed(leg.call.channels.values()):
        for target in caller.announced:
            if target_endpoint(target) == leg.seat.name:
                caller.announced = tuple(it for it in caller.announced if it is not target)
                return target
    return None


def _is_unnamed(channel: Channel) -> bool:
    """DialBegun has yet to say who is called: the PBX may say before that it rings there."""
    unknown = channel.outside and channel.number is None and not channel.dialled
    return unknown and channel.leg and channel.call.started
