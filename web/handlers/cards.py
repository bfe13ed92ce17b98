"""Leads, contacts and companies: lists, new ones, and the card with its timeline."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from aiohttp import web

from crm.clients.models import CardType
from crm.clients.views import CardData, CardFilter, CardView, PhoneView
from crm.errors import Conflict, Invalid
from crm.paging import MAX_LIMIT
from crm.telephony.views import CallFilter, TimelineItem
from web.card_words import PLURALS, card_path
from web.context import CONTEXT, actor_of
from web.handlers.forms import Form, emails, form_of, phones, translated, whole, words
from web.handlers.lists import PAGE_ROWS, Address, Chip, Rows, Sort, chip, rows_of
from web.handlers.pages import fragment, page, see
from web.rendering import formats_of, gettext_of, render
from web.story import NO_STORY, tell

PAGE_MOMENTS = 30
HINTED_PHONES = 5  # a card rarely has more
FILTERS = ("q", "status", "responsible", "source", "line", "company")
TYPES = {plural: CardType(type_) for type_, plural in PLURALS.items()}


def kind_of(request: web.Request) -> CardType:
    """Of /leads..., /contacts..., /companies..."""
    return TYPES[request.match_info["kind"]]


def base_of(kind: CardType) -> str:
    return f"/{PLURALS[kind]}"


async def card_list(request: web.Request) -> web.StreamResponse:
    """GET /{kind}"""
    return await list_page(request, Address.of(request, base_of(kind_of(request))))


async def list_page(request: web.Request, address: Address) -> web.Response:
    kind = kind_of(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    context = {
        "kind": kind,
        "base": address.path,
        "back": address.href(),
        "rows": await _cards(request, kind, address),
        "chips": await _chips(request, kind, address),
        "sort": Sort(address, "-active"),
        "filtered": address.is_filtered(*FILTERS),
        "statuses": await crm.clients.list_statuses(actor),
        "users": await crm.people.list_users(actor, active=True),
    }
    return await page(request, "cards/list.html", context)


async def card_rows(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/rows: the next page"""
    kind = kind_of(request)
    rows = await _cards(request, kind, Address.of(request, base_of(kind)))
    return render(request, "cards/rows.html", {"kind": kind, "rows": rows})


async def _cards(request: web.Request, kind: CardType, address: Address) -> Rows[CardView]:
    wanted = CardFilter(
        q=address.get("q") or "",
        status=address.get("status"),
        responsible=address.number("responsible"),
        company=address.number("company"),
        source=address.get("source"),
        line=address.get("line"),
        order=address.get("order"),
    )
    found = await request.app[CONTEXT].crm.clients.list_cards(
        actor_of(request), kind, wanted, limit=PAGE_ROWS, cursor=request.query.get("cursor")
    )
    return rows_of(address, found)


async def _chips(request: web.Request, kind: CardType, address: Address) -> list[Chip]:
    _ = gettext_of(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    users = await crm.people.list_users(actor, active=True)
    mine = [(str(actor.id), _("Me")), ("0", _("Nobody"))]
    others = [(str(user.id), user.name) for user in users if user.id != actor.id]
    chips = [chip(address, "responsible", _("Responsible"), mine + others)]
    if kind is CardType.LEAD:
        statuses = await crm.clients.list_statuses(actor)
        named = [(status.code, _(status.name)) for status in statuses]
        lines = [(line.name, line.label) for line in await crm.lines.list_lines(actor)]
        chips = [chip(address, "status", _("Status"), named), *chips]
        chips.append(chip(address, "line", _("Line"), lines))
    return chips


async def new_form(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/new; `phone` in the address fills it in"""
    number = request.query.get("phone", "")[:60]
    return await _form_page(request, {}, [PhoneView(number, "main")], {})


async def create(request: web.Request) -> web.StreamResponse:
    """POST /{kind}/new"""
    kind, form = kind_of(request), await form_of(request)
    rows = phones(form)
    try:
        data = _card_data(form, kind)
        card = await request.app[CONTEXT].crm.clients.create_card(actor_of(request), kind, data)
    except (Invalid, Conflict) as error:
        values = {name: words(form, name) for name in form}
        given = [PhoneView(row["number"], row["kind"]) for row in rows]
        errors = _flat(translated(request, error))
        return await _form_page(request, values, given, errors, status=422)
    return see(card_path(card))


def _card_data(form: Form, kind: CardType) -> CardData:
    data: CardData = {
        "name": words(form, "name"),
        "phones": phones(form),
        "emails": emails(words(form, "emails")),
        "comment": words(form, "comment"),
        "responsible_id": whole(form, "responsible"),
    }
    if kind is CardType.LEAD:
        data["title"] = words(form, "title") or None
        if status := words(form, "status"):
            data["status"] = status
    if kind is CardType.CONTACT:
        data["position"] = words(form, "position") or None
    return data


def _flat(errors: dict[str, str]) -> dict[str, str]:
    """Errors of list items and of ids, under the names that the form's fields have."""
    flat = dict(errors)
    for name, text in errors.items():
        if name.startswith("emails."):
            flat.setdefault("emails", text)
        if name == "responsible_id":
            flat["responsible"] = text
    return flat


async def _form_page(
    request: web.Request,
    values: Mapping[str, str],
    given: Sequence[PhoneView],
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    kind = kind_of(request)
    context = {
        "kind": kind,
        "base": base_of(kind),
        "values": values or {"responsible": str(actor_of(request).id)},
        "phones": given or [PhoneView("", "main")],
        "errors": errors,
        **await choices(request),
    }
    return await page(request, "cards/new.html", context, status=status)


async def choices(request: web.Request) -> dict[str, Any]:
    """What selects of a card offer."""
    crm, actor, _ = request.app[CONTEXT].crm, actor_of(request), gettext_of(request)
    statuses = await crm.clients.list_statuses(actor)
    users = await crm.people.list_users(actor, active=True)
    return {
        "statuses_options": [(status.code, _(status.name)) for status in statuses],
        "users_options": [(user.id, user.name) for user in users],
    }


async def card(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/{id}"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    shown = await crm.clients.get_card(actor, kind_of(request), int(request.match_info["id"]))
    context = {
        **await facts_context(request, shown),
        **await _timeline(request, shown),
        "related": await crm.clients.related(actor, shown.id),
    }
    return await page(request, "cards/card.html", context)


async def facts(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/{id}/facts: anew, when somebody else may have changed them"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    shown = await crm.clients.get_card(actor, kind_of(request), int(request.match_info["id"]))
    return render(request, "cards/facts.html", await facts_context(request, shown))


async def facts_context(request: web.Request, shown: CardView) -> dict[str, Any]:
    """What cards/facts.html needs."""
    hints = await _phone_hints(request, shown)
    return {"card": shown, "phone_hints": hints, **await choices(request)}


async def _phone_hints(request: web.Request, shown: CardView) -> dict[str, str]:
    """Number -> when it was last on the phone."""
    calls, actor, fmt = request.app[CONTEXT].crm.calls, actor_of(request), formats_of(request)
    hints: dict[str, str] = {}
    for phone in shown.phones[:HINTED_PHONES]:
        found = await calls.list_calls(actor, CallFilter(number=phone.number), limit=1)
        if found.items:
            hints[phone.number] = fmt.relative(found.items[0].started_at)
    return hints


async def timeline(request: web.Request) -> web.StreamResponse:
    """GET /{kind}/{id}/timeline: all of it anew, or what is older than the cursor"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    shown = await crm.clients.get_card(actor, kind_of(request), int(request.match_info["id"]))
    return await timeline_answer(request, shown)


async def timeline_answer(request: web.Request, shown: CardView) -> web.Response:
    return await fragment(request, "cards/timeline.html", await _timeline(request, shown))


async def _timeline(request: web.Request, shown: CardView) -> dict[str, Any]:
    cursor = request.query.get("cursor")
    found = await request.app[CONTEXT].crm.timeline.timeline(
        actor_of(request), shown.id, limit=_shown(request), cursor=cursor
    )
    days = _days(request, found.items)
    more = None
    if found.next is not None and days:
        last = days[-1]["key"]
        more = f"{card_path(shown)}/timeline?cursor={found.next}&after={last}"
    if days and days[0]["key"] == request.query.get("after"):
        days[0]["named"] = False  # the page before ended within this day
    continued = cursor is not None
    return {"days": days, "more": more, "continued": continued, "card_base": card_path(shown)}


def _shown(request: web.Request) -> int:
    """As many as the page shows already, so that drawing it anew takes nothing away."""
    shown = request.query.get("shown", "")
    return min(max(int(shown), PAGE_MOMENTS), MAX_LIMIT) if shown.isdigit() else PAGE_MOMENTS


def _days(request: web.Request, items: Sequence[TimelineItem]) -> list[dict[str, Any]]:
    fmt, _ = formats_of(request), gettext_of(request)
    days: list[dict[str, Any]] = []
    for day, group in groupby(items, key=lambda item: fmt.local(item.at).date()):
        told = [
            (item, tell(item.call, item.story, fmt, _) if item.call else NO_STORY) for item in group
        ]
        first = told[0][0].at
        days.append(
            {
                "key": day.isoformat(),
                "ago": fmt.days_ago(first),
                "name": fmt.day(first),
                "items": told,
                "named": True,
            }
        )
    return days
