"""Converting a lead, and acting on many rows of a list."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from crm.clients.models import CardType
from crm.clients.views import BulkResult, CardData, CardView
from crm.errors import Conflict, Invalid
from web.card_words import card_path
from web.context import CONTEXT, actor_of
from web.faults import say_fault
from web.handlers.card_edit import card_of
from web.handlers.cards import base_of, kind_of, list_page
from web.handlers.forms import form_of, ids, inside, translated, whole, words
from web.handlers.lists import Address
from web.handlers.pages import Undo, dialog, see, with_toast
from web.rendering import gettext_of, render

PICKS = 20


_FIELDS = {"contact.name": "name", "company.name": "company_name"}


@dialog
async def convert_form(request: web.Request) -> web.StreamResponse:
    """GET /leads/{id}/convert"""
    return await _convert_dialog(request, await card_of(request), {}, {})


async def _convert_dialog(
    request: web.Request, card: CardView, values: dict[str, str], errors: dict[str, str]
) -> web.Response:
    related = await request.app[CONTEXT].crm.clients.related(actor_of(request), card.id)
    contacts = [one for one in related.same_number if one.type is CardType.CONTACT]
    context = {"card": card, "contacts": contacts, "values": values, "errors": errors}
    return render(request, "cards/convert.html", context)


async def convert(request: web.Request) -> web.StreamResponse:
    """POST /leads/{id}/convert"""
    form, lead = await form_of(request), await card_of(request)
    try:
        company, company_id = await _company(request, lead, words(form, "company_name"))
        conversion = await request.app[CONTEXT].crm.leads.convert(
            actor_of(request),
            lead.id,
            contact={"name": words(form, "name")},
            contact_id=whole(form, "contact_id"),
            company=company,
            company_id=company_id,
        )
    except (Invalid, Conflict) as error:
        values = {name: words(form, name) for name in form}
        errors = translated(request, error)
        errors = {_FIELDS.get(name, name): text for name, text in errors.items()}
        answer = await _convert_dialog(request, lead, values, errors)
        answer.headers["HX-Retarget"] = "#dialog"
        return answer
    return see(card_path(conversion.contact))


async def _company(
    request: web.Request, lead: CardView, name: str
) -> tuple[CardData | None, int | None]:
    """A new company, or the known one that is called exactly so."""
    if not name:
        return None, None
    if lead.company is not None and lead.company.name == name:
        return None, lead.company.id
    found = await request.app[CONTEXT].crm.clients.quick_search(actor_of(request), name, PICKS)
    for card in found:
        if card.type is CardType.COMPANY and card.name.casefold() == name.casefold():
            return None, card.id
    return {"name": name}, None


async def bulk(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/bulk: the list anew, and a toast that says what was done"""
    form, kind = await form_of(request), kind_of(request)
    picked = ids(form)
    clients, actor = request.app[CONTEXT].crm.clients, actor_of(request)
    results: list[BulkResult] = []
    if picked and words(form, "action") == "delete":
        results.append(await clients.bulk(actor, kind, picked, "delete"))
        undo = Undo(
            f"{base_of(kind)}/restore",
            "#page",
            "innerHTML",
            (
                ("cards", " ".join(str(one) for one in results[0].done)),
                ("back", inside(words(form, "back"))),
            ),
        )
        return await _done(request, words(form, "back"), results, undo)
    if picked and (status := words(form, "status")):
        results.append(await clients.bulk(actor, kind, picked, "status", status))
    if picked and words(form, "responsible"):
        value = whole(form, "responsible") or None
        results.append(await clients.bulk(actor, kind, picked, "assign", value))
    return await _done(request, words(form, "back"), results, None)


async def _done(
    request: web.Request, back: str, results: Sequence[BulkResult], undo: Undo | None
) -> web.Response:
    _ = gettext_of(request)
    done = {one for result in results for one in result.done}
    skipped = [one for result in results for one in result.skipped]
    text = _("Done: %s.") % len(done)
    if skipped:
        reasons = " ".join(dict.fromkeys(say_fault(one.reason, _) for one in skipped))
        text += " " + _("Left out: %(count)s. %(why)s") % {"count": len(skipped), "why": reasons}
    # The list as it was searched and filtered; the address in the browser has not changed.
    query = dict(parse_qsl(urlsplit(back).query))
    response = await list_page(request, Address(base_of(kind_of(request)), query))
    return with_toast(request, response, text, undo=undo)
