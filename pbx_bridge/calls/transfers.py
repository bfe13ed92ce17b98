"""Transfer: who hands whom to whom, blind or after a consultation, and when it comes back."""

from pbx_bridge.calls.board import Call, Channel, Handover
from pbx_bridge.calls.callbook import CallBook
from pbx_bridge.calls.consulting import Consulting
from pbx_bridge.calls.events import Party, TransferKind
from pbx_bridge.calls.facts import AttendedTransferred, BlindTransferred
from pbx_bridge.calls.finding import Finding
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.merging import Merging
from pbx_bridge.calls.numbers import party_at
from pbx_bridge.calls.telling import Telling


class Transfers:
    def __init__(
        self,
        book: CallBook,
        finding: Finding,
        tell: Telling,
        merging: Merging,
        consulting: Consulting,
    ) -> None:
        self._book = book
        self._board = book.board
        self._find = finding.find
        self._tell = tell
        self._merging = merging
        self._consulting = consulting

    def blind(self, fact: BlindTransferred) -> None:
        transferor = self._find(fact)
        if transferor is None or transferor.transferred:
            return
        call = transferor.call
        to = party_at(fact.exten, self._book.layout)
        kind = TransferKind.TAKEOVER if fact.taken else TransferKind.BLIND
        handover = Handover(kind, transferor, transferor.party, to)
        if fact.loss is not None:
            self._tell.browser_lost(transferor, fact.loss, fact.at)
        else:
            self._tell.transferred(call, handover, fact.at)
        transferee = self._board.channels.get(fact.transferee)
        self._hand_over(call, handover, (transferor,), transferee, fact.at)

    def attended(self, fact: AttendedTransferred) -> None:
        transferor = self._find(fact)
        if transferor is None or transferor.transferred:
            return
        if fact.second == transferor.uniqueid and self._is_with(transferor, fact.transferee):
            return  # it came back to the client with whom it had consulted: all three talk
        asked = transferor.consults
        self._consulting.over(transferor, fact.at)
        second = self._board.channels.get(fact.second) or transferor
        transferee = self._board.channels.get(fact.transferee or "")
        to = self._target_party(fact, transferor, second, asked)
        if second.call is not transferor.call:
            self._merging.unite(second.call, transferor.call, fact.at)
        call = transferor.call
        handover = Handover(TransferKind.ATTENDED, transferor, transferor.party, to)
        self._tell.transferred(call, handover, fact.at)
        self._hand_over(call, handover, (transferor, second), transferee, fact.at)

    def _is_with(self, channel: Channel, other: str | None) -> bool:
        return any(one.uniqueid == other for one in self._board.hearing(channel))

    def _target_party(
        self,
        fact: AttendedTransferred,
        transferor: Channel,
        second: Channel,
        asked: Channel | None,
    ) -> Party:
        """To whom, seen from the client. `asked`: whom the transferor consulted, which the PBX
        does not say where many talk.
        """
        transferee = self._board.channels.get(fact.transferee or "")
        target = self._board.channels.get(fact.target or "")
        if target is None and transferee is None:
            target = asked
        target = target or self._consulted(transferor, second, transferee)
        if transferee is not None and transferee.inside and target is not None and target.outside:
            return transferee.party  # seen from the client, the colleague is the new one
        return _party(target, second, self._book.layout)

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
            self._tell.left(channel, at)
        call.breaker = None
        here = [one for one in call.alive() if one.joined is call]
        for one in here:
            if one.source in leaving:
                one.source = None  # they hung up on their own talk, not on this one
        arrived = any(_is_at(one, handover.to) for one in here if one is not transferee)
        call.handover = None if arrived else handover


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
