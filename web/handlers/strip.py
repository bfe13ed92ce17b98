"""The call strip: the user's own live calls, and what to know of the client while they ring."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from crm.clients.views import ActivityView
from crm.people import permissions
from crm.people.permissions import Action, Actor
from crm.telephony.supervision import Listening
from crm.telephony.views import CallPerson, CallView, TimelineItem
from web.context import CONTEXT, actor_of
from web.formats import Formats
from web.handlers.labels import line_labels
from web.handlers.listening import listening_of
from web.rendering import formats_of, gettext_of, render
from web.words import Gettext, person_name, who

POP_CALLS = 3  # last calls and notes shown while it rings
POP_NOTES = 2


@dataclass(frozen=True, slots=True)
class Member:
    """One of more than two in a call, or who is called into it. `who`: extension or number."""

    who: str
    name: str
    mine: bool
    rings: bool
    muted: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom this user asks. `since`: None while it rings there. `waits`: the user has gone back to
    the client meanwhile; else the client waits.
    """

    name: str
    since: datetime | None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class StripCall:
    """`state` is this user's: it may ring at his phone while others already talk. `held_by`: who
    else has it on hold. `barged`: into whose talk the user came as a supervisor.
    """

    call: CallView
    state: str
    held_by: str
    name: str
    company: str
    can_steer: bool
    can_record: bool
    can_leave: bool
    can_hang_up: bool
    consult: Asked | None
    barged: Listening | None
    members: tuple[Member, ...]
    pop: bool
    last_calls: tuple[CallView, ...]
    notes: tuple[ActivityView, ...]
    announce: str


async def strip_of(request: web.Request) -> tuple[StripCall, ...]:
    actor = actor_of(request)
    if not actor.extensions:
        return ()
    calls = await request.app[CONTEXT].crm.calls.my_calls(actor)
    heard = await listening_of(request) if calls else None
    barged = heard if heard is not None and heard.mode == "barge" else None
    return tuple([await _strip_call(request, actor, call, barged) for call in calls])


async def strip(request: web.Request) -> web.Response:
    """GET /strip"""
    context = {"frame": {"strip": await strip_of(request)}, "lines": await line_labels(request)}
    return render(request, "phone/strip.html", context)


async def _strip_call(
    request: web.Request, actor: Actor, call: CallView, barged: Listening | None
) -> StripCall:
    _ = gettext_of(request)
    name = who(call, formats_of(request), _)
    rings_here = any(one.person.extension in actor.extensions for one in call.ringing)
    talks_here = any(
        party.person.extension in actor.extensions and party.left_at is None
        for party in call.parties
    )
    state = _state(actor, call, rings_here and not talks_here)
    may_control = permissions.allows_for(actor, Action.CONTROL_CALLS, call.audience)
    items, company = await _known(request, actor, call)
    talks = may_control and talks_here and call.answered_at is not None
    members = _members(request, actor, call) if talks else ()
    return StripCall(
        call=call,
        state=state,
        held_by=_others_holding(request, actor, call),
        name=name,
        company=company,
        can_steer=talks,
        can_record=talks and call.direction != "internal",
        can_leave=talks and sum(not member.rings for member in members) > 2,
        can_hang_up=may_control and (talks_here or call.direction == "outbound"),
        consult=_consult(request, actor, call) if talks else None,
        barged=barged if barged is not None and barged.call.id == call.id else None,
        members=members,
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


def _state(actor: Actor, call: CallView, rings: bool) -> str:
    if rings:
        return "ringing"
    if call.state != "held":
        return call.state
    return "held" if _is_held_by(actor, call) else "talking"


def _is_held_by(actor: Actor, call: CallView) -> bool:
    return any(person.extension in actor.extensions for person in call.held_by)


def _others_holding(request: web.Request, actor: Actor, call: CallView) -> str:
    if _is_held_by(actor, call):
        return ""
    return ", ".join(_name(person, formats_of(request)) for person in call.held_by)


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


def _consult(request: web.Request, actor: Actor, call: CallView) -> Asked | None:
    steering, fmt = request.app[CONTEXT].crm.steering, formats_of(request)
    for consult in call.consults:
        by = consult.by.extension
        if by is not None and by in actor.extensions:
            waits = steering.is_back_meanwhile(call, by)
            return Asked(_name(consult.to, fmt), consult.since, waits)
    asked = steering.consulting(actor, call.id)
    for ringing in call.ringing:
        if asked is not None and asked in (ringing.person.extension, ringing.person.number):
            return Asked(_name(ringing.person, fmt), None)
    return None


def _members(request: web.Request, actor: Actor, call: CallView) -> tuple[Member, ...]:
    """Nobody where two talk and nobody rings."""
    crm, fmt = request.app[CONTEXT].crm, formats_of(request)
    muted = crm.steering.muted(call.id)
    holding = {person.extension or person.number for person in call.held_by}
    present = [(party.person, False) for party in call.parties if party.left_at is None]
    here = {person.extension or person.number for person, _ in present}
    present += [
        (ringing.person, True)
        for ringing in call.ringing
        if (ringing.person.extension or ringing.person.number) not in here
    ]
    if len(present) < 3:
        return ()
    named = [(person.extension or person.number or "", person, rings) for person, rings in present]
    return tuple(
        Member(
            who=who_,
            name=_name(person, fmt),
            mine=person.extension in actor.extensions and person.extension is not None,
            rings=rings,
            muted=who_ in muted,
            holds=who_ in holding,
        )
        for who_, person, rings in named
    )


def _name(person: CallPerson, fmt: Formats) -> str:
    if person.extension is None and person.number is not None:
        return fmt.phone(person.number)
    return person_name(person)


def _announce(call: CallView, state: str, name: str, _: Gettext) -> str:
    if state == "ringing" and call.direction == "inbound":
        return _("Call from %s") % name
    if state == "ringing":
        return _("Calling %s") % name
    if state == "held":
        return _("On hold: %s") % name
    return _("Talking: %s") % name
