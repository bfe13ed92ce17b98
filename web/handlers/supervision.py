"""Listening to colleagues' calls, and stepping in: the buttons of the board and of the strip."""

from typing import get_args

from aiohttp import web

from crm.errors import Invalid
from crm.telephony.supervision import Mode
from web.context import CONTEXT, actor_of
from web.handlers.forms import form_of, words
from web.handlers.pages import toast
from web.handlers.phone import chosen_device
from web.rendering import gettext_of

_MODES: dict[str, Mode] = {mode: mode for mode in get_args(Mode)}


async def supervise(request: web.Request) -> web.StreamResponse:
    """POST /calls/{id}/supervise"""
    form, _ = await form_of(request), gettext_of(request)
    mode = _MODES.get(words(form, "mode"))
    if mode is None:
        raise Invalid({"mode": "must be one of listen, whisper, barge, takeover, end, stop"})
    place = await chosen_device(request)
    listened = await request.app[CONTEXT].crm.supervision.mine(actor_of(request))
    call_id = int(request.match_info["id"])
    await request.app[CONTEXT].crm.supervision.supervise(
        actor_of(request),
        call_id,
        mode,
        extension=words(form, "extension") or None,
        device=place,
    )
    if mode in ("end", "stop"):
        return web.Response(status=204)
    on_mobile = place is not None and place.kind == "mobile"
    if on_mobile and mode == "takeover":
        text = _("Your mobile rings. Press 1 on it to take the call.")
        return toast(request, text, call=call_id)
    if on_mobile and listened is None:
        text = _("Your mobile rings. Press 1 on it, then you hear the call.")
        return toast(request, text, call=call_id)
    said = {
        "listen": _("You hear the call on your phone; nobody notices."),
        "whisper": _("Your colleague hears you, the client does not."),
        "barge": _("All hear you."),
        "takeover": _("Your phone takes the call."),
    }
    return toast(request, said[mode], call=call_id)
