"""From what was decided to events: the one place that writes them and their keys.

A key names what the event is about by Uniqueids, which both roads know, never by a time: the same
history gives the same keys. Hold and what is done to a recording are keyed by their time: a phone's
hold is told by AMI alone, and what the dialplan does carries its own time, alike by both roads.
"""

from collections.abc import Sequence

from pbx_bridge.calls import events as e
from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Call, Channel, Handover
from pbx_bridge.directory import endpoint_of, is_mobile

_Recorded = e.RecordingPaused | e.RecordingResumed | e.RecordingStopped | e.RecordingBegunAgain
_WORDS: dict[type[_Recorded], str] = {
    e.RecordingPaused: "paused",
    e.RecordingResumed: "unpaused",
    e.RecordingStopped: "stopped",
    e.RecordingBegunAgain: "again",
}


class Telling:
    """Appends to `out`. Nothing is told of a call before it started, nor after it ended.

    The marks of what was told already (`ring_over`, `joined`) are set here.
    """

    def __init__(self, out: list[e.CallEvent]) -> None:
        self._out = out

    # ---- what call it is

    def started(
        self,
        call: Call,
        origin: Channel,
        number: str | None,
        line: str | None,
        wanted: str | None,
    ) -> None:
        """`wanted`: what was dialled."""
        call.started = True
        self._out.append(
            e.CallStarted(
                call=call.key,
                at=call.created,
                key="started",
                direction=call.direction,
                number=number,
                name=origin.caller_name if origin.outside else None,
                line=line,
                dialled=wanted,
                extension=None if origin.outside else origin.seat.name,
                withheld=call.withheld,
                mobile=origin.inside and is_mobile(endpoint_of(origin.name)),
            )
        )

    def identified(
        self,
        call: Call,
        by: str,
        at: int,
        number: str | None,
        line: str | None,
        wanted: str | None,
    ) -> None:
        """`by`: Uniqueid of the channel that told it."""
        self._out.append(
            e.CallIdentified(
                call=call.key,
                at=at,
                key=f"identified:{by}",
                direction=call.direction,
                number=number,
                line=line,
                dialled=wanted,
            )
        )

    def refused(self, call: Call, fact: f.OutboundRefused) -> None:
        self._out.append(
            e.CallRefused(
                call=call.key,
                at=fact.at,
                key=f"refused:{fact.channel}:{fact.number}",
                by=e.Party(extension=fact.extension),
                to=e.Party(number=fact.number, line=fact.line),
                reason=fact.reason,
            )
        )

    def unconfirmed(self, channel: Channel, at: int) -> None:
        call = channel.call
        key = f"unconfirmed:{channel.uniqueid}"
        if call.open:
            self._out.append(e.CallUnconfirmed(call=call.key, at=at, key=key, by=channel.party))

    # ---- ringing

    def ringing(self, channel: Channel, at: int) -> None:
        call = channel.call
        if call.open and channel.leg:
            key = f"ringing:{channel.uniqueid}"
            self._out.append(e.CallRinging(call=call.key, at=at, key=key, party=channel.party))

    def ring_over(self, channel: Channel, reason: str, at: int) -> None:
        """A phone is no longer being called."""
        call = channel.call
        if channel.ring_over or not channel.real or not channel.leg:
            return
        channel.ring_over = True
        call.reasons.append((channel, reason))
        if call.open:
            key = f"stopped:{channel.uniqueid}"
            self._out.append(
                e.RingingStopped(call=call.key, at=at, key=key, party=channel.party, reason=reason)
            )

    # ---- talking

    def joined(self, call: Call, channel: Channel, how: e.Joined, at: int) -> None:
        channel.joined = call
        key = f"joined:{channel.span}"
        self._out.append(e.PartyJoined(call=call.key, at=at, key=key, party=channel.party, how=how))

    def answered(self, call: Call, by: Channel, at: int) -> None:
        call.answered = True
        self._out.append(e.CallAnswered(call=call.key, at=at, key="answered", party=by.party))

    def left(self, channel: Channel, at: int) -> None:
        """The channel's party is out of the call, if it was in one."""
        call, channel.joined = channel.joined, None
        if call is not None and not call.ended:
            key = f"left:{channel.span}"
            self._out.append(e.PartyLeft(call=call.key, at=at, key=key, party=channel.party))

    # ---- hold

    def held(self, channel: Channel, by: e.Party, at: int) -> None:
        """`channel`: on whose wire it was done."""
        if channel.call.open:
            key = f"held:{channel.uniqueid}:{at}"
            self._out.append(e.CallHeld(call=channel.call.key, at=at, key=key, by=by))

    def resumed(self, channel: Channel, by: e.Party, at: int) -> None:
        if channel.call.open:
            key = f"resumed:{channel.uniqueid}:{at}"
            self._out.append(e.CallResumed(call=channel.call.key, at=at, key=key, by=by))

    # ---- consultation, transfer, pickup

    def consult_started(self, asker: Channel, asked: Channel, at: int) -> None:
        key = f"consult:{asker.uniqueid}:{asked.uniqueid}"
        call, by, to = asker.call, asker.party, asked.party
        if call.open:
            self._out.append(e.ConsultStarted(call=call.key, at=at, key=key, by=by, to=to))

    def consult_ended(self, asker: Channel, asked: Channel, at: int) -> None:
        key = f"consulted:{asker.uniqueid}:{asked.uniqueid}"
        call, by, to = asker.call, asker.party, asked.party
        if call.open:
            self._out.append(e.ConsultEnded(call=call.key, at=at, key=key, by=by, to=to))

    def transferred(
        self, call: Call, handover: Handover, at: int, *, returned: bool = False
    ) -> None:
        word = "returned" if returned else "transferred"
        if call.open:
            self._out.append(
                e.CallTransferred(
                    call=call.key,
                    at=at,
                    key=f"{word}:{handover.transferor.uniqueid}",
                    kind=handover.kind,
                    by=handover.by,
                    to=handover.to,
                    returned=returned,
                )
            )

    def browser_lost(self, channel: Channel, loss: e.Loss, at: int) -> None:
        call, by = channel.call, channel.party
        key = f"browser_lost:{channel.uniqueid}"
        if call.open:
            self._out.append(e.BrowserLost(call=call.key, at=at, key=key, by=by, loss=loss))

    def picked_up(self, picker: Channel, target: Channel, at: int) -> None:
        call, by, of = picker.call, picker.party, target.party
        key = f"picked_up:{picker.uniqueid}"
        if call.open:
            self._out.append(e.CallPickedUp(call=call.key, at=at, key=key, by=by, of=of))

    def merged(self, call: Call, other: Call, moved: Sequence[Channel], at: int) -> None:
        key = f"merged:{other.root}"
        self._out.append(e.CallMerged(call=call.key, at=at, key=key, other=other.key))
        for channel in moved:
            if channel.recorded:
                self.recording_started(channel, at)

    # ---- recordings

    def recording_started(self, channel: Channel, at: int) -> None:
        call, uniqueid = channel.call, channel.uniqueid
        if call.started:
            key, early = f"recording:{uniqueid}", channel.recorded_early
            self._out.append(
                e.RecordingStarted(call=call.key, at=at, key=key, channel=uniqueid, early=early)
            )

    def recording_finished(self, channel: Channel, at: int) -> None:
        call, uniqueid = channel.call, channel.uniqueid
        key = f"recorded:{uniqueid}"
        self._out.append(e.RecordingFinished(call=call.key, at=at, key=key, channel=uniqueid))

    def recording_steered(self, channel: Channel, kind: type[_Recorded], at: int) -> None:
        """Paused, gone on with, ended or begun again by hand."""
        call, uniqueid = channel.call, channel.uniqueid
        if call.open:
            key = f"{_WORDS[kind]}:{uniqueid}:{at}"
            self._out.append(kind(call=call.key, at=at, key=key, channel=uniqueid))

    # ---- the end

    def ended(
        self,
        call: Call,
        at: int,
        outcome: e.Outcome,
        by: e.Side | None,
        *,
        cause: int = 0,
        assumed: bool = False,
    ) -> None:
        for channel in call.channels.values():
            if channel.joined is call:
                self.left(channel, at)
        call.ended = True
        self._out.append(
            e.CallEnded(
                call=call.key,
                at=at,
                key="assumed_end" if assumed else "ended",
                outcome=outcome,
                ended_by=by,
                cause=cause,
                assumed=assumed,
            )
        )
