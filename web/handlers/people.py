"""Signing in and out; the user's own profile."""

import asyncio
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from crm.errors import Invalid, NotSignedIn, TooManyAttempts
from crm.people.models import Presence
from crm.people.secrets import SHORTEST_PASSWORD
from crm.people.user_rules import check_user
from crm.people.views import TokenView, UserData
from web.auth import SESSION_COOKIE, before_password, public, set_cookie
from web.context import ACTOR, CONTEXT, actor_of
from web.handlers.forms import chosen, form_of, inside, translated, words
from web.handlers.pages import page, see
from web.middleware import client_address
from web.rendering import LANGUAGE_COOKIE, RENDERING, gettext_of, render

SESSION_SECONDS = 14 * 24 * 3600
THEME_COOKIE = "hovorna_theme"
THEME_SECONDS = LANGUAGE_SECONDS = 365 * 24 * 3600
THEMES = ("auto", "light", "dark")


@public
async def sign_in_form(request: web.Request) -> web.StreamResponse:
    """GET /sign-in"""
    if ACTOR in request:
        return see(inside(request.query.get("next")))
    return _sign_in_page(request, "", request.query.get("next"), {})


@public
async def sign_in(request: web.Request) -> web.StreamResponse:
    """POST /sign-in"""
    form = await form_of(request)
    login, wanted, _ = words(form, "login"), words(form, "next"), gettext_of(request)
    try:
        session = await request.app[CONTEXT].crm.sign_in.sign_in(
            login,
            words(form, "password", strip=False),
            address=client_address(request),
            agent=request.headers.get("User-Agent", ""),
        )
    except NotSignedIn:
        errors = {"": _("Login or password is wrong.")}
        return _sign_in_page(request, login, wanted, errors, 401)
    except TooManyAttempts as error:
        errors = {"": _too_many(request, error)}
        response = _sign_in_page(request, login, wanted, errors, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    answer = see(inside(wanted))
    set_cookie(request, answer, SESSION_COOKIE, session.token, max_age=SESSION_SECONDS)
    actor = await request.app[CONTEXT].crm.people.actor_of_session(session.token)
    _remember_language(request, answer, actor.language if actor is not None else None)
    return answer


def _too_many(request: web.Request, error: TooManyAttempts) -> str:
    _ = gettext_of(request)
    return _("Too many attempts. Try again in %s s.") % error.retry_after


def _remember_language(
    request: web.Request, answer: web.StreamResponse, language: str | None
) -> None:
    """For the next time that somebody signs in here."""
    if language is None:
        answer.del_cookie(LANGUAGE_COOKIE, path="/")
    else:
        set_cookie(request, answer, LANGUAGE_COOKIE, language, max_age=LANGUAGE_SECONDS)


def _sign_in_page(
    request: web.Request,
    login: str,
    wanted: str | None,
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    context = {"login": login, "next": inside(wanted), "errors": errors}
    return render(request, "people/sign_in.html", context, status)


@before_password
async def sign_out(request: web.Request) -> web.StreamResponse:
    """POST /sign-out"""
    token = request.cookies.get(SESSION_COOKIE)
    if token is not None:
        await request.app[CONTEXT].crm.sign_in.sign_out(token)
    answer = see("/sign-in")
    answer.del_cookie(SESSION_COOKIE, path="/")
    return answer


@before_password
async def password_form(request: web.Request) -> web.StreamResponse:
    """GET /password: after signing in with a one-time password."""
    if not actor_of(request).password_once:
        return see(inside(request.query.get("next")))
    return _password_page(request, request.query.get("next"), {})


@before_password
async def choose_password(request: web.Request) -> web.StreamResponse:
    """POST /password"""
    form, actor, _ = await form_of(request), actor_of(request), gettext_of(request)
    wanted, new = words(form, "next"), words(form, "password", strip=False)
    if not actor.password_once:
        # Chosen in another window; a second time the current password would have to be told.
        return see(inside(wanted))
    if new != words(form, "again", strip=False):
        errors = {"again": _("This is not the same password.")}
        return _password_page(request, wanted, errors, 422)
    try:
        await request.app[CONTEXT].crm.people.update_user(actor, actor.id, {"password": new})
    except Invalid as error:
        return _password_page(request, wanted, translated(request, error), 422)
    return await _signed_in_anew(request, new, inside(wanted))


def _password_page(
    request: web.Request, wanted: str | None, errors: dict[str, str], status: int = 200
) -> web.Response:
    context = {"next": inside(wanted), "errors": errors, "shortest": SHORTEST_PASSWORD}
    return render(request, "people/password.html", context, status)


async def _signed_in_anew(request: web.Request, password: str, place: str) -> web.Response:
    """A new password ended all sessions; this browser gets its next one.

    No address is told, so that failed tries from it do not stop who has just proven themselves.
    """
    session = await request.app[CONTEXT].crm.sign_in.sign_in(actor_of(request).login, password)
    answer = see(place)
    set_cookie(request, answer, SESSION_COOKIE, session.token, max_age=SESSION_SECONDS)
    return answer


async def profile(request: web.Request) -> web.StreamResponse:
    """GET /profile"""
    _ = gettext_of(request)
    saved = {
        "profile": _("Saved."),
        "password": _("The password was changed. Other browsers were signed out."),
    }.get(request.query.get("saved", ""), "")
    return await _profile_page(request, saved=saved)


async def _profile_page(
    request: web.Request,
    *,
    saved: str = "",
    errors: dict[str, str] | None = None,
    token: TokenView | None = None,
    status: int = 200,
) -> web.Response:
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    choices = await crm.phone.lines_for(actor)
    tokens = await crm.sign_in.list_tokens(actor)
    context: dict[str, Any] = {
        "me": await crm.people.get_user(actor, actor.id),
        "saved": saved,
        "errors": errors or {},
        "token": token,
        "tokens": [one for one in tokens if one.user.id == actor.id],
        "languages": [(one.code, one.name) for one in request.app[RENDERING].languages.values()],
        "zones": [(zone, zone) for zone in await asyncio.to_thread(_zones)],
        "line_options": [(line.name, line.label) for line in choices],
    }
    return await page(request, "profile/profile.html", context, status=status)


@cache
def _zones() -> tuple[str, ...]:
    """Looked up in the machine's files, some hundreds of them."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone))


async def save_profile(request: web.Request) -> web.StreamResponse:
    """POST /profile"""
    form, actor = await form_of(request), actor_of(request)
    data: UserData = {
        "language": words(form, "language") or None,
        "timezone": words(form, "timezone") or None,
    }
    if "default_line" in form:
        data["default_line"] = words(form, "default_line") or None
    try:
        await request.app[CONTEXT].crm.people.update_user(actor, actor.id, data)
    except Invalid as error:
        return await _profile_page(request, errors=translated(request, error), status=422)
    answer = see("/profile?saved=profile")
    theme = chosen(form, "theme", THEMES) or THEMES[0]
    _remember_language(request, answer, data["language"])
    set_cookie(request, answer, THEME_COOKIE, theme, max_age=THEME_SECONDS)
    return answer


async def save_password(request: web.Request) -> web.StreamResponse:
    """POST /profile/password"""
    form, actor = await form_of(request), actor_of(request)
    crm, _ = request.app[CONTEXT].crm, gettext_of(request)
    new = words(form, "password", strip=False)
    errors = _faults_of(request, new)
    try:
        # Signing in anew proves the current password.
        await crm.sign_in.sign_in(
            actor.login, words(form, "current", strip=False), address=client_address(request)
        )
    except NotSignedIn:
        errors["current"] = _("This is not your password.")
    except TooManyAttempts as error:
        errors["current"] = _too_many(request, error)
        response = await _profile_page(request, errors=errors, status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if errors:
        return await _profile_page(request, errors=errors, status=422)
    await crm.people.update_user(actor, actor.id, {"password": new})
    return await _signed_in_anew(request, new, "/profile?saved=password")


def _faults_of(request: web.Request, password: str) -> dict[str, str]:
    try:
        check_user({"password": password}, new=False).faults.done()
    except Invalid as error:
        return translated(request, error)
    return {}


async def make_token(request: web.Request) -> web.StreamResponse:
    """POST /profile/tokens: shown once, so the answer is the page and no redirect."""
    form = await form_of(request)
    try:
        token = await request.app[CONTEXT].crm.sign_in.create_token(
            actor_of(request), words(form, "name")
        )
    except Invalid as error:
        errors = {"token_name": next(iter(translated(request, error).values()))}
        return await _profile_page(request, errors=errors, status=422)
    return await _profile_page(request, token=token)


async def revoke_token(request: web.Request) -> web.StreamResponse:
    """POST /profile/tokens/{id}/delete"""
    token_id = int(request.match_info["id"])
    await request.app[CONTEXT].crm.sign_in.revoke_token(actor_of(request), token_id)
    return see("/profile")


async def keys(request: web.Request) -> web.StreamResponse:
    """GET /profile/keys"""
    return await page(request, "profile/keys.html")


async def set_presence(request: web.Request) -> web.StreamResponse:
    """POST /profile/presence"""
    form, actor = await form_of(request), actor_of(request)
    presence = chosen(form, "presence", tuple(Presence)) or Presence.FREE
    await request.app[CONTEXT].crm.people.set_presence(actor, Presence(presence))
    frame = {"presence": presence, "devices": actor.extensions}
    return render(request, "people/presence.html", {"frame": frame})
