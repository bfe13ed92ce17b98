"""What was said: the audio, and who listened to it."""

from typing import Literal

from aiohttp import hdrs, web

from crm.telephony.recordings import ListeningView
from recordings.store import Format
from web.api.operation import Access, Asked, Listed, NoBody, Plain, Query, Table, listed
from web.audio import send_audio
from web.context import CONTEXT

table = Table("recordings")

_MEDIA = {format_.mime: "Stereo: the client left, the company right." for format_ in Format}


class AudioQuery(Query):
    """`format`: ogg is Opus as it is stored; the others are made when first asked for."""

    format: Literal["ogg", "wav", "mp3"] = "ogg"


@table.add(
    "GET",
    "/recordings/{id}/audio",
    Access.SIGNED_IN,
    "The recording's audio; Range is honoured; the listening is written down",
    answer=bytes,
    media=_MEDIA,
    errors=(503,),
)
async def get_audio(asked: Asked[AudioQuery, NoBody]) -> web.StreamResponse:
    recording = await asked.crm.recordings.open(asked.actor, asked.id)
    store = asked.request.app[CONTEXT].store
    file = await store.open(recording.path, Format(asked.query.format))
    if asked.request.method != hdrs.METH_HEAD:
        # Before the first byte: what cannot be written down is not played.
        heard = (asked.actor, recording.id, recording.seconds)
        await asked.crm.recordings.note_listening(*heard)
    return await send_audio(asked.request, file, f"recording-{recording.id}")


@table.add(
    "GET", "/recordings/{id}/listenings", Access.ADMINISTRATOR, "Who listened to it, and when"
)
async def list_listenings(asked: Plain) -> Listed[ListeningView]:
    return listed(await asked.crm.recordings.listenings(asked.actor, asked.id))
