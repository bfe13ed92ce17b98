"""Calls begin and end: dial, pick up, hang up; the panel's parts."""

from aiohttp import web

from crm.telephony.ports import Device
from crm.telephony.views import CallFilter
from web.context import CONTEXT, actor_of
from web.handlers.forms import form_of, words
from web.handlers.pages import fragment, toast
from web.rendering import formats_of, gettext_of, render, text_of
from web.sip import SIP

RECENT = 30


async def dial(request: web.Request) -> web.StreamResponse:
    """POST /dial: rings the user's own phone, then calls out"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    form, _ = await form_of(request), gettext_of(request)
    to = words(form, "to")
    if not actor.extensions:
        text = _("You have no phone yet. An administrator gives you an extension.")
        return toast(request, text, error=True)
    line = words(form, "line") or await _line_of_last_time(request, to)
    place = await chosen_device(request)
    call = await crm.phone.place(actor, to, line=line, device=place)
    shown = formats_of(request).phone(call.number or to)
    if place is not None and place.kind == "browser":
        return toast(request, _("%s is called from this browser.") % shown)
    text = _("Your phone rings; then %s is called.") % shown
    return toast(request, text)


async def chosen_device(request: web.Request) -> Device | None:
    """What shall ring, by the form's `device` and `browser`, the name that the page gave itself."""
    form = await form_of(request)
    device, browser = words(form, "device"), words(form, "browser")
    if device == "browser":
        return Device("browser", request.app[SIP].port_of(actor_of(request).id, browser))
    return Device("desk") if device == "desk" else None


async def _line_of_last_time(request: web.Request, to: str) -> str | None:
    """The line on which the company last spoke with this number; None: the user's default."""
    choices = await request.app[CONTEXT].crm.phone.lines_for(actor_of(request), to)
    return next((line.name for line in choices if line.used_last and line.usable), None)


async def hang_up(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/hangup"""
    await request.app[CONTEXT].crm.steering.hang_up(actor_of(request), _call_id(request))
    return _silent()


async def pick_up(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/pickup"""
    place = await chosen_device(request)
    crm = request.app[CONTEXT].crm
    await crm.phone.pick_up(actor_of(request), _call_id(request), device=place)
    return toast(request, text_of(request, "Your phone takes the call."))


def _call_id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _silent() -> web.Response:
    """The change comes back by the live events; there is nothing to say."""
    return web.Response(status=204)


async def who(request: web.Request) -> web.StreamResponse:
    """GET /panel/who: whose number is being typed"""
    found = await request.app[CONTEXT].crm.lookup.find(
        actor_of(request), request.query.get("number", "")[:100]
    )
    return render(request, "phone/who.html", {"cards": found.cards, "number": found.number})


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
