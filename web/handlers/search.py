"""Search over everything, and choosing a card in a dialog."""

from typing import Any

from aiohttp import web

from crm.clients.models import CardType
from crm.telephony.views import CallFilter
from web.context import CONTEXT, actor_of
from web.handlers.pages import fragment
from web.rendering import render, text_of

FOUND_CARDS = 8
FOUND_CALLS = 4
PICKS = 20


async def quick(request: web.Request) -> web.StreamResponse:
    """GET /search/quick"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    q = request.query.get("q", "").strip()[:100]
    context: dict[str, Any] = {"q": q, "number": None, "cards": (), "calls": ()}
    if q:
        found = await crm.lookup.find(actor, q)
        calls = await crm.calls.list_calls(actor, CallFilter(q=q), limit=FOUND_CALLS)
        extensions = {one.number for one in await crm.lines.list_extensions(actor)}
        context |= {
            "number": q if q in extensions else found.number,
            "cards": await crm.clients.quick_search(actor, q, FOUND_CARDS),
            "calls": calls.items,
        }
    return await fragment(request, "search/results.html", context)


async def picks(request: web.Request) -> web.StreamResponse:
    """GET /picks: cards to choose from, as one types"""
    query = request.query
    q = query.get("q", "").strip()[:100]
    cards = await request.app[CONTEXT].crm.clients.quick_search(actor_of(request), q, PICKS)
    type_ = query.get("type")
    if type_ in set(CardType):
        cards = tuple(card for card in cards if card.type == type_)
    if (without := query.get("not", "")).isdigit():
        cards = tuple(card for card in cards if card.id != int(without))
    none = text_of(request, "No company") if query.get("none") else ""
    context = {"name": query.get("name", "card"), "cards": cards, "none_text": none}
    return render(request, "cards/picks.html", context)
