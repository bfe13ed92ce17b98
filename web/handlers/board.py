"""The live board."""

from aiohttp import web

from web.context import CONTEXT, actor_of
from web.handlers.pages import fragment, page, see


async def home(request: web.Request) -> web.StreamResponse:
    """GET /"""
    return see("/board")


async def board(request: web.Request) -> web.StreamResponse:
    """GET /board"""
    now = await request.app[CONTEXT].crm.calls.board(actor_of(request))
    return await page(request, "board/board.html", {"board": now})


async def content(request: web.Request) -> web.StreamResponse:
    """GET /board/content: what is morphed in when something happened"""
    now = await request.app[CONTEXT].crm.calls.board(actor_of(request))
    return await fragment(request, "board/content.html", {"board": now})
