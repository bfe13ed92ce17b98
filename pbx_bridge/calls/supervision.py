"""Supervision: a phone that listens to a talk is no party and no call, until it enters the talk."""

from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.facts import BridgeEntered, ChannelFact
from pbx_bridge.calls.keys import spied_on


class Supervision:
    def __init__(self, book: CallBook) -> None:
        self._book = book
        self._channels = book.board.channels

    def only_listens(self, fact: ChannelFact) -> bool:
        """Whether the fact is of a listening phone, and nothing to the calls. One that barges in
        is entered here, by whichever road we know of it first.
        """
        if fact.channel in self._channels or spied_on(fact.channel) is None:
            return False
        if not isinstance(fact, BridgeEntered) or self._book.begun_unread(fact):
            return True
        channel = self._book.enter(fact)
        channel.up = True
        self._book.also_known_as(channel.call, fact.channel)  # in what the other road tells late
        return False
