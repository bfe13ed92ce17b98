"""For those who watch the service: is it alive, is it ready, and its figures."""

import asyncio
import ipaddress

from aiohttp import web

from crm.people import permissions
from web.auth import public
from web.context import ACTOR, CONTEXT
from web.errors import HttpError, Problem
from web.metrics import EXPOSITION, METRICS
from web.middleware import PROXIES, client_address
from web.ports import PartStatus

DATABASE_SECONDS = 2.0


@public
async def healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


@public
async def readyz(request: web.Request) -> web.Response:
    """200 when calls are followed and kept; else 503. Each part says why."""
    context = request.app[CONTEXT]
    parts = {
        "database": await _database(request),
        "bridge": context.status.bridge(),
        "pbx": context.status.pbx(),
    }
    ready = all(part.ok for part in parts.values())
    body = {
        "ready": ready,
        "troubles": len(context.status.troubles()),  # the board tells administrators which
        "parts": {name: {"ok": part.ok, "detail": part.detail} for name, part in parts.items()},
    }
    return web.json_response(body, status=200 if ready else 503)


async def _database(request: web.Request) -> PartStatus:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await request.app[CONTEXT].crm.ping()
    except TimeoutError:
        return PartStatus(False, f"no answer in {DATABASE_SECONDS:.0f} s")
    except Exception as error:  # whatever the driver raises, the question is answered: not ready
        return PartStatus(False, type(error).__name__)
    return PartStatus(True)


@public
async def metrics(request: web.Request) -> web.Response:
    """To this machine, and to administrators from anywhere."""
    actor = request.get(ACTOR)
    if not _is_local(request) and not (actor is not None and permissions.may_administer(actor)):
        raise HttpError(Problem(403, "forbidden", "Figures are for administrators."))
    return web.Response(body=request.app[METRICS].scrape(request.app[CONTEXT]), headers=EXPOSITION)


def _is_local(request: web.Request) -> bool:
    """A proxy on this machine that we were not told to trust hides who asks: not local."""
    if not request.app[PROXIES].trusts(request.remote) and "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(client_address(request)).is_loopback
    except ValueError:
        return False
