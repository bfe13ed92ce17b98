"""Calls begin and end: dial, pick up, hang up; the panel's parts."""

from aiohttp import web

from crm.telephony.ports import Device
from crm.telephony.views import CallFilter
from pbx_bridge.asterisk.dialplan import ECHO_CODE
from web.context import CONTEXT, actor_of
from web.handlers.forms import form_of, words
from web.handlers.pages import fragment, toast
from web.rendering import formats_of, gettext_of, render
from web.sip_links import SIP

RECENT = 30


async def dial(request: web.Request) -> web.StreamResponse:
    """POST /dial: rings the user's own phone, then calls out"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    form, _ = await form_of(request), gettext_of(request)
    to = words(form, "to")
    if not actor.extensions:
        text = _("You have no phone yet. An administrator gives you an extension.")
        return toast(request, text, error=True)
    place = await chosen_device(request)
    if (done := await _code(request, to, place)) is not None:
        return done
    chosen = words(form, "line")
    taken = None if chosen else await crm.phone.line_to(actor, to)
    line = taken.line.name if taken else chosen or None
    call = await crm.phone.place(actor, to, line=line, device=place)
    shown = formats_of(request).phone(call.number or to)
    text = _("Your phone rings; then %s is called.") % shown
    if place is not None and place.kind == "browser":
        text = _("%s is called from this browser.") % shown
    if place is not None and place.kind == "mobile":
        text = _("Your mobile rings. Press 1 on it; then %s is called.") % shown
    if taken and taken.instead_of:
        said = _("The line of last time, %(last)s, is down: the call goes by %(line)s.")
        text += " " + said % {"last": taken.instead_of.label, "line": taken.line.label}
    return toast(request, text, call=call.id)


async def _code(request: web.Request, code: str, place: Device | None) -> web.StreamResponse | None:
    """What an employee dials to ask something of the telephone; None if that is no code."""
    taken = await request.app[CONTEXT].crm.phone.take(actor_of(request), code, device=place)
    if taken is not None:
        return _taken(request, place, taken)
    if code.strip() != ECHO_CODE:  # a browser that is the telephone does that by itself
        return None
    _ = gettext_of(request)
    text = _("Dial %s on the telephone itself: you hear yourself there.") % ECHO_CODE
    return toast(request, text, error=True)


async def chosen_device(request: web.Request) -> Device | None:
    """What shall ring, by the form's `device` and `browser`, the name that the page gave itself."""
    form = await form_of(request)
    device, browser = words(form, "device"), words(form, "browser")
    if device == "browser":
        return Device("browser", request.app[SIP].port_of(actor_of(request).id, browser))
    if device == "mobile":
        return Device("mobile")
    return Device("desk") if device == "desk" else None


async def hang_up(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/hangup"""
    await request.app[CONTEXT].crm.steering.hang_up(actor_of(request), _call_id(request))
    return _silent()


async def pick_up(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/pickup"""
    place = await chosen_device(request)
    call_id = _call_id(request)
    await request.app[CONTEXT].crm.phone.pick_up(actor_of(request), call_id, device=place)
    return _taken(request, place, call_id)


def _taken(request: web.Request, place: Device | None, call_id: int) -> web.StreamResponse:
    _ = gettext_of(request)
    text = _("Your phone takes the call.")
    if place is not None and place.kind == "mobile":
        text = _("Your mobile rings. Press 1 on it to take the call.")
    return toast(request, text, call=call_id)


def _call_id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _silent() -> web.Response:
    """The change comes back by the live events; there is nothing to say."""
    return web.Response(status=204)


async def who(request: web.Request) -> web.StreamResponse:
    """GET /panel/who: whose number is being typed, and by which line it would be called"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    typed = request.query.get("number", "")[:100]
    found = await crm.lookup.find(actor, typed)
    taken = None
    if found.number and not request.query.get("line"):
        taken = await crm.phone.line_to(actor, typed)
    context = {"cards": found.cards, "number": found.number, "taken": taken}
    return render(request, "phone/who.html", context)


async def people(request: web.Request) -> web.StreamResponse:
    """GET /panel/people: colleagues and what they do"""
    board = await request.app[CONTEXT].crm.calls.board(actor_of(request))
    calls = {call.id: call for call in (*board.waiting, *board.talking)}
    context = {"people": board.people, "calls": calls, "pickable": board.pickable}
    return render(request, "phone/people.html", context)


async def lines(request: web.Request) -> web.StreamResponse:
    """GET /panel/lines: those that I may call out on, and how they are"""
    found = await request.app[CONTEXT].crm.phone.lines_for(actor_of(request))
    return render(request, "phone/lines.html", {"choices": found})


async def recent(request: web.Request) -> web.StreamResponse:
    """GET /panel/recent: my last calls"""
    actor = actor_of(request)
    page = await request.app[CONTEXT].crm.calls.list_calls(
        actor, CallFilter(employee=actor.id), limit=RECENT
    )
    return await fragment(request, "phone/recent.html", {"calls": page.items})
