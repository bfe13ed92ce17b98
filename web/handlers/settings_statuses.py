"""Settings: the statuses of leads."""

from types import SimpleNamespace
from typing import Any

from aiohttp import web

from crm.clients.models import StatusKind
from crm.clients.statuses import COLORS, CONVERTED
from crm.clients.views import StatusView
from crm.errors import Conflict, Invalid, NotFound
from web.card_words import hue, status_kind
from web.context import CONTEXT, actor_of
from web.handlers.forms import chosen, form_of, translated, words
from web.handlers.pages import page, see
from web.handlers.settings import manager
from web.rendering import gettext_of

LIST = "/settings/statuses"


async def statuses(request: web.Request) -> web.StreamResponse:
    """GET /settings/statuses"""
    manager(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    context = {
        "statuses": await crm.clients.list_statuses(actor),
        "leads": await crm.leads.count_by_status(actor),
    }
    return await page(request, "settings/statuses.html", context)


async def status_form(request: web.Request) -> web.StreamResponse:
    """GET /settings/statuses/new, /settings/statuses/{id}"""
    manager(request)
    status, _ = await _status(request), gettext_of(request)
    values = SimpleNamespace(name="", kind=StatusKind.OPEN, color=COLORS[0])
    if status is not None:
        values = SimpleNamespace(name=_(status.name), kind=status.kind, color=status.color)
    return await _status_page(request, status, values, {})


async def save_status(request: web.Request) -> web.StreamResponse:
    """POST /settings/statuses/new, /settings/statuses/{id}"""
    manager(request)
    leads, actor, _ = request.app[CONTEXT].crm.leads, actor_of(request), gettext_of(request)
    status, form = await _status(request), await form_of(request)
    values = SimpleNamespace(
        name=words(form, "name"),
        kind=StatusKind(chosen(form, "kind", tuple(StatusKind)) or StatusKind.OPEN),
        color=words(form, "color"),
    )
    try:
        if status is not None and words(form, "action") == "delete":
            await leads.delete_status(actor, status.id)
            return see(LIST)
        # One of ours is shown translated: left as it was, it stays so for readers of others.
        kept = status is not None and values.name == _(status.name)
        await leads.save_status(
            actor,
            status.name if status is not None and kept else values.name,
            status_id=status.id if status is not None else None,
            kind=values.kind,
            color=values.color,
        )
    except (Invalid, Conflict) as error:
        return await _status_page(request, status, values, translated(request, error), 422)
    return see(LIST)


async def move_status(request: web.Request) -> web.StreamResponse:
    """POST /settings/statuses/{id}/move: `to` is `up` or `down`."""
    form = await form_of(request)
    status_id = int(request.match_info["id"])
    up = chosen(form, "to", ("up", "down")) == "up"
    await request.app[CONTEXT].crm.leads.move_status(actor_of(request), status_id, up=up)
    return see(LIST)


async def _status(request: web.Request) -> StatusView | None:
    """The one of the path; None for a new one. Raises NotFound."""
    wanted = request.match_info.get("id")
    if wanted is None:
        return None
    for status in await request.app[CONTEXT].crm.clients.list_statuses(actor_of(request)):
        if status.id == int(wanted):
            return status
    raise NotFound("status", int(wanted))


async def _status_page(
    request: web.Request,
    status: StatusView | None,
    values: SimpleNamespace,
    errors: dict[str, str],
    code: int = 200,
) -> web.Response:
    _ = gettext_of(request)
    fixed = status is not None and status.code == CONVERTED
    kinds = (StatusKind.WON,) if fixed else tuple(StatusKind)
    context: dict[str, Any] = {
        "status": status,
        "values": values,
        "errors": errors,
        "action": request.path,
        "fixed": fixed,
        "kinds": [(kind.value, status_kind(kind, _)) for kind in kinds],
        # One name for each hue that can be told apart.
        "colors": list({hue(color): color for color in reversed(COLORS)}.values())[::-1],
    }
    return await page(request, "settings/status.html", context, status=code)
