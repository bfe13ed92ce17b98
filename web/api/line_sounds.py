"""The sound that a line's callers hear before any phone rings."""

from aiohttp import web
from pydantic import Field

from crm.people.permissions import Action, require
from crm.people.views import LineView
from recordings.sounds import LARGEST
from web.api.operation import Access, Asked, NoBody, Plain, Query, Table
from web.audio import send_audio
from web.uploads import uploaded_body

table = Table("lines")

_PATH = "/lines/{name}/announcement"
_ADMIN = Access.ADMINISTRATOR
_KINDS = {"audio/wav": "WAV", "audio/mpeg": "MP3", "audio/ogg": "Ogg", "*/*": "Any of them"}


class SoundQuery(Query):
    """`file`: what the file is called."""

    file: str = Field("", max_length=200)


@table.add(
    "PUT",
    _PATH,
    _ADMIN,
    "Upload what callers of the line hear first: up to two minutes, 20 MB",
    upload=_KINDS,
    largest=LARGEST,
    errors=(503,),
)
async def put_announcement(asked: Asked[SoundQuery, NoBody]) -> LineView:
    require(asked.actor, Action.MANAGE)  # before anything is read
    content = await uploaded_body(asked.request, LARGEST)
    name = asked.text("name")
    return await asked.crm.line_sounds.put(asked.actor, name, content, asked.query.file)


@table.add(
    "GET",
    _PATH,
    _ADMIN,
    "The uploaded sound, as the telephone carries it; Range is honoured",
    answer=bytes,
    media={"audio/wav": "8 kHz, mono"},
    errors=(416,),
)
async def announcement_audio(asked: Plain) -> web.StreamResponse:
    name = asked.text("name")
    file = await asked.crm.line_sounds.open(asked.actor, name)
    return await send_audio(asked.request, file, f"announcement-{name}")


@table.add("DELETE", _PATH, _ADMIN, "Callers hear the line's text again, if it has one")
async def delete_announcement(asked: Plain) -> LineView:
    return await asked.crm.line_sounds.remove(asked.actor, asked.text("name"))
