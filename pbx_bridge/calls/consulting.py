"""Consultation: an employee asks a colleague while the client waits."""

from collections.abc import Sequence

from pbx_bridge.calls.board import Channel
from pbx_bridge.calls.telling import Telling


class Consulting:
    def __init__(self, tell: Telling) -> None:
        self._tell = tell
        #: Keys of calls in which who consults has gone to the client, or back: no event of theirs.
        self.turned: list[str] = []

    def met(self, together: Sequence[Channel], at: int) -> None:
        """These hear each other: is one asked something by the other, whose client waits?"""
        if len(together) != 2:
            return
        self.turned += [one.call.key for one in together if one.consults is not None]
        for asker, asked in (together, together[::-1]):
            speaks = asker.inside and asker.joined is asker.call and not asker.transferred
            new = asked.call is asker.call and asked.joined is None
            if speaks and new and asker.call.answered and _has_waiting(asker, together):
                self._begin(asker, asked, at)
                return

    def _begin(self, asker: Channel, asked: Channel, at: int) -> None:
        if asker.call.open and asker.consults is not asked:
            asker.consults, asked.asked = asked, True
            self._tell.consult_started(asker, asked, at)

    def over(self, channel: Channel, at: int) -> None:
        """The channel is gone, out of its call, or with the client: nobody is consulted on it."""
        for asker in list(channel.call.channels.values()):
            asked = asker.consults
            if asked is None or channel not in (asker, asked):
                continue
            asker.consults, asked.asked = None, False
            self._tell.consult_ended(asker, asked, at)


def _has_waiting(asker: Channel, together: Sequence[Channel]) -> bool:
    there = (one for one in asker.call.alive() if one.joined is asker.call)
    return any(one.outside and one not in together for one in there)
