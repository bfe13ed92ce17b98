"""Answers with a whole page, or with `#page` alone where htmx swaps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from web.handlers.frame import frame_of, is_outdated
from web.handlers.labels import line_labels
from web.rendering import render, wants_page_only


@dataclass(frozen=True, slots=True)
class Undo:
    """A form in the toast that sets back what there was."""

    path: str
    target: str
    swap: str
    fields: tuple[tuple[str, str], ...]


async def page(
    request: web.Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    """A page in the frame. Only the page's own part if that is what is swapped.

    Around it a frame of other rights or another language would stay: it is loaded anew, too. Not in
    a call, which the browser may carry: then it gets the menu of now, and the rest later.
    """
    alone = wants_page_only(request)
    frame = None if alone and not is_outdated(request) else await frame_of(request)
    if alone and frame is not None and request.method == "GET" and not frame.in_call:
        return web.Response(headers={"HX-Redirect": request.path_qs})
    values: dict[str, Any] = {
        "lines": await line_labels(request),
        **(context or {}),
        "layout": "layout/fragment.html" if alone else "layout/frame.html",
        "frame": frame,
    }
    return render(request, template, values, status)


async def fragment(
    request: web.Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    """A part of a page that shows calls, so that it names lines."""
    return render(
        request, template, {"lines": await line_labels(request), **(context or {})}, status
    )


def toast(
    request: web.Request,
    text: str,
    *,
    error: bool = False,
    undo: Undo | None = None,
    call: int | None = None,
) -> web.Response:
    """A line in the corner. `call`: what it is about; it takes the place of the older ones."""
    about = {"about": None if call is None else f"call-{call}"}
    return render(
        request, "components/toast.html", {"text": text, "error": error, "undo": undo, **about}
    )


def with_toast(
    request: web.Request,
    response: web.Response,
    text: str,
    *,
    undo: Undo | None = None,
) -> web.Response:
    """The same answer, with a toast beside what is swapped."""
    line = toast(request, text, undo=undo).text or ""
    oob = f'<div hx-swap-oob="beforeend:#toasts">{line}</div>'
    response.text = (response.text or "") + oob
    return response


def dialog(handler: Handler) -> Handler:
    """What it answers with is opened over a page: by itself its address leads to that page, which
    is one level up."""

    async def opened(request: web.Request) -> web.StreamResponse:
        if request.headers.get("HX-Request") != "true":
            return see(request.path.rpartition("/")[0])
        return await handler(request)

    return opened


def see(path: str) -> web.Response:
    """After a change: go and look. htmx follows it and swaps `#page`."""
    return web.Response(status=303, headers={"Location": path})
