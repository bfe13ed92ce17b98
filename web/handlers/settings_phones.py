"""Settings: extensions and lines. A change reloads the PBX without dropping calls."""

from types import SimpleNamespace
from typing import Any

from aiohttp import web

from crm.errors import Conflict, Invalid, NotFound
from crm.people.short_lists import EXTENSIONS, LINES
from crm.people.views import ExtensionData, ExtensionView, LineData, LineView
from crm.telephony.ports import TelephonyError
from pbx_bridge.asterisk.dialplan import PICKUP_CODE
from web.context import CONTEXT, actor_of
from web.faults import say_fault
from web.handlers.forms import Form, form_of, texts, translated, whole, words
from web.handlers.pages import page, see
from web.handlers.settings import manager
from web.handlers.short_lists import short_list
from web.rendering import gettext_of, render


async def extensions(request: web.Request) -> web.StreamResponse:
    """GET /settings/extensions"""
    manager(request)
    found = await request.app[CONTEXT].crm.lines.list_extensions(actor_of(request))
    return await short_list(request, EXTENSIONS, found, "settings/extension")


async def extension_form(request: web.Request) -> web.StreamResponse:
    """GET /settings/extensions/new, /settings/extensions/{number}"""
    manager(request)
    extension = await _extension(request)
    values = SimpleNamespace(
        number=extension.number if extension else "",
        name=extension.name if extension else "",
        user_id=extension.user.id if extension and extension.user else "",
        pickup_group=(extension.pickup_group or "") if extension else "",
        record=extension.record if extension else "on",
    )
    return await _extension_page(request, extension, values, {})


async def save_extension(request: web.Request) -> web.StreamResponse:
    """POST /settings/extensions/new, /settings/extensions/{number}"""
    manager(request)
    lines, actor = request.app[CONTEXT].crm.lines, actor_of(request)
    form, extension = await form_of(request), await _extension(request)
    try:
        data: ExtensionData = {
            "number": words(form, "number"),
            "name": words(form, "name"),
            "user_id": whole(form, "user_id"),
            "pickup_group": words(form, "pickup_group") or None,
            "record": words(form, "record"),
        }
        if extension is None:
            await lines.create_extension(actor, data)
        else:
            await lines.update_extension(
                actor, extension.number, data, new_password=words(form, "action") == "password"
            )
    except (Invalid, Conflict) as error:
        names = ("number", "name", "user_id", "pickup_group")
        values = SimpleNamespace(
            **{name: words(form, name) for name in names}, record=words(form, "record")
        )
        return await _extension_page(request, extension, values, translated(request, error), 422)
    return see("/settings/extensions")


async def _extension(request: web.Request) -> ExtensionView | None:
    number = request.match_info.get("number")
    if number is None:
        return None
    return await request.app[CONTEXT].crm.lines.get_extension(actor_of(request), number)


async def _extension_page(
    request: web.Request,
    extension: ExtensionView | None,
    values: SimpleNamespace,
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    users = await request.app[CONTEXT].crm.people.list_users(actor_of(request), active=True)
    context = {
        "extension": extension,
        "values": values,
        "errors": errors,
        "action": request.path,
        "user_options": [(user.id, user.name) for user in users],
    }
    return await page(request, "settings/extension.html", context, status=status)


async def delete_extension(request: web.Request) -> web.StreamResponse:
    """POST /settings/extensions/{number}/delete"""
    lines = request.app[CONTEXT].crm.lines
    await lines.delete_extension(actor_of(request), request.match_info["number"])
    return see("/settings/extensions")


async def phone_setup(request: web.Request) -> web.StreamResponse:
    """POST /settings/extensions/{number}/phone: what to type into a phone. Goes into the audit."""
    context, actor = request.app[CONTEXT], actor_of(request)
    number = request.match_info["number"]
    password = await context.crm.lines.extension_password(actor, number)
    extension = await context.crm.lines.get_extension(actor, number)
    host = (request.url.host or context.settings.host).strip("[]")
    server = f"{host}:{context.settings.sip_port}"
    person = context.crm.directory.user_of(number)
    known = {one.name: one for one in await context.crm.lines.list_lines(actor)}
    # In the order in which the PBX counts them, whatever the database sorts by.
    allowed = [known[name] for name in (person.lines if person else ()) if name in known]
    colleagues = await context.crm.lines.list_extensions(actor)
    values = {
        "extension": extension,
        "password": password,
        "sip_server": server,
        "line_keys": [(f"*{place}*", one) for place, one in enumerate(allowed[:9], 1)],
        "watched": [one for one in colleagues if one.number != number],
        "pickup_code": PICKUP_CODE,
    }
    return render(request, "settings/phone.html", values)


async def lines(request: web.Request) -> web.StreamResponse:
    """GET /settings/lines"""
    manager(request)
    found = await request.app[CONTEXT].crm.lines.list_lines(actor_of(request))
    context = {"can_test": request.app[CONTEXT].line_test is not None}
    return await short_list(request, LINES, found, "settings/line", context, order="label")


async def line_form(request: web.Request) -> web.StreamResponse:
    """GET /settings/lines/new, /settings/lines/{name}"""
    manager(request)
    line = await _line(request)
    if line is not None:
        return await _line_page(request, line, line, {})
    country = request.app[CONTEXT].settings.country
    values = SimpleNamespace(
        label="", number="", name="", country=country, mode="register", host="", sip_user="",
        ring=(), ring_seconds=25, record="on", lead_for_withheld=False,
        announcement="", announcement_language="",
    )  # fmt: skip
    return await _line_page(request, None, values, {})


async def save_line(request: web.Request) -> web.StreamResponse:
    """POST /settings/lines/new, /settings/lines/{name}"""
    manager(request)
    form, line = await form_of(request), await _line(request)
    try:
        await request.app[CONTEXT].crm.lines.save_line(
            actor_of(request), _line_data(form), line.name if line else None
        )
    except (Invalid, Conflict) as error:
        return await _line_page(request, line, _given(form), translated(request, error), 422)
    return see("/settings/lines")


_ANNOUNCED = ("announcement", "announcement_language")
_TEXTS = ("label", "number", "name", "country", "mode", "host", "sip_user")


def _line_data(form: Form) -> LineData:
    data: LineData = {
        "label": words(form, "label"),
        "number": words(form, "number"),
        "name": words(form, "name"),
        "country": words(form, "country").upper(),
        "mode": words(form, "mode"),
        "host": words(form, "host"),
        "sip_user": words(form, "sip_user"),
        "ring": texts(form, "ring"),
        "ring_seconds": whole(form, "ring_seconds") or 0,
        "record": words(form, "record"),
        "announcement": words(form, "announcement"),
        "announcement_language": words(form, "announcement_language"),
        "lead_for_withheld": words(form, "lead_for_withheld") == "1",
    }
    if password := words(form, "sip_password"):
        data["sip_password"] = password
    return data


def _given(form: Form) -> SimpleNamespace:
    return SimpleNamespace(
        **{name: words(form, name) for name in (*_TEXTS, *_ANNOUNCED, "ring_seconds")},
        ring=texts(form, "ring"),
        record=words(form, "record"),
        lead_for_withheld=words(form, "lead_for_withheld") == "1",
    )


async def _line(request: web.Request) -> LineView | None:
    name = request.match_info.get("name")
    if name is None:
        return None
    return await request.app[CONTEXT].crm.lines.get_line(actor_of(request), name)


async def _line_page(
    request: web.Request,
    line: LineView | None,
    values: Any,
    errors: dict[str, str],
    status: int = 200,
) -> web.Response:
    context = request.app[CONTEXT]
    found = await context.crm.lines.list_extensions(actor_of(request))
    values = {
        "line": line,
        "values": values,
        "errors": errors,
        "action": request.path,
        "extensions": found,
        "can_test": context.line_test is not None,
    }
    return await page(request, "settings/line.html", values, status=status)


async def delete_line(request: web.Request) -> web.StreamResponse:
    """POST /settings/lines/{name}/delete"""
    lines_ = request.app[CONTEXT].crm.lines
    await lines_.delete_line(actor_of(request), request.match_info["name"])
    return see("/settings/lines")


async def test_line(request: web.Request) -> web.StreamResponse:
    """POST /settings/lines/{name}/test: registers with the provider and tells how it went"""
    manager(request)
    tester, line = request.app[CONTEXT].line_test, await _line(request)
    if tester is None or line is None:
        raise NotFound("line test", request.match_info["name"])
    try:
        text = say_fault(await tester.test(line.name), gettext_of(request))
        context = {"ok": True, "text": text, "tested": line}
    except TelephonyError as error:
        text = say_fault(str(error), gettext_of(request))
        context = {"ok": False, "text": text, "tested": line}
    return render(request, "settings/line_test.html", context)
