"""The demo's page: a newcomer lets a simulated client call in."""

from aiohttp import web

from crm.clients.models import CardType
from crm.errors import NotFound
from crm.telephony.ports import TelephonyError
from web.context import CONTEXT, Demo, actor_of
from web.faults import say_fault
from web.handlers.forms import form_of, words
from web.handlers.pages import page
from web.rendering import gettext_of, render

OFFERED_CLIENTS = 12


def _demo(request: web.Request) -> Demo:
    """Raises NotFound outside of the demo."""
    demo = request.app[CONTEXT].demo
    if demo is None:
        raise NotFound("page", request.path)
    return demo


async def try_it(request: web.Request) -> web.StreamResponse:
    """GET /try"""
    demo = _demo(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    clients = await crm.clients.list_cards(actor, CardType.CONTACT, limit=OFFERED_CLIENTS)
    all_lines = await crm.lines.list_lines(actor)
    context = {
        "demo": demo,
        "all_lines": all_lines,
        "client_options": [
            (card.phones[0].number, card.name) for card in clients.items if card.phones
        ],
        "line_options": [(line.name, line.label) for line in all_lines],
    }
    return await page(request, "try/try.html", context)


async def call_in(request: web.Request) -> web.StreamResponse:
    """POST /try/call"""
    demo, form = _demo(request), await form_of(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    number = words(form, "number") or None if words(form, "who") == "known" else None
    line = await crm.lines.get_line(actor, words(form, "line"))
    context = {"problem": "", "number": "", "line": line.label}
    try:
        context["number"] = await demo.call_in(number, line.name)
    except TelephonyError as error:
        context["problem"] = say_fault(str(error), gettext_of(request))
    return render(request, "try/result.html", context)
