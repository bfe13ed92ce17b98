"""The demo's guide: what a newcomer can try with a telephone, and what of it he has done.

Done is what the calls' journals say, whichever phone or button it was done with. What only a phone
knows, the browser tells when it is the phone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm.telephony.supervision import NOTED
from crm.telephony.views import CallView, StoryItem

BROWSER, RING, ANSWER, HOLD, TRANSFER = "browser", "ring", "answer", "hold", "transfer"
CONFERENCE, PAUSE, LISTEN, PICKUP, OUTSIDE = "conference", "pause", "listen", "pickup", "outside"
SECOND, CONSULT, LEAVE = "second", "consult", "leave"
ECHO, MUTE, DIGITS, MOBILE = "echo", "mute", "digits", "mobile"
STEPS = (
    BROWSER,
    ECHO,
    RING,
    ANSWER,
    MUTE,
    DIGITS,
    HOLD,
    SECOND,
    PAUSE,
    CONSULT,
    CONFERENCE,
    LEAVE,
    TRANSFER,
    LISTEN,
    PICKUP,
    OUTSIDE,
    MOBILE,
)
# What the audit calls it when somebody listens to a live call, whispers or joins.
SUPERVISION = frozenset(NOTED.values())
TOLD_BY_PHONE = frozenset({ECHO, MUTE, DIGITS})
_TALK_ON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Lived:
    """A call of the newcomer's, and its journal."""

    call: CallView
    story: Sequence[StoryItem]


def done(
    calls: Sequence[Lived],
    extensions: Collection[str],
    *,
    browser: bool,
    acts: Collection[str],
    told: Collection[str] = (),
) -> frozenset[str]:
    """Steps that are done. `extensions`: his own; `browser`: it is registered as his phone;
    `acts`: what the audit says that he did; `told`: the steps that his phone told of."""
    found = {BROWSER} if browser else set()
    found |= TOLD_BY_PHONE.intersection(told)
    if SUPERVISION.intersection(acts):
        found.add(LISTEN)
    if _two_at_once(calls, extensions):
        found.add(SECOND)
    for lived in calls:
        found |= {
            step
            for step, is_done in _TESTS.items()
            if any(is_done(lived, item, extensions) for item in lived.story)
        }
    return frozenset(found)


def _mine(item: StoryItem, side: str, extensions: Collection[str]) -> bool:
    party: Mapping[str, Any] = item.body.get(side) or {}
    return party.get("extension") in extensions


def _i_took_part(lived: Lived, extensions: Collection[str]) -> bool:
    return any(party.person.extension in extensions for party in lived.call.parties)


def _did(type_: str, side: str) -> Callable[[Lived, StoryItem, Collection[str]], bool]:
    return lambda _lived, item, extensions: item.type == type_ and _mine(item, side, extensions)


def _answered(lived: Lived, item: StoryItem, extensions: Collection[str]) -> bool:
    return lived.call.direction == "inbound" and _did("call.answered", "party")(
        lived, item, extensions
    )


def _in_conference(lived: Lived, item: StoryItem, extensions: Collection[str]) -> bool:
    together = item.type == "call.party_joined" and item.body.get("how") == "conference"
    return together and _i_took_part(lived, extensions)


def _left_to_others(lived: Lived, item: StoryItem, extensions: Collection[str]) -> bool:
    """He goes, and those whom a conference brought together talk on."""
    call = lived.call
    goes_on = call.ended_at is None or call.ended_at - item.at > _TALK_ON
    gone = goes_on and item.type == "call.party_left" and _mine(item, "party", extensions)
    return gone and any(
        it.at < item.at and _in_conference(lived, it, extensions) for it in lived.story
    )


def _two_at_once(calls: Sequence[Lived], extensions: Collection[str]) -> bool:
    """A second was answered while the first went on."""
    answered = [
        (item.at, lived.call.ended_at)
        for lived in calls
        for item in lived.story
        if _answered(lived, item, extensions)
    ]
    return any(
        began < second and (ended is None or second < ended)
        for began, ended in answered
        for second, _ in answered
    )


def _paused(lived: Lived, item: StoryItem, extensions: Collection[str]) -> bool:
    return item.type == "call.recording_paused" and _i_took_part(lived, extensions)


def _got_through(lived: Lived, item: StoryItem, extensions: Collection[str]) -> bool:
    call = lived.call
    outside = call.direction == "outbound" and call.extension in extensions
    return outside and item.type == "call.answered"


def _from_the_mobile(lived: Lived, item: StoryItem, extensions: Collection[str]) -> bool:
    on_mobile = any(it.type == "call.started" and it.body.get("mobile") for it in lived.story)
    return on_mobile and _got_through(lived, item, extensions)


_TESTS: dict[str, Callable[[Lived, StoryItem, Collection[str]], bool]] = {
    RING: _did("call.ringing", "party"),
    ANSWER: _answered,
    HOLD: _did("call.held", "by"),
    TRANSFER: _did("call.transferred", "by"),
    CONSULT: _did("call.consult_started", "by"),
    CONFERENCE: _in_conference,
    LEAVE: _left_to_others,
    PAUSE: _paused,
    PICKUP: _did("call.picked_up", "by"),
    OUTSIDE: _got_through,
    MOBILE: _from_the_mobile,
}
