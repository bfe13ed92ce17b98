"""What is done to a talk that goes on: held by the PBX itself, its recording paused, a colleague
consulted meanwhile. Writes its own events, as `telling` does the others.

Hold and pause carry the time that the dialplan gave them, which both roads tell alike.
"""

from collections.abc import Sequence

from pbx_bridge.calls import events as e
from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Board, Channel
from pbx_bridge.calls.events import Party
from pbx_bridge.calls.layout import Layout

_Recorded = e.RecordingPaused | e.RecordingResumed | e.RecordingStopped | e.RecordingBegunAgain
_RECORDING: dict[type[f.ChannelFact], tuple[type[_Recorded], str]] = {
    f.RecordingPaused: (e.RecordingPaused, "paused"),
    f.RecordingResumed: (e.RecordingResumed, "unpaused"),
    f.RecordingStopped: (e.RecordingStopped, "stopped"),
    f.RecordingBegunAgain: (e.RecordingBegunAgain, "again"),
}


class Steering:
    """Appends to `out`. Nothing is told of a call before it started, nor after it ended."""

    def __init__(self, board: Board, out: list[e.CallEvent]) -> None:
        self._board = board
        self._out = out
        #: Keys of calls in which who consults has gone to the client, or back: no event of theirs.
        self.turned: list[str] = []

    # ---- hold

    def put_on_hold(self, fact: f.PutOnHold, layout: Layout) -> None:
        channel = self._living(fact)
        if channel is None:
            return
        channel.waits_for = fact.by
        key = f"held:{channel.uniqueid}:{fact.at}"
        by = self._party(fact.by, layout)
        self._out.append(e.CallHeld(call=channel.call.key, at=fact.at, key=key, by=by))

    def taken_off_hold(self, fact: f.TakenOffHold, layout: Layout) -> None:
        """Whoever does it, the hold that ends is that of who made it."""
        channel = self._living(fact)
        if channel is None:
            return
        by = self._party(channel.waits_for or fact.by, layout)
        channel.waits_for = ""
        key = f"resumed:{channel.uniqueid}:{fact.at}"
        self._out.append(e.CallResumed(call=channel.call.key, at=fact.at, key=key, by=by))

    def forgotten(self) -> list[Channel]:
        """On hold by somebody who does not speak with them any more."""
        return [
            channel
            for channel in self._board.channels.values()
            if channel.waits_for and not channel.hung and not self._is_there(channel)
        ]

    def _is_there(self, waiting: Channel) -> bool:
        by = self._board.names.get(waiting.waits_for)
        return by is not None and not by.hung and by.joined is waiting.call

    def _party(self, name: str, layout: Layout) -> Party:
        channel = self._board.names.get(name)
        return channel.party if channel is not None else Party(extension=layout.seat(name).name)

    # ---- recording

    def recording_steered(self, fact: f.ChannelFact) -> None:
        """Paused, gone on with, ended or begun again by hand."""
        channel = self._living(fact)
        if channel is None:
            return
        kind, word = _RECORDING[type(fact)]
        channel.paused = kind is e.RecordingPaused
        again = kind is e.RecordingBegunAgain
        channel.stopped = kind is e.RecordingStopped or (channel.stopped and not again)
        uniqueid = channel.uniqueid
        key = f"{word}:{uniqueid}:{fact.at}"
        self._out.append(kind(call=channel.call.key, at=fact.at, key=key, channel=uniqueid))

    def _living(self, fact: f.ChannelFact) -> Channel | None:
        channel = self._board.channels.get(fact.channel)
        if channel is None or channel.hung or not _open(channel):
            return None
        return channel

    # ---- consultation

    def met(self, together: Sequence[Channel], at: int) -> None:
        """These hear each other: is one asked something by the other, whose client waits?"""
        if len(together) != 2:
            return
        self.turned += [one.call.key for one in together if one.consults is not None]
        for asker, asked in (together, together[::-1]):
            speaks = asker.inside and asker.joined is asker.call and not asker.transferred
            new = asked.call is asker.call and asked.joined is None
            if speaks and new and asker.call.answered and self._has_waiting(asker, together):
                self._consults(asker, asked, at)
                return

    def _has_waiting(self, asker: Channel, together: Sequence[Channel]) -> bool:
        there = (one for one in asker.call.alive() if one.joined is asker.call)
        return any(one.outside and one not in together for one in there)

    def _consults(self, asker: Channel, asked: Channel, at: int) -> None:
        if not _open(asker) or asker.consults is asked:
            return
        asker.consults, asked.asked = asked, True
        self._out.append(
            e.ConsultStarted(
                call=asker.call.key,
                at=at,
                key=f"consult:{asker.uniqueid}:{asked.uniqueid}",
                by=asker.party,
                to=asked.party,
            )
        )

    def consult_over(self, channel: Channel, at: int) -> None:
        """The channel is gone, out of its call, or with the client: nobody is consulted on it."""
        for asker in list(channel.call.channels.values()):
            asked = asker.consults
            if asked is None or channel not in (asker, asked):
                continue
            asker.consults, asked.asked = None, False
            if _open(asker):
                self._out.append(
                    e.ConsultEnded(
                        call=asker.call.key,
                        at=at,
                        key=f"consulted:{asker.uniqueid}:{asked.uniqueid}",
                        by=asker.party,
                        to=asked.party,
                    )
                )


def _open(channel: Channel) -> bool:
    return channel.call.started and not channel.call.ended
