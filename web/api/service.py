"""About the service itself: this API's description, its health, its events."""

import asyncio
from collections.abc import Sequence

import pydantic_core
from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from web import health
from web.api.openapi import document
from web.api.operation import JSON_TYPE, Access, Operation, Plain, Table
from web.live import live


class Description:
    """The OpenAPI page of all `operations`, made when it is first asked for."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations
        self._page = b""

    def page(self) -> bytes:
        """As it is sent."""
        self._page = self._page or describe(self._operations)
        return self._page


table = Table("service")
DESCRIPTION = web.AppKey("description", Description)
EVERYBODY = Access.EVERYBODY
_JSON, _TEXT = {JSON_TYPE: ""}, {CONTENT_TYPE_LATEST: ""}


@table.add("GET", "/openapi.json", EVERYBODY, "This description", answer=bytes, media=_JSON)
async def get_openapi(asked: Plain) -> web.Response:
    # A quarter of a second of work, once: not at the start, and not while a telephone rings.
    body = await asyncio.to_thread(asked.request.app[DESCRIPTION].page)
    return web.Response(body=body, content_type=JSON_TYPE)


@table.add("GET", "/healthz", EVERYBODY, "Alive", answer=bytes, media=_JSON)
async def get_health(asked: Plain) -> web.StreamResponse:
    return await health.healthz(asked.request)


@table.add("GET", "/readyz", EVERYBODY, "Ready; 503 says why not", answer=bytes, media=_JSON)
async def get_readiness(asked: Plain) -> web.StreamResponse:
    return await health.readyz(asked.request)


@table.add(
    "GET",
    "/metrics",
    EVERYBODY,
    "Figures, for this machine and administrators",
    answer=bytes,
    media=_TEXT,
    errors=(403,),
)
async def get_metrics(asked: Plain) -> web.StreamResponse:
    return await health.metrics(asked.request)


@table.add(
    "GET",
    "/live",
    Access.SIGNED_IN,
    "WebSocket of events",
    answer=bytes,
    status=101,
    media={JSON_TYPE: "Messages of type, at and data; the first is hello."},
    errors=(403,),
)
async def get_live(asked: Plain) -> web.StreamResponse:
    return await live(asked.request)


def describe(operations: Sequence[Operation]) -> bytes:
    """The OpenAPI page as it is sent."""
    return pydantic_core.to_json(document(operations, "1.0"))
