"""Puts the web together: middleware, pages, API, live events, health."""

import time

from aiohttp import web

from web import health
from web.api import add_api
from web.auth import CREDENTIALS, Credentials, identify, set_visitor_cookie
from web.context import CONTEXT, AppContext
from web.errors import errors_middleware
from web.handlers.routes import add_routes
from web.live import LIVE, LiveHub, follow_bus, live
from web.metrics import METRICS, Metrics
from web.middleware import add_headers, install_proxies, limit_body, observe
from web.sip import sip
from web.sip_links import SIP, SipLinks, follow_rights

SHUTDOWN_SECONDS = 1.0
KEEPALIVE_SECONDS = 75.0


def create_app(context: AppContext) -> web.Application:
    limit = context.settings.max_body_bytes
    app = web.Application(
        client_max_size=limit,
        middlewares=[observe, errors_middleware, limit_body(limit), identify],
    )
    app[CONTEXT] = context
    app[METRICS] = Metrics()
    app[LIVE] = LiveHub(app[METRICS])
    app[SIP] = SipLinks(context.settings.pbx_http_port, context.crm.phone)
    app[CREDENTIALS] = Credentials(
        context.crm.people.actor_of_token, context.crm.people.actor_of_session, time.monotonic
    )
    install_proxies(app, context.settings)
    app.on_response_prepare.append(add_headers)
    app.on_response_prepare.append(set_visitor_cookie)
    app.on_shutdown.append(_close_sockets)
    app.cleanup_ctx.append(follow_bus)
    app.cleanup_ctx.append(follow_rights)
    _add_own_routes(app)
    add_api(app)
    add_routes(app)
    app.router.add_static("/static", context.static)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """A runner that stops within a second and leaves access logging to the middleware."""
    return web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_SECONDS,
        keepalive_timeout=KEEPALIVE_SECONDS,
    )


def _add_own_routes(app: web.Application) -> None:
    """Where monitors and scripts look for them; the same are under /api/v1."""
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_get("/live", live)
    app.router.add_get("/sip", sip)


async def _close_sockets(app: web.Application) -> None:
    app[LIVE].close_all()
    app[SIP].close_all()
