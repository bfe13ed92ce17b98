"""Hold: by a phone, which only AMI tells of, and by the PBX itself for an employee.

The PBX's hold carries the time that the dialplan gave it, which both roads tell alike.
"""

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Channel
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.events import Party
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.telling import Telling


class Holds:
    def __init__(self, book: CallBook, finding: Finding, tell: Telling) -> None:
        self._book = book
        self._board = book.board
        self._adopt = finding.adopt
        self._tell = tell

    def held(self, fact: f.Held) -> None:
        channel = self._adopt(fact)
        if channel is not None and channel.held is not True:
            channel.held = True
            if channel.real:
                self._tell.held(channel, channel.party, fact.at)

    def resumed(self, fact: f.Resumed) -> None:
        channel = self._adopt(fact)
        if channel is not None and channel.held is not False:
            channel.held = False
            if channel.real:
                self._tell.resumed(channel, channel.party, fact.at)

    def put_on_hold(self, fact: f.PutOnHold) -> None:
        channel = self._board.living(fact.channel)
        if channel is not None:
            channel.waits_for = fact.by
            self._tell.held(channel, self._party(fact.by), fact.at)

    def taken_off_hold(self, fact: f.TakenOffHold) -> None:
        """Whoever does it, the hold that ends is that of who made it."""
        channel = self._board.living(fact.channel)
        if channel is not None:
            by = self._party(channel.waits_for or fact.by)
            channel.waits_for = ""
            self._tell.resumed(channel, by, fact.at)

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

    def _party(self, name: str) -> Party:
        channel = self._board.names.get(name)
        if channel is not None:
            return channel.party
        return Party(extension=self._book.layout.seat(name).name)
