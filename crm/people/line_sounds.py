"""The sound that callers of a line hear before any phone rings: an administrator uploads it."""

from pathlib import PurePath

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import Clock, Database
from crm.errors import Invalid, NotFound
from crm.people import audit
from crm.people.lines import LineService
from crm.people.models import Line
from crm.people.permissions import Action, Actor, require
from crm.people.views import LineView
from crm.text import clean
from recordings.errors import ConversionError, JobError, WorkerError
from recordings.sounds import LARGEST, Sound, SoundStore
from recordings.store import AudioFile

log = structlog.get_logger(__name__)

FIELD = "sound"
_FAULTS = {
    "not_audio": "is no WAV, MP3 or Ogg sound",
    "too_long": "is longer than two minutes",
    "too_short": "has no sound in it",
    "silent": "is silent",
}


class LineSoundService:
    def __init__(self, db: Database, clock: Clock, lines: LineService, store: SoundStore) -> None:
        self._db = db
        self._clock = clock
        self._lines = lines
        self._store = store

    async def put(self, actor: Actor, line: str, content: bytes, file: str) -> LineView:
        """Have callers of the line hear `content`, the file called `file`, from now on.

        Raises Invalid for what is no such sound, and too large or too long a one.
        """
        require(actor, Action.MANAGE)
        before = await self._lines.get_line(actor, line)
        if len(content) > LARGEST:
            raise Invalid({FIELD: "is larger than 20 MB"})
        sound = await self._take(content)
        name = clean(PurePath(file.replace("\\", "/")).name, 100) or "sound"
        return await self._set(actor, before, sound, name)

    async def remove(self, actor: Actor, line: str) -> LineView:
        """Callers hear the line's text again, if it has one."""
        require(actor, Action.MANAGE)
        before = await self._lines.get_line(actor, line)
        if before.announcement_sound is None:
            return before
        return await self._set(actor, before, Sound("", 0.0), "")

    async def open(self, actor: Actor, line: str) -> AudioFile:
        """What callers hear. Raises NotFound, RecordingMissingError."""
        require(actor, Action.MANAGE)
        found = (await self._lines.get_line(actor, line)).announcement_sound
        if found is None:
            raise NotFound("sound", line)
        return await self._store.open(found.id)

    async def sweep(self) -> None:
        """Remove what no line has, as lines that are deleted leave it, or a crash."""
        await self._store.sweep(await self._db.read(_wanted))

    async def close(self) -> None:
        await self._store.close()

    async def _take(self, content: bytes) -> Sound:
        try:
            return await self._store.take(content)
        except (JobError, WorkerError, OSError) as error:
            code = error.code if isinstance(error, JobError) else ""
            if code in _FAULTS:
                raise Invalid({FIELD: _FAULTS[code]}) from error
            log.exception("sound_not_kept")
            raise ConversionError("The sound could not be kept here") from error

    async def _set(self, actor: Actor, before: LineView, sound: Sound, file: str) -> LineView:
        def work(session: Session) -> set[str]:
            line = session.get_one(Line, before.id)
            line.announcement_sound, line.announcement_seconds = sound.name, sound.seconds
            line.announcement_file = file
            fields = ["announcement_sound"]
            audit.note(session, actor, self._clock(), "changed", "line", line.id, fields=fields)
            session.flush()
            return _wanted(session)

        wanted = await self._db.write(work)
        await self._lines.changed()
        if before.announcement_sound is not None and before.announcement_sound.id not in wanted:
            await self._store.drop(before.announcement_sound.id)
        return await self._lines.get_line(actor, before.name)


def _wanted(session: Session) -> set[str]:
    return set(session.scalars(select(Line.announcement_sound)))
