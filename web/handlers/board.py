"""The live board."""

from typing import Any

from aiohttp import web

from crm.people import permissions
from web.context import CONTEXT, actor_of
from web.faults import say_fault
from web.handlers.listening import listening_of
from web.handlers.pages import fragment, page, see
from web.rendering import gettext_of


async def home(request: web.Request) -> web.StreamResponse:
    """GET /"""
    return see("/board")


async def board(request: web.Request) -> web.StreamResponse:
    """GET /board"""
    return await page(request, "board/board.html", await _now(request))


async def content(request: web.Request) -> web.StreamResponse:
    """GET /board/content: what is morphed in when something happened"""
    return await fragment(request, "board/content.html", await _now(request))


async def _now(request: web.Request) -> dict[str, Any]:
    context, actor = request.app[CONTEXT], actor_of(request)
    board_now = await context.crm.calls.board(actor)
    mending = permissions.may_administer(actor)
    gettext = gettext_of(request)
    heard = await listening_of(request)
    return {
        "board": board_now,
        "heard": heard,
        "bridge": context.status.bridge(),
        "troubles": [say_fault(it, gettext) for it in context.status.troubles() if mending],
    }
