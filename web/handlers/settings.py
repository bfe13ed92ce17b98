"""Settings: users and departments."""

from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web

from crm.clients.views import CardRef
from crm.errors import Conflict, Invalid, LoginTaken
from crm.people import permissions
from crm.people.models import Role
from crm.people.ownership import Owner
from crm.people.permissions import Action
from crm.people.short_lists import USERS
from crm.people.views import UserData, UserView
from web.context import CONTEXT, actor_of
from web.formats import Formats
from web.handlers.forms import (
    Form,
    country_codes,
    form_of,
    texts,
    translated,
    whole,
    whole_or_text,
    words,
)
from web.handlers.pages import page, see
from web.handlers.short_lists import short_list
from web.rendering import formats_of, gettext_of
from web.words import role_name


def manager(request: web.Request) -> None:
    """Raises Forbidden unless the actor manages the company's settings."""
    permissions.require(actor_of(request), Action.MANAGE)


async def index(request: web.Request) -> web.StreamResponse:
    """GET /settings"""
    return see("/settings/users")


async def users(request: web.Request) -> web.StreamResponse:
    """GET /settings/users"""
    manager(request)
    found = await request.app[CONTEXT].crm.people.list_users(actor_of(request))
    return await short_list(request, USERS, found, "settings/user")


async def user_form(request: web.Request) -> web.StreamResponse:
    """GET /settings/users/new, /settings/users/{id}"""
    manager(request)
    user = await _user(request)
    return await _user_page(request, user, _values(user, formats_of(request)), {})


async def save_user(request: web.Request) -> web.StreamResponse:
    """POST /settings/users/new, /settings/users/{id}"""
    manager(request)
    people, actor = request.app[CONTEXT].crm.people, actor_of(request)
    user, form = await _user(request), await form_of(request)
    try:
        data = _user_data(form, new=user is None)
        if user is None:
            saved = await people.create_user(actor, data)
        else:
            saved = await people.update_user(actor, user.id, data)
    except (Invalid, Conflict) as error:
        errors = translated(request, error)
        if isinstance(error, LoginTaken):
            errors = {"login": errors[""]}
        return await _user_page(request, user, _given(form), errors, 422)
    is_new = user is None or user.mobile != saved.mobile
    if is_new and await _cards_with(request, saved.mobile):
        return see(f"/settings/users/{saved.id}?saved=1")  # it says so beside the field
    return see("/settings/users")


async def _cards_with(request: web.Request, number: str | None) -> tuple[CardRef, ...]:
    """Clients' cards with an employee's mobile: whoever calls from it is taken for the employee."""
    if number is None:
        return ()
    return await request.app[CONTEXT].crm.lookup.cards_with(actor_of(request), number)


async def _user(request: web.Request) -> UserView | None:
    user_id = request.match_info.get("id")
    if user_id is None:
        return None
    return await request.app[CONTEXT].crm.people.get_user(actor_of(request), int(user_id))


def _values(user: UserView | None, fmt: Formats) -> SimpleNamespace:
    if user is None:
        return SimpleNamespace(
            name="", login="", email="", role=Role.EMPLOYEE, department_id="", lines=(),
            default_line="", mobile="", outbound_per_hour="", countries="", active=True,
        )  # fmt: skip
    return SimpleNamespace(
        name=user.name,
        login=user.login,
        email=user.email or "",
        role=user.role,
        department_id=user.department.id if user.department else "",
        lines=user.lines,
        default_line=user.default_line or "",
        mobile=fmt.phone_international(user.mobile) if user.mobile else "",
        outbound_per_hour="" if user.outbound_per_hour is None else user.outbound_per_hour,
        countries=" ".join(user.countries or ()),
        active=user.active,
    )


def _given(form: Form) -> SimpleNamespace:
    names = (
        "name",
        "login",
        "email",
        "role",
        "department_id",
        "default_line",
        "mobile",
        "outbound_per_hour",
        "countries",
    )
    return SimpleNamespace(
        **{name: words(form, name) for name in names},
        lines=texts(form, "lines"),
        active=words(form, "active") == "1",
    )


def _user_data(form: Form, *, new: bool) -> UserData:
    """As it was typed, also what is at fault: all of it is told of together."""
    data: dict[str, Any] = {
        "name": words(form, "name"),
        "login": words(form, "login"),
        "email": words(form, "email") or None,
        "role": words(form, "role"),
        "department_id": whole_or_text(form, "department_id"),
        "lines": texts(form, "lines"),
        "default_line": words(form, "default_line") or None,
        "mobile": words(form, "mobile") or None,
        "outbound_per_hour": whole_or_text(form, "outbound_per_hour"),
        "countries": country_codes(words(form, "countries")) or None,
    }
    if password := words(form, "password", strip=False):
        data["password"] = password
    if not new:
        data["active"] = words(form, "active") == "1"
    return cast(UserData, data)


async def _user_page(
    request: web.Request,
    user: UserView | None,
    values: SimpleNamespace,
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    crm, actor, _ = request.app[CONTEXT].crm, actor_of(request), gettext_of(request)
    departments = await crm.people.list_departments(actor)
    lines = await crm.lines.list_lines(actor)
    context: dict[str, Any] = {
        "user": user,
        "values": values,
        "errors": errors,
        "action": request.path,
        "roles": [(role.value, role_name(role, _)) for role in Role],
        "departments": [(one.id, one.name) for one in departments],
        "all_lines": lines,
        "line_options": [(line.name, line.label) for line in lines],
        "mobile_cards": await _cards_with(request, user.mobile if user else None),
        "saved": bool(request.query.get("saved")),
    }
    return await page(request, "settings/user.html", context, status=status)


async def departments(request: web.Request) -> web.StreamResponse:
    """GET /settings/departments"""
    return await _departments_page(request, {}, {})


async def _departments_page(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    manager(request)
    found = await request.app[CONTEXT].crm.people.list_departments(actor_of(request))
    context = {"departments": found, "values": values, "errors": errors}
    return await page(request, "settings/departments.html", context, status=status)


async def save_department(request: web.Request) -> web.StreamResponse:
    """POST /settings/departments, /settings/departments/{id}"""
    people, actor = request.app[CONTEXT].crm.people, actor_of(request)
    form, known = await form_of(request), request.match_info.get("id")
    department_id = int(known) if known is not None else None
    try:
        if department_id is not None and words(form, "action") == "delete":
            await people.delete_department(actor, department_id)
        else:
            await people.save_department(actor, words(form, "name"), department_id)
    except (Invalid, Conflict) as error:
        values = {"name": words(form, "name")} if department_id is None else {}
        return await _departments_page(request, values, translated(request, error), 422)
    return see("/settings/departments")


async def limits(request: web.Request) -> web.StreamResponse:
    """GET /settings/limits"""
    manager(request)
    company = await request.app[CONTEXT].crm.limits.company(actor_of(request))
    values = {"countries": " ".join(sorted(company.countries)), "per_hour": company.per_hour}
    context = {"values": values, "owner": request.app[CONTEXT].crm.ownership.owner, "errors": {}}
    return await page(request, "settings/limits.html", context)


async def save_limits(request: web.Request) -> web.StreamResponse:
    """POST /settings/limits"""
    manager(request)
    form = await form_of(request)
    values = {name: words(form, name) for name in ("countries", "per_hour")}
    try:
        await request.app[CONTEXT].crm.limits.save_company(
            actor_of(request),
            {"countries": country_codes(values["countries"]), "per_hour": whole(form, "per_hour")},
        )
    except Invalid as error:
        owner = request.app[CONTEXT].crm.ownership.owner
        context = {"values": values, "owner": owner, "errors": translated(request, error)}
        return await page(request, "settings/limits.html", context, status=422)
    return see("/settings/limits")


async def save_call_owner(request: web.Request) -> web.StreamResponse:
    """POST /settings/call-owner"""
    manager(request)
    chosen = words(await form_of(request), "owner")
    owner: Owner = "first" if chosen == "first" else "last"
    await request.app[CONTEXT].crm.ownership.choose(actor_of(request), owner)
    return see("/settings/limits")
