"""The demo's page: a guide to the telephone, whose scenes simulated people play."""

from aiohttp import web

from crm.clients.models import CardType
from crm.errors import Forbidden, Invalid, NotFound
from crm.people.views import AuditFilter
from crm.telephony.ports import TelephonyError
from crm.telephony.views import CallFilter
from web import guide
from web.context import CONTEXT, actor_of
from web.faults import say_fault
from web.handlers.forms import form_of, words
from web.handlers.pages import page, toast
from web.ports import Demo
from web.rendering import formats_of, gettext_of, render

OFFERED_CLIENTS = 12
LOOKED_AT = 30  # of the newest calls: enough for what somebody tries out


def _demo(request: web.Request) -> Demo:
    """Raises NotFound outside of the demo."""
    demo = request.app[CONTEXT].demo
    if demo is None:
        raise NotFound("page", request.path)
    return demo


async def try_it(request: web.Request) -> web.StreamResponse:
    """GET /try"""
    demo = _demo(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    clients = await crm.clients.list_cards(actor, CardType.CONTACT, limit=OFFERED_CLIENTS)
    all_lines = await crm.lines.list_lines(actor)
    context = {
        "demo": demo,
        "all_lines": all_lines,
        "client_options": [
            (card.phones[0].number, card.name) for card in clients.items if card.phones
        ],
        "line_options": [(line.name, line.label) for line in all_lines],
        **await _progress(request, demo),
    }
    return await page(request, "try/try.html", context)


async def call_in(request: web.Request) -> web.StreamResponse:
    """POST /try/call"""
    demo, form = _demo(request), await form_of(request)
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    number = words(form, "number") or None if words(form, "who") == "known" else None
    line = await crm.lines.get_line(actor, words(form, "line"))
    context = {"problem": "", "number": "", "line": line.label}
    try:
        context["number"] = await demo.call_in(number, line.name)
    except TelephonyError as error:
        context["problem"] = say_fault(str(error), gettext_of(request))
    return render(request, "try/result.html", context)


async def steps(request: web.Request) -> web.StreamResponse:
    """GET /try/steps: the guide, with what is done ticked off"""
    return render(request, "try/steps.html", await _progress(request, _demo(request)))


async def scene(request: web.Request) -> web.StreamResponse:
    """POST /try/scene: somebody calls, as a step of the guide wants it"""
    demo, form = _demo(request), await form_of(request)
    _ = gettext_of(request)
    try:
        text = await _play(request, demo, words(form, "scene"))
    except TelephonyError as error:
        return toast(request, say_fault(str(error), _), error=True)
    return toast(request, text)


async def did(request: web.Request) -> web.Response:
    """POST /try/did: a step of the guide that only the phone in the browser knows of"""
    demo, step = _demo(request), words(await form_of(request), "step")
    if step not in guide.TOLD_BY_PHONE:
        raise Invalid({"step": "there is no such step"})
    demo.tell_of(actor_of(request).id, step)
    return web.Response(status=204)


async def _play(request: web.Request, demo: Demo, name: str) -> str:
    """What happens now, in words. Raises TelephonyError, Invalid."""
    crm, actor, _ = request.app[CONTEXT].crm, actor_of(request), gettext_of(request)
    lines = [line for line in await crm.lines.list_lines(actor) if line.ring]
    if name == "colleague":
        caller, callee = await demo.ring_colleague(_beside(request))
        names = {"caller": crm.directory.name_of(caller), "callee": crm.directory.name_of(callee)}
        return _("%(caller)s calls %(callee)s, who lets it ring.") % names
    mine = name == "mine"
    if not mine and name != "theirs":
        raise Invalid({"scene": "there is no such scene"})
    fit = [line for line in lines if mine == bool(set(line.ring) & set(actor.extensions))]
    if not fit:
        raise TelephonyError("No line rings there")
    number = await demo.call_in(None, fit[0].name, patient=True, spared=mine)
    shown = {"number": formats_of(request).phone_international(number)}
    if mine:
        return _("%(number)s calls your phone; colleagues leave it to you for a while.") % shown
    return _("%(number)s calls your colleagues and has time to talk.") % shown


def _beside(request: web.Request) -> list[str]:
    """Extensions of the actor's pickup groups, without his own."""
    phones = request.app[CONTEXT].crm.directory.phones.values()
    own = actor_of(request).extensions
    groups = {phone.pickup_group for phone in phones if phone.number in own}
    return [
        phone.number
        for phone in phones
        if phone.number not in own and phone.pickup_group and phone.pickup_group in groups
    ]


async def _progress(request: web.Request, demo: Demo) -> dict[str, object]:
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    mine = CallFilter(employee=actor.id, since=demo.began)
    page_of_calls = await crm.calls.list_calls(actor, mine, limit=LOOKED_AT)
    lived = [
        guide.Lived(call, await crm.calls.story(actor, call.id)) for call in page_of_calls.items
    ]
    devices = [it for number in actor.extensions for it in crm.presence.devices(number)]
    browser = any(it.kind == "browser" and it.registered for it in devices)
    finished = guide.done(
        lived,
        actor.extensions,
        browser=browser,
        acts=await _acts(request, demo),
        told=demo.told_of(actor.id),
    )
    return {"steps": guide.STEPS, "finished": finished, "has_phone": bool(actor.extensions)}


async def _acts(request: web.Request, demo: Demo) -> frozenset[str]:
    """What the audit tells of the actor; nothing to those who may not read it."""
    crm, actor = request.app[CONTEXT].crm, actor_of(request)
    try:
        own = AuditFilter(user=actor.id, since=demo.began)
        trail = await crm.people.list_audit(actor, own, limit=LOOKED_AT)
    except Forbidden:
        return frozenset()
    return frozenset(entry.action for entry in trail.items)
