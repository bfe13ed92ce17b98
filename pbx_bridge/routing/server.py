"""The small HTTP answers that calls ask for: who shall ring, and what to display; whether an
employee may call a number.

The dialplan waits 0.3 s (config/asterisk/extensions.conf.j2); we answer or give up before that. An
empty answer means: ring the line's own extensions, or go by the countries in the dialplan. Nothing
that goes wrong here becomes an error for the call.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from socket import socket
from typing import Final

import structlog
from aiohttp import web

from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.secrets import load_secrets
from pbx_bridge.ports import OutboundQuery, RouteQuery, Router
from pbx_bridge.routing.answer import encode, encode_permission, parse, parse_outbound

ANSWER_SECONDS: Final = 0.25

log = structlog.get_logger(__name__)

_Handler = Callable[[web.Request], Awaitable[web.Response]]


class RoutingServer:
    """Answers from `start` to `stop`; only who knows the PBX's secret is answered."""

    def __init__(self, router: Router, paths: PbxPaths, pbx_id: str) -> None:
        self._router = router
        self._paths = paths
        self._pbx_id = pbx_id
        self._token = ""
        self._runner: web.AppRunner | None = None

    async def start(self, at: socket) -> None:
        """Answer what is asked at this listening socket. Raises PbxError without secrets."""
        secrets = await asyncio.to_thread(load_secrets, self._paths.secrets)
        self._token = secrets.routing
        application = web.Application()
        application.router.add_get("/route", self._answering(self._route))
        application.router.add_get("/outbound", self._answering(self._outbound))
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.SockSite(self._runner, at).start()

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _answering(self, answer: Callable[[dict[str, str]], Awaitable[str]]) -> _Handler:
        async def handle(request: web.Request) -> web.Response:
            shown = request.headers.get("Authorization", "").encode()
            if not hmac.compare_digest(shown, f"Bearer {self._token}".encode()):
                return web.Response(status=401)
            return web.Response(text=await answer(dict(request.query)))

        return handle

    async def _route(self, fields: dict[str, str]) -> str:
        query = parse(self._pbx_id, fields)
        if query is None:
            return ""
        return await _in_time(_routed(self._router, query), query.call, query.line)

    async def _outbound(self, fields: dict[str, str]) -> str:
        query = parse_outbound(self._pbx_id, fields)
        if query is None:
            return ""
        return await _in_time(_permitted(self._router, query), query.call, query.line)


async def _routed(router: Router, query: RouteQuery) -> str:
    answer = await router.route(query)
    return encode(answer) if answer else ""


async def _permitted(router: Router, query: OutboundQuery) -> str:
    refusal = await router.may_call(query)
    return encode_permission(refusal, down=router.is_down(query.line))


async def _in_time(answer: Awaitable[str], call: str, line: str) -> str:
    """Empty when it is too late, or fails."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer
    except TimeoutError:
        log.warning("routing.too_late", call=call, line=line)
    except Exception:
        log.exception("routing.failed", call=call, line=line)
    return ""
