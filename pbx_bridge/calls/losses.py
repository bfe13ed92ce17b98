"""What disappears without a word: a PBX that was restarted, hangups that nobody told of."""

from pbx_bridge.calls.board import Call, Channel
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.facts import ChannelCreated
from pbx_bridge.calls.telling import Telling

# Threads may tell of their channels out of order, but not by as much; microseconds.
RESTART = 2_000_000
_NAME_DIGITS = 8


class Losses:
    def __init__(self, book: CallBook, tell: Telling) -> None:
        self._book = book
        self._tell = tell
        self._newest: dict[str, tuple[str, int]] = {}  # technology -> its last name's number, when

    def older(self, than: int, at: int) -> None:
        """Nothing that was created before `than` exists any more."""
        for call in self._book.each():
            self.lose(call, [c for c in call.alive() if c.created < than], at)

    def lose(self, call: Call, gone: list[Channel], at: int) -> None:
        """These channels are gone. If that ends the call, the truth about its end is unknown."""
        if not gone:
            return
        for channel in gone:
            self._book.board.leave(channel)
            channel.hung, channel.gone_at = True, at
            self._tell.channel_gone(channel, at, 0)
        self._tell.end_assumed(call, at)
        self._book.retire(call, at)

    def notice_restart(self, fact: ChannelCreated) -> None:
        """Asterisk numbers the channels' names from 0 again (PJSIP/101-00000000). CEL has no row
        for a restart, and AMI may have been away."""
        technology, _, rest = fact.name.partition("/")
        number = rest.rpartition("-")[2]
        if len(number) != _NAME_DIGITS or technology == "Local":
            return
        newest, at = self._newest.get(technology, ("", 0))
        if number >= newest:
            self._newest[technology] = (number, fact.at)
        elif fact.at > at + RESTART:
            self._newest[technology] = (number, fact.at)
            self.older(fact.at, fact.at)
