"""Channels come into the PBX's bridges, and go. What follows from it is decided in `talks`."""

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.board import Passage
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.identifying import Identifying
from pbx_bridge.calls.keys import spied_on
from pbx_bridge.calls.merging import Merging
from pbx_bridge.calls.talks import Talks


class Bridging:
    def __init__(
        self,
        book: CallBook,
        finding: Finding,
        identify: Identifying,
        merging: Merging,
        talks: Talks,
    ) -> None:
        self._book = book
        self._board = book.board
        self._find, self._adopt = finding.find, finding.adopt
        self._identify = identify
        self._merging = merging
        self._talks = talks

    def entered(self, fact: f.BridgeEntered) -> None:
        channel = self._adopt(fact)
        if channel is None or not channel.passes(Passage(True, fact.bridge, fact.at, fact.live)):
            return
        if fact.holding or channel.bridge == fact.bridge:
            return
        self._board.enter(channel, fact.bridge, fact.conference)
        if fact.conference:
            self._identify.in_a_room(channel, fact.at)
        self._merging.meet(channel, fact.at)
        self._talks.settle(channel, fact.at)
        if fact.conference and not channel.call.started:
            self._identify.start(channel.call)

    def left(self, fact: f.BridgeLeft) -> None:
        channel = self._find(fact)
        if channel is None or not channel.passes(Passage(False, fact.bridge, fact.at, fact.live)):
            return
        if channel.bridge == fact.bridge:
            self._talks.part(channel)

    def seen(self, seen: f.ChannelSeen) -> None:
        """It exists, by a listing of all; one that nobody told of is adopted where it is."""
        if seen.channel in self._board.channels:
            return
        if spied_on(seen.channel) is not None and not seen.bridge:
            return
        channel = self._book.enter(seen)
        channel.number, channel.exten, channel.up = seen.number, seen.exten, seen.up
        if seen.bridge:
            channel.passages.append(Passage(True, seen.bridge, seen.at, True))
            self._board.enter(channel, seen.bridge, False)
            self._merging.meet(channel, seen.at)
            self._talks.settle(channel, seen.at)
