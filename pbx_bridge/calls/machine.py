"""The call machine: facts in, call events out.

Pure: no clock, no I/O; time comes with the facts. The same history makes the same events, by key,
whether it is told by AMI, by CEL, or first by one and then by the other with an overlap: a fact
that the state already reflects gives no event. Only ringing and hold are known to AMI alone.

After a cut: make a fresh machine, feed the CEL rows from `resume_from()` of the old one on, then
the AMI messages received since the new connection, then call `reconcile` with a listing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Channel, Passage
from pbx_bridge.calls.callbook import CallBook, Phone
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.keys import joined_root, spied_on
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.losses import Losses
from pbx_bridge.calls.numbers import caller_name, target_endpoint, target_number
from pbx_bridge.calls.outcomes import ANSWERED
from pbx_bridge.calls.steering import Steering
from pbx_bridge.calls.telling import Telling
from pbx_bridge.calls.transfers import Transfers

_PBX_START = 1_000_000  # how exact PbxStarted is; microseconds


class CallMachine:
    """One PBX's calls. Not thread-safe."""

    def __init__(self, pbx_id: str, layout: Layout) -> None:
        self.layout = layout  # may be replaced when the directory changes
        self._book = CallBook(pbx_id)
        self._board = self._book.board
        self._out: list[CallEvent] = []
        self._tell = Telling(self._out)
        self._transfers = Transfers(self._board, self._book.calls, self._tell)
        self._steering = Steering(self._board, self._out)
        self._losses = Losses(self._book, self._tell)
        self._handlers: dict[type[f.Fact], Callable[[Any], None]] = {
            f.ChannelCreated: self._created,
            f.ChannelRenamed: self._renamed,
            f.CallerWithheld: self._withheld,
            f.OutboundRefused: self._refused,
            f.Unconfirmed: self._unconfirmed,
            f.DialAnnounced: self._announced,
            f.DialBegun: self._dial_begun,
            f.Ringing: self._ringing,
            f.Answered: self._answered,
            f.BridgeEntered: self._entered,
            f.BridgeLeft: self._left,
            f.Held: self._held,
            f.Resumed: self._resumed,
            f.BlindTransferred: self._blind_transferred,
            f.AttendedTransferred: self._attended_transferred,
            f.PickedUp: self._picked_up,
            f.MonitorStarted: self._monitor_started,
            f.MonitorStopped: self._monitor_stopped,
            f.VoicemailEntered: self._voicemail,
            f.PutOnHold: self._put_on_hold,
            f.TakenOffHold: self._taken_off_hold,
            f.RecordingPaused: self._steering.recording_steered,
            f.RecordingResumed: self._steering.recording_steered,
            f.RecordingStopped: self._steering.recording_steered,
            f.RecordingBegunAgain: self._steering.recording_steered,
            f.HangupRequested: self._hangup_requested,
            f.HungUp: self._hung_up,
            f.PbxStarted: self._pbx_started,
        }

    # ---- what others ask

    def feed(self, fact: f.Fact) -> list[CallEvent]:
        """What the fact means for the calls, in order; mostly nothing."""
        if isinstance(fact, f.ChannelFact) and self._only_listens(fact):
            return []
        self._handlers[type(fact)](fact)
        self._book.sweep(fact.at)
        return self._said()

    def _said(self) -> list[CallEvent]:
        if not self._out:
            return []
        events = self._out[:]
        self._out.clear()
        return events

    def reconcile(self, listing: Iterable[f.ChannelSeen], at: int) -> list[CallEvent]:
        """Make the state agree with all channels that existed at `at`.

        Channels that are gone unheard are ended, as assumed; such as nobody told of are adopted.
        """
        existing = {seen.channel: seen for seen in listing}
        for call in self._book.each():
            if call.last <= at:
                self._losses.lose(call, [c for c in call.alive() if c.uniqueid not in existing], at)
        for seen in existing.values():
            self._see(seen)
        return self._said()

    def active(self) -> list[str]:
        """Keys of the calls that were told to have started, and not to have ended."""
        return self._book.active()

    def ringing(self, key: str) -> list[str]:
        """Names of the employees' channels that ring in the call: what can be picked up."""
        return self._book.ringing(key)

    def phones(self, key: str) -> list[Phone]:
        """The phones in the call.

        Employees' first: to hang them up in this order makes the company the side that ended it.
        """
        return self._book.phones(key)

    def key_of(self, channel: str) -> str | None:
        """The call in which the channel of this name is."""
        return self._book.key_of(channel)

    def turned(self) -> list[str]:
        """Keys of calls in which who consults went to the client, or back, since last asked."""
        turned = self._steering.turned[:]
        self._steering.turned.clear()
        return turned

    def forgotten_on_hold(self) -> list[str]:
        """Names of channels held by the PBX for somebody who is not with them any more."""
        return [channel.name for channel in self._steering.forgotten()]

    def resume_from(self) -> int | None:
        """From when on CEL must be read into a fresh machine to know what this one knows.

        The creation of the oldest channel of a call that goes on, less the roads' skew; None
        without calls.
        """
        return self._book.resume_from()

    def _only_listens(self, fact: f.ChannelFact) -> bool:
        """A supervisor's phone is no party until it enters the talk, by whichever road we know."""
        if fact.channel in self._board.channels or spied_on(fact.channel) is None:
            return False
        if not isinstance(fact, f.BridgeEntered) or self._belongs_to_one_unread(fact):
            return True
        channel = self._book.enter(fact, self.layout)
        channel.up = True
        self._book.also_known_as(channel.call, fact.channel)  # in what the other road tells late
        return False

    # ---- channels come and go

    def _find(self, fact: f.ChannelFact) -> Channel | None:
        """The fact's channel, if it still exists. AMI may speak of one never seen created."""
        channel = self._board.channels.get(fact.channel)
        if channel is None:
            return None
        if channel.hung:
            return None
        call = channel.call
        if fact.linkedid != call.root and fact.linkedid not in self._book.calls:
            # It was drawn into a call that began before we were told of anything, and is over:
            # all of it was told when it happened.
            call.ended = channel.hung = True
            self._board.leave(channel)
            self._book.retire(call, fact.at)
            return None
        if fact.at > call.last:
            call.last = fact.at
        if fact.name != channel.name and fact.name and "<" not in fact.name:
            self._rename(channel, fact.name, fact.at)
        return channel

    def _adopt(self, fact: f.ChannelFact) -> Channel | None:
        channel = self._find(fact)
        if channel is not None or not fact.live or fact.channel in self._board.channels:
            return channel
        return self._book.enter(fact, self.layout)

    def _created(self, fact: f.ChannelCreated) -> None:
        if fact.channel in self._board.channels:
            return
        self._losses.notice_restart(fact)
        if self._belongs_to_one_unread(fact):
            return
        channel = self._book.enter(fact, self.layout)
        channel.number, channel.caller_name = fact.number, caller_name(fact.caller_name)
        channel.exten = fact.exten
        call = channel.call
        origin = call.origin
        if origin is channel:
            if call.placed and channel.real:
                self._tell.start(call)
            return
        if channel.outside:
            channel.number, channel.caller_name = self._called_number(channel), None
            if channel.number is None and fact.live:
                return  # DialBegun will say
        if channel.real or (origin is not None and origin.outside):
            self._leg(channel)

    def _belongs_to_one_unread(self, fact: f.ChannelFact) -> bool:
        """A leg of a call whose beginning lies before the first row that we read: that call was
        told of when it happened, and half of it would be told wrongly.
        """
        if fact.live or fact.linkedid in self._book.calls:
            return False
        joins = joined_root(fact.channel)
        if joins is not None:
            return joins[0] not in self._book.calls
        return fact.linkedid != fact.channel

    def _called_number(self, leg: Channel) -> str | None:
        """What was dialled to reach this outside channel, as far as it is known beforehand."""
        joins = joined_root(leg.uniqueid)
        if joins is not None:
            return joins[1]
        handover = leg.call.handover
        if handover is not None and handover.to.number is not None:
            return handover.to.number
        for caller in leg.call.channels.values():
            for target in caller.announced:
                if target_endpoint(target) == leg.seat.name:
                    return target_number(target)
        return None

    def _leg(self, leg: Channel) -> None:
        """A phone is being called; now the call's kind is known."""
        call = leg.call
        if not call.started:
            self._tell.start(call)
        else:
            self._tell.identify(call, leg)

    def _renamed(self, fact: f.ChannelRenamed) -> None:
        self._find(fact)

    def _rename(self, channel: Channel, name: str, at: int) -> None:
        """The channel was swapped with another: the wire is the same, who speaks may not be."""
        seat = self.layout.seat(name)
        moved = channel.joined is not None and seat != channel.seat
        if moved:
            self._tell.leave(channel, at)
        self._board.rename(channel, name, seat)
        if moved:
            self._settle(channel, at)

    def _withheld(self, fact: f.CallerWithheld) -> None:
        channel = self._find(fact)
        if channel is not None and not channel.call.started:
            channel.number = channel.caller_name = None
            channel.call.withheld = True
            self._tell.start(channel.call)

    def _refused(self, fact: f.OutboundRefused) -> None:
        channel = self._adopt(fact)
        if channel is not None:
            self._tell.refused(channel, fact)

    def _unconfirmed(self, fact: f.Unconfirmed) -> None:
        channel = self._find(fact)
        if channel is not None:
            self._tell.unconfirmed(channel, fact.at)

    def _announced(self, fact: f.DialAnnounced) -> None:
        channel = self._find(fact)
        if channel is not None:
            channel.announced = fact.targets

    def _dial_begun(self, fact: f.DialBegun) -> None:
        channel = self._find(fact)
        if channel is None or channel is channel.call.origin:
            return
        rang_already = channel.rang and self._is_unnamed(channel)
        channel.dialled = True
        if channel.outside and channel.number is None:
            channel.number = target_number(fact.target)
        self._leg(channel)
        if rang_already and not channel.up:
            self._tell.ringing(channel, fact.at)

    def _is_unnamed(self, channel: Channel) -> bool:
        """DialBegun has yet to say who is called: the PBX may say before that it rings there."""
        unknown = channel.outside and channel.number is None and not channel.dialled
        return unknown and channel.leg and channel.call.started

    def _ringing(self, fact: f.Ringing) -> None:
        channel = self._adopt(fact)
        if channel is not None and not channel.rang and not channel.up:
            channel.rang = True
            if channel.real and not self._is_unnamed(channel):
                self._tell.ringing(channel, fact.at)

    def _answered(self, fact: f.Answered) -> None:
        channel = self._adopt(fact)
        if channel is None or channel.up:
            return
        channel.up = True
        call = channel.call
        origin = call.origin
        if channel is origin and channel.outside and not call.started:
            self._tell.start(call)  # the PBX itself answered: a greeting, a menu, a queue
        self._tell.ring_over(channel, ANSWERED, fact.at)

    # ---- who hears whom

    def _entered(self, fact: f.BridgeEntered) -> None:
        channel = self._adopt(fact)
        if channel is None:
            return
        passage = Passage(True, fact.bridge, fact.at, fact.live)
        if channel.knows(passage):
            return
        channel.passages.append(passage)
        if fact.holding or channel.bridge == fact.bridge:
            return
        self._board.enter(channel, fact.bridge, fact.conference)
        self._transfers.meet(channel, fact.at)
        self._settle(channel, fact.at)
        if fact.conference and not channel.call.started:
            self._tell.start(channel.call)

    def _left(self, fact: f.BridgeLeft) -> None:
        channel = self._find(fact)
        if channel is None:
            return
        passage = Passage(False, fact.bridge, fact.at, fact.live)
        if channel.knows(passage):
            return
        channel.passages.append(passage)
        if channel.bridge == fact.bridge:
            self._part(channel)

    def _part(self, channel: Channel) -> None:
        """The channel leaves its bridge."""
        call = channel.call
        if not call.answered or call.ended:
            self._board.leave(channel)
            return
        before = self._board.hearing(channel)
        self._board.leave(channel)
        if not self._tell.talking(call, before):
            return
        others = [one for one in before if one is not channel]
        if others and self._tell.talking(call, self._board.hearing(others[0])):
            # The talk goes on without it, so its going is nobody's end.
            for other in others:
                if other.source is channel:
                    other.source = None
        elif call.breaker is None and call.handover is None:
            call.breaker = channel

    def _settle(self, channel: Channel, at: int) -> None:
        together = self._board.hearing(channel)
        self._steering.met(together, at)
        for call in dict.fromkeys(one.call for one in together):
            self._tell.together(call, together, at)
        for one in together:
            if one.consults is not None and one.consults in together and len(together) > 2:
                self._steering.consult_over(one, at)
                if one.held:  # the PBX tells only that it began
                    one.held = False
                    self._tell.resumed(one, at)

    # ---- hold

    def _held(self, fact: f.Held) -> None:
        channel = self._adopt(fact)
        if channel is not None and channel.held is not True:
            channel.held = True
            self._tell.held(channel, fact.at)

    def _resumed(self, fact: f.Resumed) -> None:
        channel = self._adopt(fact)
        if channel is not None and channel.held is not False:
            channel.held = False
            self._tell.resumed(channel, fact.at)

    def _put_on_hold(self, fact: f.PutOnHold) -> None:
        self._steering.put_on_hold(fact, self.layout)

    def _taken_off_hold(self, fact: f.TakenOffHold) -> None:
        self._steering.taken_off_hold(fact, self.layout)

    # ---- transfers and pickup

    def _blind_transferred(self, fact: f.BlindTransferred) -> None:
        channel = self._find(fact)
        if channel is not None and not channel.transferred:
            self._transfers.blind(channel, fact, self.layout)

    def _attended_transferred(self, fact: f.AttendedTransferred) -> None:
        channel = self._find(fact)
        if channel is None or channel.transferred:
            return
        if fact.second == channel.uniqueid and self._is_with(channel, fact.transferee):
            return  # it came back to the client with whom it had consulted: all three talk
        asked = channel.consults
        self._steering.consult_over(channel, fact.at)
        self._transfers.attended(channel, fact, self.layout, asked)

    def _is_with(self, channel: Channel, other: str | None) -> bool:
        return any(one.uniqueid == other for one in self._board.hearing(channel))

    def _picked_up(self, fact: f.PickedUp) -> None:
        target = self._board.channels.get(fact.channel)
        picker = self._board.channels.get(fact.picker)
        if target is not None and picker is not None and not picker.picked:
            self._transfers.pick_up(target, picker, fact.at)

    # ---- recording, voicemail

    def _monitor_started(self, fact: f.MonitorStarted) -> None:
        channel = self._adopt(fact)
        if channel is not None and not channel.recorded:
            channel.recorded = True
            channel.recorded_early = channel.up and not channel.leg and not channel.call.answered
            self._tell.recording_started(channel, fact.at)

    def _monitor_stopped(self, fact: f.MonitorStopped) -> None:
        channel = self._find(fact)
        if channel is not None:
            self._tell.recording_finished(channel, fact.at)

    def _voicemail(self, fact: f.VoicemailEntered) -> None:
        channel = self._find(fact)
        if channel is not None:
            channel.call.voicemail = True

    # ---- the end

    def _hangup_requested(self, fact: f.HangupRequested) -> None:
        channel = self._find(fact)
        if channel is None or not channel.real:
            return
        # As Asterisk itself keeps it: who hung up is the source for those it spoke with, too.
        channel.source = channel
        for other in self._board.hearing(channel):
            if other.source is None:
                other.source = channel

    def _hung_up(self, fact: f.HungUp) -> None:
        channel = self._find(fact)
        if channel is None:
            return
        source = self._board.names.get(fact.source) if fact.source else None
        if source is not None and source.real:
            channel.source = source
        self._gone(channel, fact.at, fact.cause)
        call = channel.call
        self._tell.end_if_over(call, fact.at)
        self._book.retire(call, fact.at)

    def _gone(self, channel: Channel, at: int, cause: int) -> None:
        self._part(channel)
        self._steering.consult_over(channel, at)
        channel.hung, channel.gone_at = True, at
        self._tell.channel_gone(channel, at, cause)

    def _pbx_started(self, fact: f.PbxStarted) -> None:
        self._losses.older(fact.at - _PBX_START, fact.at)

    def _see(self, seen: f.ChannelSeen) -> None:
        if seen.channel in self._board.channels:
            return
        if spied_on(seen.channel) is not None and not seen.bridge:
            return
        channel = self._book.enter(seen, self.layout)
        channel.number, channel.exten, channel.up = seen.number, seen.exten, seen.up
        if seen.bridge:
            channel.passages.append(Passage(True, seen.bridge, seen.at, True))
            self._board.enter(channel, seen.bridge, False)
            self._transfers.meet(channel, seen.at)
            self._settle(channel, seen.at)
