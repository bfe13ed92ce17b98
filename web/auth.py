"""Who asks: session cookie of the pages, or Bearer token of programs. And CSRF for the cookie."""

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from crm.errors import CrmError
from crm.people.permissions import Actor
from web.context import ACTOR
from web.errors import HttpError, Problem, unauthorized, wants_problem
from web.middleware import PROXIES

SESSION_COOKIE = "hovorna_session"
VISITOR_COOKIE = "hovorna_visitor"  # ties the sign-in form to the browser that was shown it
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
SIGN_IN_PATH = "/sign-in"
PASSWORD_PATH = "/password"  # noqa: S105 - where one is chosen
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})

VISITOR = web.RequestKey("visitor", str)

CACHE_SECONDS = 15.0
CACHE_ENTRIES = 4096

Ask = Callable[[str], Awaitable[Actor | None]]
F = TypeVar("F", bound=Callable[..., Any])
_public: set[Any] = set()
_before_password: set[Any] = set()


def public(handler: F) -> F:
    """Mark a handler as open to those who are not signed in. All others need an actor."""
    _public.add(handler)
    return handler


def before_password(handler: F) -> F:
    """Mark a handler as open to a browser whose user has yet to replace a one-time password."""
    _before_password.add(handler)
    return handler


def is_public(handler: Any) -> bool:
    return handler in _public


def csrf_token(request: web.Request) -> str:
    """For the form field `csrf` or the header `X-CSRF-Token`.

    Derived from the session's secret, so it ends with the session; before sign-in from a
    cookie that only this browser has, which is set with the answer.
    """
    secret = request.cookies.get(SESSION_COOKIE) if ACTOR in request else None
    if secret is None:
        secret = request.cookies.get(VISITOR_COOKIE) or request.get(VISITOR)
    if secret is None:
        secret = request[VISITOR] = secrets.token_urlsafe(24)
    return hmac.new(_bytes(secret), b"hovorna csrf", hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    """Headers may hold bytes that are no UTF-8, which aiohttp hands on as surrogates."""
    return text.encode("utf-8", "surrogatepass")


async def set_visitor_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: gives the browser the cookie that `csrf_token` made up."""
    if VISITOR in request:
        set_cookie(request, response, VISITOR_COOKIE, request[VISITOR], max_age=None)
        # aiohttp has written the cookies into the headers before it sends this signal.
        response.headers.add(hdrs.SET_COOKIE, response.cookies[VISITOR_COOKIE].OutputString())


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, max_age: int | None
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.app[PROXIES].secure(request),
    )


@dataclass(frozen=True, slots=True)
class Proof:
    """How a request proves who asks. The secret stays out of logs and tracebacks."""

    kind: Literal["token", "session"]
    secret: str = field(repr=False)


class Credentials:
    """Secret -> actor, remembered for a moment: a lookup per request would cost more than most.

    `forget` must be called when rights, tokens or sessions change; `CACHE_SECONDS` only bounds
    how long an expiry, which nobody announces, goes unnoticed.
    """

    def __init__(self, token: Ask, session: Ask, now: Callable[[], float]) -> None:
        self._asks = {"token": token, "session": session}
        self._now = now
        self._known: dict[tuple[str, bytes], tuple[Actor, float]] = {}
        self._generation = 0

    async def find(self, proof: Proof) -> Actor | None:
        """None: not valid, or no longer."""
        key = (proof.kind, hashlib.sha256(_bytes(proof.secret)).digest())
        known = self._known.get(key)
        if known is not None and known[1] > self._now():
            return known[0]
        generation = self._generation
        actor = await self._asks[proof.kind](proof.secret)
        # What was asked before `forget` must not be remembered after it.
        if actor is not None and generation == self._generation:
            if len(self._known) >= CACHE_ENTRIES:
                self._known.clear()
            self._known[key] = (actor, self._now() + CACHE_SECONDS)
        return actor

    def forget(self) -> None:
        self._generation += 1
        self._known.clear()


CREDENTIALS = web.AppKey("credentials", Credentials)
PROOF = web.RequestKey("proof", Proof)


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Sets `request[ACTOR]`, or answers 401 (programs) or the way to the sign-in (people)."""
    if request.path.startswith("/static/"):
        return await handler(request)
    if request.match_info.http_exception is not None:
        await _recognise(request)
        return await handler(request)
    proof = _proof(request)
    if proof is not None:
        actor = await request.app[CREDENTIALS].find(proof)
        if actor is not None:
            request[ACTOR] = actor
            request[PROOF] = proof
        elif proof.kind == "token":
            raise unauthorized("This token is not valid, or no longer.")
    if ACTOR not in request and not is_public(request.match_info.handler):
        return _ask_to_sign_in(request)
    if _password_first(request):
        return _ask_for_a_password(request)
    if request.method not in SAFE_METHODS and (proof is None or proof.kind == "session"):
        await _check_csrf(request)
    return await handler(request)


async def _recognise(request: web.Request) -> None:
    """For an address that leads nowhere: who is signed in is told so in the frame."""
    session = request.cookies.get(SESSION_COOKIE)
    if session is None or wants_problem(request):
        return
    proof = Proof("session", session)
    with contextlib.suppress(CrmError):  # it is no worse an error when the database is away
        actor = await request.app[CREDENTIALS].find(proof)
        if actor is not None and not actor.password_once:
            request[ACTOR], request[PROOF] = actor, proof


def _proof(request: web.Request) -> Proof | None:
    """A header that is there counts alone: a bad token is not mended by a cookie."""
    authorization = request.headers.get(hdrs.AUTHORIZATION)
    if authorization is None:
        session = request.cookies.get(SESSION_COOKIE)
        return Proof("session", session) if session else None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("Authorization must be: Bearer <token>.")
    return Proof("token", token.strip())


def _ask_to_sign_in(request: web.Request) -> web.StreamResponse:
    if wants_problem(request):
        raise unauthorized()
    place = request.path_qs if request.method in SAFE_METHODS else "/"
    target = f"{SIGN_IN_PATH}?next={quote(place, safe='/')}"
    if request.headers.get("HX-Request") == "true":
        # htmx would swap a followed redirect into the page; this makes it leave the page.
        return web.Response(status=401, headers={"HX-Redirect": SIGN_IN_PATH})
    raise web.HTTPSeeOther(target)


def _password_first(request: web.Request) -> bool:
    """A program's token was made by somebody who had signed in: it is not held up."""
    if ACTOR not in request or request[PROOF].kind != "session":
        return False
    handler = request.match_info.handler
    return request[ACTOR].password_once and not (is_public(handler) or handler in _before_password)


def _ask_for_a_password(request: web.Request) -> web.StreamResponse:
    if wants_problem(request):
        raise HttpError(Problem(403, "one_time_password", "Choose a password of your own first."))
    if request.headers.get("HX-Request") == "true":
        return web.Response(status=403, headers={"HX-Redirect": PASSWORD_PATH})
    place = request.path_qs if request.method in SAFE_METHODS else "/"
    raise web.HTTPSeeOther(f"{PASSWORD_PATH}?next={quote(place, safe='/')}")


async def _check_csrf(request: web.Request) -> None:
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and request.content_type in FORM_TYPES:
        value = (await _form(request)).get(CSRF_FIELD)
        sent = value if isinstance(value, str) else None
    if sent is None or not hmac.compare_digest(_bytes(sent), _bytes(csrf_token(request))):
        detail = "This page is out of date. Load it again and repeat what you did."
        raise HttpError(Problem(403, "csrf", detail))


async def _form(request: web.Request) -> Mapping[str, object]:
    try:
        return await request.post()
    except ValueError as error:
        raise HttpError(Problem(400, "bad_form", "The form could not be read.")) from error
