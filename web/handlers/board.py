"""The live board."""

from typing import Any

from aiohttp import web

from web.context import CONTEXT, actor_of
from web.handlers.pages import fragment, page, see


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
    context = request.app[CONTEXT]
    board_now = await context.crm.calls.board(actor_of(request))
    return {"board": board_now, "bridge": context.status.bridge()}
