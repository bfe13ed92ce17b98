"""Answers with a whole page, or with `#page` alone where htmx swaps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from web.handlers.frame import frame_of
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
    """A page in the frame. Only the page's own part if that is what is swapped."""
    values: dict[str, Any] = {"lines": await line_labels(request), **(context or {})}
    if wants_page_only(request):
        values["layout"] = "layout/fragment.html"
    else:
        values["layout"] = "layout/frame.html"
        values["frame"] = await frame_of(request)
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
    request: web.Request, text: str, *, error: bool = False, undo: Undo | None = None
) -> web.Response:
    """A line in the corner."""
    return render(request, "components/toast.html", {"text": text, "error": error, "undo": undo})


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
