"""What disappears without a word: a PBX that was restarted, hangups that nobody told of."""

from collections.abc import Container

from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.endings import Endings
from pbx_bridge.calls.facts import ChannelCreated, PbxStarted

# Threads may tell of their channels out of order, but not by as much; microseconds.
RESTART = 2_000_000
_PBX_START = 1_000_000  # how exact PbxStarted is; microseconds
_NAME_DIGITS = 8


class Losses:
    def __init__(self, book: CallBook, endings: Endings) -> None:
        self._book = book
        self._endings = endings
        self._newest: dict[str, tuple[str, int]] = {}  # technology -> its last name's number, when

    def pbx_started(self, fact: PbxStarted) -> None:
        self._older(fact.at - _PBX_START, fact.at)

    def unheard(self, existing: Container[str], at: int) -> None:
        """Of all channels, only those of these Uniqueids existed at `at`."""
        for call in self._book.each():
            if call.last <= at:
                gone = [c for c in call.alive() if c.uniqueid not in existing]
                self._endings.lose(call, gone, at)

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
            self._older(fact.at, fact.at)

    def _older(self, than: int, at: int) -> None:
        """Nothing that was created before `than` exists any more."""
        for call in self._book.each():
            self._endings.lose(call, [c for c in call.alive() if c.created < than], at)
