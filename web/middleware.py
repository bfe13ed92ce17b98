"""Around every request: its id, the access log, the body limit, security headers."""

import asyncio
import ipaddress
import itertools
import secrets
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from config.settings import Settings
from web.context import ACTOR, REQUEST_ID
from web.errors import too_large
from web.metrics import METRICS
from web.uploads import body_limit

log = structlog.get_logger("web.access")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
}
IMMUTABLE = "public, max-age=31536000, immutable"  # names in the bundle carry their content's hash
CLIENT_GONE = 499  # for the log: nobody was there to be answered
TLS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}


# A request's id: the process, then a count. Random for each would be a system call for each.
_PROCESS = secrets.token_hex(4)
_COUNTER = itertools.count(1)


class Proxies:
    """Whose X-Forwarded-* we believe: addresses or networks."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self._networks = [ipaddress.ip_network(entry, strict=False) for entry in trusted]

    def trusts(self, address: str | None) -> bool:
        try:
            parsed = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def client(self, request: web.BaseRequest) -> str:
        """The nearest address that is not one of our proxies; "" for a peer without one."""
        address = request.remote or ""
        if not self._networks or not self.trusts(address):
            return address
        hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        for hop in reversed([hop.strip() for hop in hops]):
            try:
                address = str(ipaddress.ip_address(hop))
            except ValueError:
                break
            if not self.trusts(address):
                break
        return address

    def secure(self, request: web.BaseRequest) -> bool:
        """Whether the client came by TLS, to us or to a trusted proxy."""
        if request.secure:
            return True
        if not self._networks or not self.trusts(request.remote):
            return False
        # The proxy next to us appends; what it did not write itself comes before.
        return request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip() == "https"


PROXIES = web.AppKey("proxies", Proxies)


def client_address(request: web.Request) -> str:
    return request.app[PROXIES].client(request)


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Request id, access log line, metrics. The log carries no query: numbers are personal."""
    request_id = request[REQUEST_ID] = f"{_PROCESS}{next(_COUNTER):08x}"
    started = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except asyncio.CancelledError:
        status = CLIENT_GONE
        raise
    except web.HTTPException as redirect:
        status = redirect.status
        raise
    finally:
        seconds = time.perf_counter() - started
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "-"
        request.app[METRICS].request(request.method, route, status, seconds)
        actor = request.get(ACTOR)
        log.info(
            "request",
            id=request_id,
            method=request.method,
            path=request.path,
            status=status,
            ms=round(seconds * 1000, 2),
            user=actor.id if actor is not None else None,
            client=client_address(request),
        )
    return response


def limit_body(max_bytes: int) -> Middleware:
    """A declared length over the limit is refused unread; an undeclared one while it is read. A
    handler that takes a file has a limit of its own.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        limit = body_limit(request, max_bytes)
        if (request.content_length or 0) > limit:
            raise too_large(limit)
        return await handler(request)

    return middleware


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: also reaches static files, WebSockets and errors."""
    headers = response.headers
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers["Server"] = "Hovorna"  # aiohttp would tell its version, and Python's
    if request.app[PROXIES].secure(request):
        headers.update(TLS_HEADERS)
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = caching(request.path, response.status)
    if REQUEST_ID in request:
        headers["X-Request-Id"] = request[REQUEST_ID]


def caching(path: str, status: int) -> str:
    if path.startswith("/static/bundle/") and status < 400:
        return IMMUTABLE
    return "no-cache" if path.startswith("/static/") else "no-store"


def install_proxies(app: web.Application, settings: Settings) -> None:
    app[PROXIES] = Proxies(settings.trusted_proxies)
