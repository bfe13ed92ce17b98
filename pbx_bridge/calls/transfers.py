"""Rules of transfer, pickup and conference: who hands what to whom, and what becomes one call."""

from pbx_bridge.calls.board import Board, Call, Channel, Handover
from pbx_bridge.calls.events import Direction, Party, TransferKind
from pbx_bridge.calls.facts import AttendedTransferred, BlindTransferred
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.numbers import party_at
from pbx_bridge.calls.telling import Telling

_WEIGHT = {Direction.INBOUND: 2, Direction.OUTBOUND: 1, Direction.INTERNAL: 0}


class Transfers:
    def __init__(self, board: Board, calls: dict[str, Call], tell: Telling) -> None:
        self._board = board
        self._calls = calls
        self._tell = tell

    def meet(self, channel: Channel, at: int) -> None:
        """The channel came to others: if they are of another call, the two are one from now."""
        for other in self._board.hearing(channel):
            one, two = channel.call, other.call
            if one is two:
                continue
            if channel.conference and _called_in(one) and _called_in(two):
                continue  # two clients in one conference: each has a call, and a card
            self._unite(one, two, at)

    def blind(self, transferor: Channel, fact: BlindTransferred, layout: Layout) -> None:
        to = party_at(fact.exten, layout)
        call = transferor.call
        handover = Handover(TransferKind.BLIND, transferor, transferor.party, to)
        if fact.loss is not None:
            self._tell.browser_lost(transferor, fact.loss, fact.at)
        else:
            self._tell.transferred(call, handover, fact.at)
        transferee = self._board.channels.get(fact.transferee)
        self._hand_over(call, handover, (transferor,), transferee, fact.at)

    def attended(
        self,
        transferor: Channel,
        fact: AttendedTransferred,
        layout: Layout,
        asked: Channel | None = None,
    ) -> None:
        """`asked`: whom the transferor consulted; the PBX does not say it where many talk."""
        channels = self._board.channels
        second = channels.get(fact.second) or transferor
        transferee = channels.get(fact.transferee or "")
        target = channels.get(fact.target or "")
        if target is None and transferee is None:
            target = asked
        target = target or self._consulted(transferor, second, transferee)
        to = _party(target, second, layout)
        if transferee is not None and transferee.inside and target is not None and target.outside:
            to = transferee.party  # seen from the client, the colleague is the new one
        if second.call is not transferor.call:
            self._unite(second.call, transferor.call, fact.at)
        call = transferor.call
        handover = Handover(TransferKind.ATTENDED, transferor, transferor.party, to)
        self._tell.transferred(call, handover, fact.at)
        self._hand_over(call, handover, (transferor, second), transferee, fact.at)

    def pick_up(self, target: Channel, picker: Channel, at: int) -> None:
        if picker.call is not target.call:
            self._merge(picker.call, target.call, at)
        picker.picked = True
        self._tell.picked_up(picker, target, at)

    def _hand_over(
        self,
        call: Call,
        handover: Handover,
        leaving: tuple[Channel, ...],
        transferee: Channel | None,
        at: int,
    ) -> None:
        for channel in leaving:
            channel.transferred = True
            self._tell.leave(channel, at)
        call.breaker = None
        here = [one for one in call.alive() if one.joined is call]
        for one in here:
            if one.source in leaving:
                one.source = None  # they hung up on their own talk, not on this one
        arrived = any(_is_at(one, handover.to) for one in here if one is not transferee)
        call.handover = None if arrived else handover

    def _consulted(
        self, transferor: Channel, second: Channel, transferee: Channel | None
    ) -> Channel | None:
        """Whom the transferor consulted, when that one has not answered yet."""
        if second is not transferor:
            legs = (c for c in second.call.alive() if c is not second and c.real)
            return next((c for c in legs if c is not transferee and c is not transferor), None)
        if transferee is None or transferee.bridge is None:
            return None
        beside = self._board.bridges[transferee.bridge].values()
        return next((c for c in beside if not c.real), None)

    def _unite(self, one: Call, two: Call, at: int) -> None:
        away, into = sorted((one, two), key=_rank)
        self._merge(away, into, at)

    def _merge(self, away: Call, into: Call, at: int) -> None:
        """`away` turns out to be part of `into`."""
        if away.ended:
            # The client of that call is gone; who is left of it goes over to the living one.
            for channel in list(away.alive()):
                self._move(channel, into)
            return
        moved = list(away.channels.values())
        for channel in moved:
            self._move(channel, into)
        for root in away.roots:
            self._calls[root] = into
        into.roots += away.roots
        away.ended = True
        if away.started:
            self._tell.start(into)
            self._tell.merged(into, away, moved, at)

    def _move(self, channel: Channel, into: Call) -> None:
        channel.call.channels.pop(channel.uniqueid, None)
        channel.call, channel.joined = into, None
        into.channels[channel.uniqueid] = channel


def _rank(call: Call) -> tuple[bool, bool, int, int]:
    """The call that stays is the last when sorted: with the outside before inside, then older."""
    return (not call.ended, call.started, _WEIGHT[call.direction], -call.created)


def _called_in(call: Call) -> bool:
    return call.started and call.direction is Direction.INBOUND


def _is_at(channel: Channel, to: Party) -> bool:
    """An outside number may have been written otherwise when it was dialled."""
    if to.extension is None:
        return channel.outside
    return channel.inside and channel.seat.name == to.extension


def _party(target: Channel | None, second: Channel, layout: Layout) -> Party:
    if target is None:
        return party_at(second.exten, layout)
    if target.real:
        return target.party
    # Local/103@transfer-00000003;1 is the way to 103.
    return party_at(target.name.removeprefix("Local/").partition("@")[0], layout)
