"""A call's journal told to people: the steps, and one line that says the way it took."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from crm.clients.numbers import normalize
from crm.telephony.views import CallView, StoryItem
from pbx_bridge.calls.events import Loss
from web.formats import Formats
from web.words import Gettext, person_name


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """`line` is empty where the call's title says it all."""

    line: str
    steps: tuple[Step, ...]


_TOGETHER: Final = timedelta(seconds=0.5)
NO_STORY = Story("", ())


def tell(call: CallView, items: Sequence[StoryItem], fmt: Formats, _: Gettext) -> Story:
    teller = _Teller(call, fmt, _)
    steps = tuple(Step(item.at, text) for item in items if (text := teller.step(item)) is not None)
    return Story(teller.line(), steps)


def why_not(call: CallView, items: Sequence[StoryItem], fmt: Formats, _: Gettext) -> str:
    """Why a call that was placed here did not come about; empty if it did, or was given up."""
    if call.answered_at is not None or call.direction == "inbound":
        return ""
    teller = _Teller(call, fmt, _)
    told = [(item.type, teller.step(item)) for item in items]
    reasons = [text for type_, text in told if type_ in _REASONS and text is not None]
    return reasons[-1] if reasons else ""


class _Teller:
    def __init__(self, call: CallView, fmt: Formats, gettext: Gettext) -> None:
        self._call = call
        self._fmt = fmt
        self._gettext = gettext
        self._lost: StoryItem | None = None  # whose browser was closed, until somebody comes
        self._beside: dict[str, str] | None = None  # who called whom in the call that came last
        self._answered: set[str] = set()  # who picked up: extensions and numbers
        self._mobile = ""  # whose mobile it is placed on: an extension, until it is connected

    def step(self, item: StoryItem) -> str | None:
        """None for what people need not know."""
        tell = _STEPS.get(item.type)
        return None if tell is None else tell(self, item)

    def line(self) -> str:
        _ = self._gettext
        call = self._call
        if not call.transfers:
            return ""
        parts = []
        if call.wait_seconds:
            parts.append(_("rang %s") % self._fmt.duration(call.wait_seconds))
        if call.answered_by is not None:
            parts.append(person_name(call.answered_by))
        for transfer in call.transfers:
            text = _("transferred to %s")
            if transfer.returned:
                text = _("came back from %s")
            elif transfer.kind == "takeover":
                text = _("taken over by %s")
            parts.append(text % self._number_or_name(transfer.to))
        return ", ".join(parts)

    def _number_or_name(self, person: Any) -> str:
        if person.number and not person.extension:
            return self._fmt.phone(person.number)
        return person_name(person)

    def _name(self, item: StoryItem, field: str) -> str:
        _ = self._gettext
        party: Mapping[str, Any] | None = item.body.get(field)
        if not party:
            return _("Somebody")
        extension = party.get("extension")
        if extension:
            return item.names.get(extension) or party.get("name") or str(extension)
        number = party.get("number")
        return self._phone(number) if number else _("The client")

    def _at(self, item: StoryItem) -> str:
        """Whose telephone rings."""
        _ = self._gettext
        name = self._name(item, "party")
        on_mobile = self._mobile and self._identity(item, "party") == self._mobile
        return _("%s (mobile)") % name if on_mobile else name

    def _phone(self, number: str) -> str:
        """What was dialled on a telephone has no country."""
        return self._fmt.phone(normalize(number, self._fmt.country) or number)

    def _identity(self, item: StoryItem, field: str) -> str:
        party: Mapping[str, Any] = item.body.get(field) or {}
        return party.get("extension") or self._phone(party.get("number") or "")

    def started(self, item: StoryItem) -> str:
        _ = self._gettext
        body = item.body
        placer = item.names.get(body.get("extension") or "", body.get("extension") or "")
        number = self._call.number or body.get("number")
        shown = self._fmt.phone(number) if number else _("a withheld number")
        if body.get("direction") == "inbound":
            return _("Call from %s") % shown
        if body.get("direction") == "internal":
            called = body.get("dialled") or ""
            shown = item.names.get(called, called)
        self._beside = {"who": placer or _("Somebody"), "whom": shown}
        if body.get("mobile"):
            self._mobile = body.get("extension") or ""
            return _("%(who)s calls %(whom)s from the mobile") % self._beside
        return _("%(who)s calls %(whom)s") % self._beside

    def ringing(self, item: StoryItem) -> str:
        _ = self._gettext
        self._answered.discard(self._identity(item, "party"))
        return _("Rings at %s") % self._at(item)

    def stopped(self, item: StoryItem) -> str | None:
        _ = self._gettext
        text = {
            "no_answer": _("%s does not answer"),
            "busy": _("%s is busy"),
            "rejected": _("%s rejects the call"),
            "unavailable": _("%s is not reachable"),
        }.get(item.body.get("reason") or "")
        return None if text is None else text % self._at(item)

    def unconfirmed(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("The mobile of %s was answered, but nobody pressed 1") % self._name(item, "by")

    def answered(self, item: StoryItem) -> str:
        _ = self._gettext
        self._answered.add(self._identity(item, "party"))
        self._mobile = ""
        return _("%s answers") % self._name(item, "party")

    def joined(self, item: StoryItem) -> str | None:
        _ = self._gettext
        self._answered.add(self._identity(item, "party"))
        if item.body.get("how") not in ("transfer", "conference"):
            return None
        lost, self._lost = self._lost, None
        if lost is None:
            return _("%s joins") % self._name(item, "party")
        waited = self._fmt.duration((item.at - lost.at).total_seconds())
        back = item.body.get("party", {}).get("extension") == lost.body["by"].get("extension")
        text = (
            _("%(who)s is back; the other side waited %(time)s")
            if back
            else _("%(who)s joins; the other side waited %(time)s")
        )
        return text % {"who": self._name(item, "party"), "time": waited}

    def browser_lost(self, item: StoryItem) -> str:
        _ = self._gettext
        self._lost = item
        match item.body.get("loss"):
            case Loss.CLOSED:
                text = _(
                    "The browser of %s was closed or reloaded; the other side waits with music"
                )
            case Loss.NETWORK:
                text = _("The network of %s was lost; the other side waits with music")
            case _:
                text = _("The browser of %s is gone; the other side waits with music")
        return text % self._name(item, "by")

    def left(self, item: StoryItem) -> str | None:
        _ = self._gettext
        party = item.body.get("party") or {}
        if not party.get("extension") or self._goes_with_the_client(item):
            return None
        if self._lost is not None and self._lost.body["by"].get("extension") == party["extension"]:
            return None  # said already
        return _("%s leaves") % self._name(item, "party")

    def _goes_with_the_client(self, item: StoryItem) -> bool:
        """The client hung up: that says it all."""
        ended = self._call.ended_at
        if ended is None or self._call.ended_by_side != "client":
            return False
        return ended - item.at < _TOGETHER

    def held(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("%s puts the call on hold") % self._name(item, "by")

    def resumed(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("%s takes the call off hold") % self._name(item, "by")

    def transferred(self, item: StoryItem) -> str:
        _ = self._gettext
        if item.body.get("returned"):
            text = _("%(to)s did not answer; back to %(by)s")
        elif item.body.get("kind") == "attended":
            text = (
                _("%(by)s speaks to %(to)s and transfers")
                if self._identity(item, "to") in self._answered
                else _("%(by)s transfers to %(to)s, who has not answered yet")
            )
        elif item.body.get("kind") == "takeover":
            text = _("%(to)s takes the client over from %(by)s")
        else:
            text = _("%(by)s transfers to %(to)s")
        return text % {"by": self._name(item, "by"), "to": self._name(item, "to")}

    def picked_up(self, item: StoryItem) -> str:
        _ = self._gettext
        if not item.body.get("of"):
            return _("%s picks the call up") % self._name(item, "by")
        if item.body["of"].get("extension") == (item.body.get("by") or {}).get("extension"):
            return _("%s takes it on another device") % self._name(item, "by")
        names = {"by": self._name(item, "by"), "of": self._name(item, "of")}
        return _("%(by)s picks up what rang at %(of)s") % names

    def refused(self, item: StoryItem) -> str:
        _ = self._gettext
        text = {
            "country": _("%(by)s may not call %(to)s: calls to this country are not allowed"),
            "hour": _("%(by)s may not call %(to)s: too many calls in an hour"),
        }.get(item.body.get("reason") or "", _("%(by)s may not call %(to)s"))
        return text % {"by": self._name(item, "by"), "to": self._name(item, "to")}

    def merged(self, item: StoryItem) -> str:
        _ = self._gettext
        if self._beside is None:
            return _("Another call belongs to this one")
        return _("The call of %(who)s to %(whom)s belongs to this one") % self._beside

    def recorded(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("Recording begins")

    def recording_paused(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("Recording is paused")

    def recording_resumed(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("Recording goes on")

    def recording_stopped(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("Recording is ended")

    def recording_begun_again(self, item: StoryItem) -> str:
        _ = self._gettext
        return _("Recording begins again")

    def consulted(self, item: StoryItem) -> str:
        _ = self._gettext
        self._answered.add(self._identity(item, "to"))
        names = {"by": self._name(item, "by"), "to": self._name(item, "to")}
        return _("%(by)s asks %(to)s while the client waits") % names

    def ended(self, item: StoryItem) -> str:
        _ = self._gettext
        if item.body.get("assumed"):
            return _("The call is over; its end was not seen")
        if self._call.direction == "internal":
            return _("The call ends")  # all of them are "we"
        return {
            "client": _("The client hangs up"),
            "company": _("We hang up"),
        }.get(item.body.get("ended_by") or "", _("The call ends"))


_REASONS: Final = frozenset({"call.ringing_stopped", "call.unconfirmed", "call.refused"})
_STEPS: dict[str, Callable[[_Teller, StoryItem], str | None]] = {
    "call.started": _Teller.started,
    "call.ringing": _Teller.ringing,
    "call.ringing_stopped": _Teller.stopped,
    "call.unconfirmed": _Teller.unconfirmed,
    "call.answered": _Teller.answered,
    "call.party_joined": _Teller.joined,
    "call.party_left": _Teller.left,
    "call.browser_lost": _Teller.browser_lost,
    "call.held": _Teller.held,
    "call.resumed": _Teller.resumed,
    "call.transferred": _Teller.transferred,
    "call.picked_up": _Teller.picked_up,
    "call.refused": _Teller.refused,
    "call.merged": _Teller.merged,
    "call.recording_started": _Teller.recorded,
    "call.recording_paused": _Teller.recording_paused,
    "call.recording_resumed": _Teller.recording_resumed,
    "call.recording_stopped": _Teller.recording_stopped,
    "call.recording_begun_again": _Teller.recording_begun_again,
    "call.consult_started": _Teller.consulted,
    "call.ended": _Teller.ended,
}
