"""Calls: the list, one call, missed calls, recordings."""

from aiohttp import web

from crm.errors import NotFound
from crm.telephony.views import CallFilter, CallView, MissedView
from web.context import CONTEXT, actor_of
from web.handlers.forms import form_of, ids, whole, words
from web.handlers.lists import PAGE_ROWS, Address, Chip, Rows, Sort, chip, rows_of
from web.handlers.pages import Undo, dialog, fragment, page, see, toast, with_toast
from web.handlers.times import since, spans
from web.rendering import formats_of, gettext_of, render, text_of
from web.story import tell, why_not

FILTERS = ("q", "state", "direction", "outcome", "line", "employee", "since")


async def call_list(request: web.Request) -> web.StreamResponse:
    """GET /calls"""
    address = Address.of(request, "/calls")
    context = {
        "rows": await _calls(request, address),
        "chips": await _chips(request, address),
        "sort": Sort(address, "-started"),
        "filtered": address.is_filtered(*FILTERS),
    }
    return await page(request, "calls/list.html", context)


async def call_rows(request: web.Request) -> web.StreamResponse:
    """GET /calls/rows: the next page"""
    rows = await _calls(request, Address.of(request, "/calls"))
    return await fragment(request, "calls/rows.html", {"rows": rows})


async def _calls(
    request: web.Request, address: Address, recorded: bool | None = None
) -> Rows[CallView]:
    wanted = CallFilter(
        q=address.get("q") or "",
        state=address.get("state"),
        direction=address.get("direction"),
        outcome=address.get("outcome"),
        line=address.get("line"),
        employee=address.number("employee"),
        since=since(request, address.get("since")),
        recorded=recorded,
        order=address.get("order"),
    )
    found = await request.app[CONTEXT].crm.calls.list_calls(
        actor_of(request), wanted, limit=PAGE_ROWS, cursor=request.query.get("cursor")
    )
    return rows_of(address, found)


async def _chips(request: web.Request, address: Address) -> list[Chip]:
    _ = gettext_of(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    lines = await crm.lines.list_lines(actor)
    people = await crm.people.list_users(actor)
    directions = [
        ("inbound", _("Inbound")),
        ("outbound", _("Outbound")),
        ("internal", _("Internal")),
    ]
    outcomes = [
        ("answered", _("Answered")),
        ("missed", _("Missed")),
        ("busy", _("Busy")),
        ("no_answer", _("No answer")),
        ("rejected", _("Rejected")),
        ("failed", _("Failed")),
    ]
    return [
        chip(address, "since", _("When"), spans(_)),
        chip(address, "direction", _("Direction"), directions),
        chip(address, "outcome", _("Outcome"), outcomes),
        chip(address, "line", _("Line"), [(line.name, line.label) for line in lines]),
        chip(address, "employee", _("Employee"), [(str(one.id), one.name) for one in people]),
    ]


async def one_call(request: web.Request) -> web.StreamResponse:
    """GET /calls/{id}"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    call = await crm.calls.get_call(actor, int(request.match_info["id"]))
    items = await crm.calls.story(actor, call.id)
    story = tell(call, items, formats_of(request), gettext_of(request))
    return await page(request, "calls/call.html", {"call": call, "steps": story.steps})


async def reason(request: web.Request) -> web.StreamResponse:
    """GET /calls/{id}/reason: a line in the corner, if a call placed did not come about"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    call = await crm.calls.get_call(actor, int(request.match_info["id"]))
    items = await crm.calls.story(actor, call.id)
    text = why_not(call, items, formats_of(request), gettext_of(request))
    return toast(request, text, error=True, call=call.id) if text else web.Response(status=204)


async def missed(request: web.Request) -> web.Response:
    """GET /calls/missed"""
    address = Address.of(request, "/calls/missed")
    _ = gettext_of(request)
    shown = [("mine", _("Mine")), ("cleared", _("Cleared"))]
    context = {
        "rows": await _missed(request, address),
        "chips": [chip(address, "show", _("Show"), shown)],
        "show": address.get("show"),
    }
    return await page(request, "calls/missed.html", context)


async def missed_rows(request: web.Request) -> web.StreamResponse:
    """GET /calls/missed/rows: the next page"""
    rows = await _missed(request, Address.of(request, "/calls/missed"))
    return await fragment(request, "calls/missed_rows.html", {"rows": rows})


async def _missed(request: web.Request, address: Address) -> Rows[MissedView]:
    show = address.get("show")
    found = await request.app[CONTEXT].crm.missed.list_missed(
        actor_of(request),
        cleared=show == "cleared",
        mine=show == "mine",
        limit=PAGE_ROWS,
        cursor=request.query.get("cursor"),
    )
    return rows_of(address, found)


async def missed_count(request: web.Request) -> web.StreamResponse:
    """GET /calls/missed/count: the badge"""
    count = await request.app[CONTEXT].crm.missed.count(actor_of(request))
    return render(request, "calls/missed_count.html", {"frame": {"missed": count}})


async def clear_missed(request: web.Request) -> web.StreamResponse:
    """POST /calls/missed/clear: those picked need no call back"""
    crm, actor, _ = request.app[CONTEXT].crm, actor_of(request), gettext_of(request)
    picked = ids(await form_of(request))
    for call_id in picked:
        await crm.missed.clear(actor, call_id)
    fields = tuple(("ids", str(one)) for one in picked)
    undo = Undo("/calls/missed/reopen", "#page", "innerHTML", fields) if picked else None
    return with_toast(request, await missed(request), _("Done: %s.") % len(picked), undo=undo)


async def reopen_missed(request: web.Request) -> web.StreamResponse:
    """POST /calls/missed/reopen: undo"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    for call_id in ids(await form_of(request)):
        await crm.missed.reopen(actor, call_id)
    return see("/calls/missed")


async def recordings(request: web.Request) -> web.StreamResponse:
    """GET /recordings"""
    address = Address.of(request, "/recordings")
    context = {
        "rows": await _calls(request, address, recorded=True),
        "chips": await _chips(request, address),
        "filtered": address.is_filtered(*FILTERS),
    }
    return await page(request, "recordings/list.html", context)


async def recording_rows(request: web.Request) -> web.StreamResponse:
    """GET /recordings/rows: the next page"""
    rows = await _calls(request, Address.of(request, "/recordings"), recorded=True)
    return await fragment(request, "recordings/rows.html", {"rows": rows})


@dialog
async def move_form(request: web.Request) -> web.StreamResponse:
    """GET /calls/{id}/move"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    call = await crm.calls.get_call(actor, int(request.match_info["id"]))
    cards = [one.card for one in call.cards if not one.attached]
    return render(request, "calls/move.html", {"call": call, "cards": cards, "errors": {}})


async def move(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/move"""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    form = await form_of(request)
    call_id, card_id = int(request.match_info["id"]), whole(form, "card")
    if card_id is None:
        raise NotFound("card", "")
    await crm.calls.move(actor, call_id, card_id)
    return see(f"/calls/{call_id}")


async def add_note(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/notes: what is written while one talks"""
    form = await form_of(request)
    await request.app[CONTEXT].crm.notes.add(
        actor_of(request), words(form, "text"), call_id=int(request.match_info["id"])
    )
    return toast(request, text_of(request, "The note was saved."))
