"""Error pages, and toasts where only a part of the page asked."""

from urllib.parse import urlsplit

from aiohttp import web

from crm.errors import Forbidden
from web.context import ACTOR, REQUEST_ID
from web.errors import Problem
from web.faults import say_fault
from web.handlers.forms import inside
from web.handlers.pages import page, toast
from web.rendering import gettext_of, render, wants_page_only


async def error_page(request: web.Request, problem: Problem) -> web.StreamResponse:
    """In the frame for those signed in; alone for others; as a toast for a part of a page."""
    _ = gettext_of(request)
    detail = say_fault(problem.detail, _) if problem.detail else ""
    if problem.fields:
        detail = " ".join(dict.fromkeys(say_fault(text, _) for text in problem.fields.values()))
    # A list whose filter, order or place is no more is there all the same.
    filtered = problem.status == 422 and request.method == "GET" and bool(request.query_string)
    # What the heading says need not be said twice: whom to ask is said instead.
    plain = problem.status == 403 and problem.detail == str(Forbidden())
    context = {
        "status": problem.status,
        "detail": "" if plain else detail,
        "request_id": request[REQUEST_ID],
        "whole": request.path if filtered else None,
        "again": _form_of(request) if problem.code == "csrf" else None,
    }
    if ACTOR not in request:
        return render(request, "errors/bare.html", context)
    if request.headers.get("HX-Request") == "true" and not wants_page_only(request):
        if problem.status == 404:  # its own words name it by a number
            detail = _("This is not there any more: somebody deleted it meanwhile.")
        return _toast(request, detail)
    try:
        return await page(request, "errors/page.html", context)
    except Exception:  # the frame itself needs what has just failed, such as the database
        return render(request, "errors/bare.html", context)


def _form_of(request: web.Request) -> str:
    """The page that the form was on."""
    sent = request.headers.get("HX-Current-URL", request.headers.get("Referer", ""))
    place = urlsplit(sent)
    return inside(place.path + (f"?{place.query}" if place.query else ""))


def _toast(request: web.Request, detail: str) -> web.Response:
    _ = gettext_of(request)
    text = detail or _("Something went wrong. Try again.")
    on_call = request.path.startswith("/calls/") and request.match_info.get("id")
    response = toast(request, text, error=True, call=int(on_call) if on_call else None)
    response.headers["HX-Retarget"] = "#toasts"
    response.headers["HX-Reswap"] = "beforeend"
    return response
