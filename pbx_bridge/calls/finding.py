"""Whose channel a fact is about."""

from pbx_bridge.calls.board import Channel
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.facts import ChannelFact, ChannelRenamed
from pbx_bridge.calls.talks import Talks


class Finding:
    def __init__(self, book: CallBook, talks: Talks) -> None:
        self._book = book
        self._talks = talks
        self._channels = book.board.channels

    def find(self, fact: ChannelFact) -> Channel | None:
        """The fact's channel, if it still exists; from now on by the name that the fact has."""
        channel = self._channels.get(fact.channel)
        if channel is None or channel.hung:
            return None
        call = channel.call
        if fact.linkedid != call.root and fact.linkedid not in self._book.calls:
            # It was drawn into a call that began before we were told of anything, and is over:
            # all of it was told when it happened.
            call.ended = channel.hung = True
            self._book.board.leave(channel)
            self._book.retire(call, fact.at)
            return None
        if fact.at > call.last:
            call.last = fact.at
        if fact.name != channel.name and fact.name and "<" not in fact.name:
            self._talks.rename(channel, fact.name, self._book.layout.seat(fact.name), fact.at)
        return channel

    def adopt(self, fact: ChannelFact) -> Channel | None:
        """As `find`; AMI may speak of a channel that nobody saw created, which is entered then."""
        channel = self.find(fact)
        if channel is not None or not fact.live or fact.channel in self._channels:
            return channel
        return self._book.enter(fact)

    def renamed(self, fact: ChannelRenamed) -> None:
        self.find(fact)
