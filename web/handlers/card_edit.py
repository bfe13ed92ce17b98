"""Changing a card in place: its facts, phones, company, notes; each with undo."""

from typing import Any

from aiohttp import web

from crm.clients.models import CardType
from crm.clients.views import CardData, CardView
from crm.errors import Conflict, Invalid, NotFound
from web.card_words import card_path
from web.context import CONTEXT, actor_of
from web.handlers.cards import base_of, facts_context, kind_of, list_page, timeline_answer
from web.handlers.forms import emails, form_of, inside, phones, translated, whole, words
from web.handlers.lists import Address
from web.handlers.pages import Undo, dialog, see, with_toast
from web.rendering import gettext_of, render, text_of

COMPANIES_OFFERED = 20


async def card_of(request: web.Request) -> CardView:
    return await request.app[CONTEXT].crm.clients.get_card(
        actor_of(request), kind_of(request), int(request.match_info["id"])
    )


async def save_field(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/{id}/fields/{name}: the facts anew, with undo in a toast"""
    form, name = await form_of(request), request.match_info["name"]
    before = await card_of(request)
    given = words(form, "value")
    try:
        data = _change(name, given, whole(form, "value") if name in _IDS else None)
        after = await _update(request, before, data)
    except (Invalid, Conflict) as error:
        errors = {name: " ".join(dict.fromkeys(translated(request, error).values()))}
        context = await facts_context(request, before)
        context |= {"errors": errors, "given": {name: given}}
        return render(request, "cards/facts.html", context)
    path = f"{card_path(before)}/fields/{name}"
    fields = (("value", _value(before, name)), ("undone", "1"))
    undo = None if words(form, "undone") else Undo(path, "#card-facts", "innerHTML", fields)
    return await _facts(request, after, undo)


_IDS = ("company", "responsible")


def _change(name: str, value: str, number: int | None) -> CardData:
    match name:
        case "name":
            return {"name": " ".join(value.split())}
        case "title":
            return {"title": value or None}
        case "position":
            return {"position": value or None}
        case "comment":
            return {"comment": value}
        case "emails":
            return {"emails": emails(value)}
        case "status":
            return {"status": value}
        case "company":
            return {"company_id": number}
        case "responsible":
            return {"responsible_id": number}
    raise NotFound("field", name)


def _value(card: CardView, name: str) -> str:
    """What the field's form would have sent for the card as it is."""
    values: dict[str, Any] = {
        "name": card.name,
        "title": card.title,
        "position": card.position,
        "comment": card.comment,
        "emails": ", ".join(card.emails),
        "status": card.status.code if card.status else None,
        "company": card.company.id if card.company else None,
        "responsible": card.responsible.id if card.responsible else None,
    }
    value = values[name]
    return "" if value is None else str(value)


async def _update(request: web.Request, card: CardView, data: CardData) -> CardView:
    return await request.app[CONTEXT].crm.clients.update_card(
        actor_of(request), card.type, card.id, data
    )


async def _facts(request: web.Request, card: CardView, undo: Undo | None) -> web.Response:
    _ = gettext_of(request)
    context = {**await facts_context(request, card), "changed": True}
    response = render(request, "cards/facts.html", context)
    text = _("Saved.") if undo is not None else _("Undone.")
    response.headers["HX-Trigger"] = "close-dialog"
    return with_toast(request, response, text, undo=undo)


@dialog
async def phones_form(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/{id}/phones"""
    card = await card_of(request)
    context = {"card": card, "phones": card.phones, "errors": {}}
    return render(request, "cards/phones.html", context)


async def save_phones(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/{id}/phones"""
    form, before = await form_of(request), await card_of(request)
    rows = phones(form)
    try:
        after = await _update(request, before, {"phones": rows})
    except (Invalid, Conflict) as error:
        context = {"card": before, "phones": rows, "errors": translated(request, error)}
        return render(request, "cards/phones.html", context)
    fields: list[tuple[str, str]] = [("undone", "1")]
    for index, phone in enumerate(before.phones):
        fields += [(f"phone-{index}", phone.number), (f"kind-{index}", phone.kind)]
    path = f"{card_path(before)}/phones"
    undo = None if words(form, "undone") else Undo(path, "#dialog", "innerHTML", tuple(fields))
    response = await _facts(request, after, undo)
    response.headers["HX-Retarget"] = "#card-facts"
    return response


@dialog
async def company_form(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/{id}/company"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    page = await crm.clients.list_cards(actor, CardType.COMPANY, limit=COMPANIES_OFFERED)
    context = {"card": await card_of(request), "cards": page.items}
    return render(request, "cards/company.html", context)


async def add_note(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/{id}/notes: the timeline anew"""
    form, card = await form_of(request), await card_of(request)
    await request.app[CONTEXT].crm.notes.add(
        actor_of(request), words(form, "text"), card_id=card.id
    )
    return await timeline_answer(request, card)


async def delete_note(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/{id}/notes/{note}/delete: the timeline anew, with undo in a toast"""
    card, note_id = await card_of(request), int(request.match_info["note"])
    await request.app[CONTEXT].crm.notes.delete(actor_of(request), note_id)
    response = await timeline_answer(request, card)
    undo = Undo(f"{card_path(card)}/notes/{note_id}/restore", "#timeline", "innerHTML", ())
    return with_toast(request, response, text_of(request, "The note was deleted."), undo=undo)


async def restore_note(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/{id}/notes/{note}/restore: undo of deleting it"""
    card, note_id = await card_of(request), int(request.match_info["note"])
    await request.app[CONTEXT].crm.notes.restore(actor_of(request), note_id)
    return await timeline_answer(request, card)


async def delete(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/{id}/delete: the list, and a toast that brings the card back"""
    card = await card_of(request)
    await request.app[CONTEXT].crm.clients.delete_card(actor_of(request), card.type, card.id)
    base = base_of(card.type)
    fields = (("cards", str(card.id)), ("back", card_path(card)))
    response = await list_page(request, Address(base, {}))
    response.headers["HX-Push-Url"] = base
    undo = Undo(f"{base}/restore", "#page", "innerHTML", fields)
    return with_toast(request, response, text_of(request, "The card was deleted."), undo=undo)


async def restore(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/restore: undo of deleting, one or many"""
    form, kind = await form_of(request), kind_of(request)
    wanted = [int(value) for value in words(form, "cards").split() if value.isdigit()]
    if wanted:
        await request.app[CONTEXT].crm.clients.bulk(actor_of(request), kind, wanted, "restore")
    return see(inside(words(form, "back")))
