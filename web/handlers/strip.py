"""The call strip: the user's own live calls, and what to know of the client while they ring."""

from dataclasses import dataclass

from aiohttp import web

from crm.clients.views import ActivityView
from crm.people import permissions
from crm.people.permissions import Action, Actor
from crm.telephony.views import CallView, TimelineItem
from web.context import CONTEXT, actor_of
from web.handlers.labels import line_labels
from web.rendering import formats_of, gettext_of, render
from web.words import Gettext, who

POP_CALLS = 3  # last calls and notes shown while it rings
POP_NOTES = 2


@dataclass(frozen=True, slots=True)
class StripCall:
    """`state` is this user's: it may ring at his phone while others already talk."""

    call: CallView
    state: str
    name: str
    company: str
    can_transfer: bool
    can_hang_up: bool
    pop: bool
    last_calls: tuple[CallView, ...]
    notes: tuple[ActivityView, ...]
    announce: str


async def strip_of(request: web.Request) -> tuple[StripCall, ...]:
    actor = actor_of(request)
    if not actor.extensions:
        return ()
    calls = await request.app[CONTEXT].crm.calls.my_calls(actor)
    return tuple([await _strip_call(request, actor, call) for call in calls])


async def strip(request: web.Request) -> web.Response:
    """GET /strip"""
    context = {"frame": {"strip": await strip_of(request)}, "lines": await line_labels(request)}
    return render(request, "phone/strip.html", context)


async def _strip_call(request: web.Request, actor: Actor, call: CallView) -> StripCall:
    _ = gettext_of(request)
    name = who(call, formats_of(request), _)
    rings_here = any(one.person.extension in actor.extensions for one in call.ringing)
    talks_here = any(
        party.person.extension in actor.extensions and party.left_at is None
        for party in call.parties
    )
    state = "ringing" if rings_here and not talks_here else call.state
    may_control = permissions.allows_for(actor, Action.CONTROL_CALLS, call.audience)
    items, company = await _known(request, actor, call)
    return StripCall(
        call=call,
        state=state,
        name=name,
        company=company,
        can_transfer=may_control and talks_here and call.answered_at is not None,
        can_hang_up=may_control and (talks_here or call.direction == "outbound"),
        pop=call.direction != "internal",
        last_calls=tuple(
            item.call for item in items if item.call is not None and item.call.id != call.id
        )[:POP_CALLS],
        notes=tuple(
            item.activity
            for item in items
            if item.activity is not None and item.activity.kind == "note"
        )[:POP_NOTES],
        announce=_announce(call, state, name, _),
    )


async def _known(
    request: web.Request, actor: Actor, call: CallView
) -> tuple[tuple[TimelineItem, ...], str]:
    """The newest of the card's timeline, and the client's company."""
    if not call.cards:
        return (), ""
    crm, card_id = request.app[CONTEXT].crm, call.cards[0].card.id
    card = await crm.clients.get_card(actor, None, card_id)
    timeline = await crm.timeline.timeline(actor, card_id, limit=10)
    return timeline.items, card.company.name if card.company else ""


def _announce(call: CallView, state: str, name: str, _: Gettext) -> str:
    if state == "ringing" and call.direction == "inbound":
        return _("Call from %s") % name
    if state == "ringing":
        return _("Calling %s") % name
    if state == "held":
        return _("On hold: %s") % name
    return _("Talking: %s") % name
