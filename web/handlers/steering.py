"""Steering a call that goes on from the strip: hold, hand on, conference, record."""

from dataclasses import dataclass

from aiohttp import web

from crm.telephony.steering import ConsultStep, RecordAct, SteeringService
from crm.telephony.views import PersonState
from web.context import CONTEXT, actor_of
from web.errors import invalid
from web.handlers.forms import form_of, words
from web.handlers.pages import toast
from web.rendering import formats_of, gettext_of, render

FOUND_CARDS = 6
_ACTS = ("transfer", "conference")
_STEPS: dict[str, ConsultStep] = {
    "complete": "complete",
    "cancel": "cancel",
    "swap": "swap",
    "join": "join",
}
_RECORD: dict[str, RecordAct] = {
    "start": "start",
    "stop": "stop",
    "pause": "pause",
    "resume": "resume",
}


@dataclass(frozen=True, slots=True)
class Pick:
    """Whom a call may be handed to. `to`: an extension or E.164."""

    to: str
    name: str
    note: str
    person: PersonState | None = None


async def hold(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/hold"""
    await _steering(request).hold(actor_of(request), _call_id(request))
    return _silent()


async def resume(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/resume"""
    await _steering(request).resume(actor_of(request), _call_id(request))
    return _silent()


async def transfer(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/transfer: to a colleague's extension or any number; `announce`: ask first"""
    form, _ = await form_of(request), gettext_of(request)
    to, actor, call_id = words(form, "to"), actor_of(request), _call_id(request)
    if words(form, "announce"):
        await _steering(request).consult(actor, call_id, to)
        text = _("The client waits while it rings at: %s.") % await _named(request, to)
        return toast(request, text, call=call_id)
    await _steering(request).transfer(actor, call_id, to)
    return toast(request, _("Transferred to %s.") % await _named(request, to), call=call_id)


async def consult(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/consult/{step}"""
    step = _STEPS[request.match_info["step"]]
    await _steering(request).go_on(actor_of(request), _call_id(request), step)
    return _silent()


async def conference(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/conference: calls somebody into the talk"""
    form, _ = await form_of(request), gettext_of(request)
    to, call_id = words(form, "to"), _call_id(request)
    await _steering(request).invite(actor_of(request), call_id, to)
    text = _("It rings at: %s. Who answers joins the call.")
    return toast(request, text % await _named(request, to), call=call_id)


async def party(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/party/{act}: mute, unmute or drop `who`"""
    who = words(await form_of(request), "who")
    actor, call_id, act = actor_of(request), _call_id(request), request.match_info["act"]
    if act == "drop":
        await _steering(request).drop(actor, call_id, who)
    else:
        await _steering(request).mute(actor, call_id, who, muted=act == "mute")
    return _silent()


async def leave(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/leave: the others go on talking"""
    await _steering(request).leave(actor_of(request), _call_id(request))
    return _silent()


async def record(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/record/{act}"""
    act = _RECORD[request.match_info["act"]]
    await _steering(request).record(actor_of(request), _call_id(request), act)
    return _silent()


async def picks(request: web.Request) -> web.StreamResponse:
    """GET /calls/{id}/picks: whom to hand the call to, or to call into it, as one types"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    query = request.query
    act = query.get("for", "transfer")
    if act not in _ACTS:
        raise invalid({"for": "must be one of transfer, conference"})
    call = await crm.calls.get_call(actor, _call_id(request))
    q = query.get("q", "").strip()[:100]
    found = [*await _colleagues(request, q), *await _clients(request, q)]
    here = [party.person for party in call.parties if party.left_at is None]
    here += [ringing.person for ringing in call.ringing]
    taken = {person.extension or person.number for person in here} | {call.number}
    context = {
        "call": call,
        "act": act,
        "q": q,
        "picks": [pick for pick in found if pick.to not in taken],
    }
    return render(request, "phone/picks.html", context)


async def _named(request: web.Request, to: str) -> str:
    """A colleague's name, or the number as it is written here."""
    found = await request.app[CONTEXT].crm.lines.list_extensions(actor_of(request))
    return next((one.name for one in found if one.number == to), formats_of(request).phone(to))


async def _colleagues(request: web.Request, q: str) -> list[Pick]:
    board = await request.app[CONTEXT].crm.calls.board(actor_of(request))
    wanted = q.casefold()
    return [
        Pick(extension, person.name, extension, person)
        for person in board.people
        for extension in person.extensions
        if wanted in person.name.casefold() or extension.startswith(wanted)
    ]


async def _clients(request: web.Request, q: str) -> list[Pick]:
    """The number that was typed, then numbers of cards that match."""
    if not q:
        return []
    crm, actor, fmt = request.app[CONTEXT].crm, actor_of(request), formats_of(request)
    found = await crm.lookup.find(actor, q)
    picks = []
    if found.number is not None:
        known = found.cards[0].name if found.cards else ""
        picks.append(Pick(found.number, known or fmt.phone(found.number), fmt.phone(found.number)))
    for ref in await crm.clients.quick_search(actor, q, FOUND_CARDS):
        card = await crm.clients.get_card(actor, ref.type, ref.id)
        picks += [Pick(it.number, card.name, fmt.phone(it.number)) for it in card.phones]
    return [pick for i, pick in enumerate(picks) if pick.to not in {it.to for it in picks[:i]}]


def _steering(request: web.Request) -> SteeringService:
    return request.app[CONTEXT].crm.steering


def _call_id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _silent() -> web.Response:
    """The change comes back by the live events; there is nothing to say."""
    return web.Response(status=204)
