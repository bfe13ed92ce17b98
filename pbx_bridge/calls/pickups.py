"""Pickup: somebody takes what rings at another's phone."""

from pbx_bridge.calls.board import Board
from pbx_bridge.calls.facts import PickedUp
from pbx_bridge.calls.merging import Merging
from pbx_bridge.calls.telling import Telling


class Pickups:
    def __init__(self, board: Board, tell: Telling, merging: Merging) -> None:
        self._board = board
        self._tell = tell
        self._merging = merging

    def picked_up(self, fact: PickedUp) -> None:
        target = self._board.channels.get(fact.channel)
        picker = self._board.channels.get(fact.picker)
        if target is None or picker is None or picker.picked:
            return
        if picker.call is not target.call:
            self._merging.merge(picker.call, target.call, fact.at)
        picker.picked = True
        self._tell.picked_up(picker, target, fact.at)
