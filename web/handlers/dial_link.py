"""A link `tel:` of any page or program, opened here: it is shown, and never dialled by itself."""

from urllib.parse import unquote

from aiohttp import web

from web.context import CONTEXT, actor_of
from web.handlers.pages import page

_LONGEST = 100


async def dial_link(request: web.Request) -> web.StreamResponse:
    """GET /dial-link?number=tel:+420777123456 (RFC 3966)"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    asked = number_of(request.query.get("number", ""))
    found = await crm.lookup.find(actor, asked) if asked else None
    number = found.number if found is not None and found.number else asked
    context = {"number": number, "known": found is not None and found.number is not None}
    return await page(
        request, "phone/dial_link.html", context | {"cards": found.cards if found else ()}
    )


def number_of(link: str) -> str:
    """What a `tel:` link says to dial, without its parameters; plain text as it is."""
    text = link.strip()
    if text[:4].lower() == "tel:":
        text = unquote(text[4:])
    text = text.partition(";")[0]
    return "".join(c for c in text if c.isprintable())[:_LONGEST].strip()
