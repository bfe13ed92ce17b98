"""Of calls that go on, what the PBX does not tell: who is muted, and who wants to ask whom."""

from collections import OrderedDict
from typing import Any

from crm.bus import Bus, BusEvent

_REMEMBERED = 200

Json = dict[str, Any]


class Remembered:
    """Kept until those whom it is about are out of the call, as the bus tells it."""

    def __init__(self, bus: Bus) -> None:
        self._muted: OrderedDict[int, frozenset[str]] = OrderedDict()
        self._asked: OrderedDict[int, tuple[str, str]] = OrderedDict()
        bus.listen(self._heard)

    def muted(self, call_id: int) -> frozenset[str]:
        """By extension or number."""
        return self._muted.get(call_id, frozenset())

    def mute(self, call_id: int, who: str, *, muted: bool) -> None:
        before = self._muted.pop(call_id, frozenset())
        self._muted[call_id] = before | {who} if muted else before - {who}
        _forget(self._muted)

    def asked(self, call_id: int) -> tuple[str, str] | None:
        """The extension that wants to ask somebody, and whom, by extension or number."""
        return self._asked.get(call_id)

    def ask(self, call_id: int, by: str, to: str) -> None:
        self._asked.pop(call_id, None)
        self._asked[call_id] = (by, to)
        _forget(self._asked)

    def asks_no_more(self, call_id: int) -> None:
        self._asked.pop(call_id, None)

    def _heard(self, event: BusEvent) -> None:
        if not event.type.startswith("call."):
            return
        call: Json = event.data["call"]
        body: Json = event.data["event"]
        match event.type:
            case "call.ended":
                self._muted.pop(call["id"], None)
                self._asked.pop(call["id"], None)
            case "call.party_left":
                self._gone(call, body["party"])
            case "call.ringing_stopped" if body["reason"] != "answered":
                self._gone(call, body["party"])
                self._not_asked(call, body["party"])
            case "call.consult_started" | "call.consult_ended":
                self._asked.pop(call["id"], None)

    def _gone(self, call: Json, party: Json) -> None:
        """`party`: with a number as the network wrote it; `call`: with all as they are known."""
        if muted := self._muted.get(call["id"]):
            left = {_who(it) for it in call["parties"] if it["left_at"] is not None}
            gone = (left | {_who(party)}) - _present(call)
            self._muted[call["id"]] = muted - gone

    def _not_asked(self, call: Json, party: Json) -> None:
        asked = self._asked.get(call["id"])
        if asked is None or party["extension"] not in (None, asked[1]):
            return
        if asked[1] not in {_who(it) for it in call["ringing"]}:
            del self._asked[call["id"]]


def _present(call: Json) -> set[str]:
    present = [it for it in call["parties"] if it["left_at"] is None]
    return {_who(it) for it in (*present, *call["ringing"])}


def _who(person: Json) -> str:
    return person["extension"] or person["number"] or ""


def _forget(known: OrderedDict[int, Any]) -> None:
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
