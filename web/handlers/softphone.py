"""The browser as a telephone: the account that its page registers with, and its own window."""

from aiohttp import web

from pbx_bridge.directory import web_endpoint
from web.auth import PROOF
from web.context import CONTEXT, actor_of
from web.errors import HttpError, Problem
from web.handlers.forms import form_of, words
from web.handlers.labels import line_labels
from web.handlers.pages import page


async def account(request: web.Request) -> web.Response:
    """POST /softphone/account: for this session's own extension, never in a page nor in a cache"""
    if request[PROOF].kind != "session":
        raise HttpError(Problem(403, "forbidden", "Only the pages of a signed-in user phone here."))
    actor = actor_of(request)
    number = words(await form_of(request), "extension") or next(iter(actor.extensions), "")
    context = request.app[CONTEXT]
    password = await context.crm.lines.browser_password(actor, number)
    answer = {
        "user": web_endpoint(number),
        "password": password,
        "extension": number,
        "prefix": f"{context.settings.pbx_id}-",
    }
    return web.json_response(answer, headers={"Cache-Control": "no-store"})


async def window(request: web.Request) -> web.StreamResponse:
    """GET /softphone: the calls and the panel, in a small window beside other programs"""
    return await page(request, "phone/window.html", {"lines": await line_labels(request)})
