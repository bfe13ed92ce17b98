"""Settings: the sound that a line's callers hear first."""

from aiohttp import web

from crm.errors import Invalid
from crm.people.line_sounds import FIELD
from crm.people.views import LineView
from recordings.sounds import LARGEST
from web.audio import send_audio
from web.context import CONTEXT, actor_of
from web.handlers.forms import translated
from web.handlers.settings import manager
from web.rendering import render
from web.uploads import takes_file, uploaded_field


@takes_file(LARGEST)
async def put(request: web.Request) -> web.StreamResponse:
    """POST /settings/lines/{name}/sound"""
    manager(request)
    crm, actor, name = request.app[CONTEXT].crm, actor_of(request), request.match_info["name"]
    line = await crm.lines.get_line(actor, name)
    file = await uploaded_field(request, FIELD, LARGEST)
    try:
        if not file.name:
            raise Invalid({FIELD: "choose a file"})
        return _shown(request, await crm.line_sounds.put(actor, name, file.content, file.name))
    except Invalid as error:
        return _shown(request, line, translated(request, error), 422)


async def remove(request: web.Request) -> web.StreamResponse:
    """POST /settings/lines/{name}/sound/delete"""
    sounds, name = request.app[CONTEXT].crm.line_sounds, request.match_info["name"]
    return _shown(request, await sounds.remove(actor_of(request), name))


async def audio(request: web.Request) -> web.StreamResponse:
    """GET /settings/lines/{name}/sound"""
    name = request.match_info["name"]
    file = await request.app[CONTEXT].crm.line_sounds.open(actor_of(request), name)
    return await send_audio(request, file, f"announcement-{name}")


def _shown(
    request: web.Request, line: LineView, errors: dict[str, str] | None = None, status: int = 200
) -> web.Response:
    context = {"line": line, "errors": errors or {}}
    return render(request, "settings/line_sound.html", context, status=status)
