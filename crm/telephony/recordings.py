"""Hearing a recording: who may, which file, and writing down who did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import Clock, Database
from crm.errors import Forbidden, NotFound
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require
from crm.telephony import reading
from crm.telephony.models import Call, Listening, Recording

# A player asks for a file in many pieces: one listening.
SAME_LISTENING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Audible:
    """A stored recording that the actor may hear. `path`: within the recordings directory."""

    id: int
    call_id: int
    path: str
    seconds: float
    sha256: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ListeningView:
    user: str
    at: datetime


class RecordingService:
    def __init__(self, db: Database, clock: Clock, directories: Directories) -> None:
        self._db = db
        self._clock = clock
        self._directories = directories

    async def open(self, actor: Actor, recording_id: int) -> Audible:
        """Permission and place of the file. Raises NotFound (also: nothing to hear), Forbidden."""

        def work(session: Session) -> Audible:
            row = session.get(Recording, recording_id)
            if row is None or row.state != "stored" or row.path is None:
                raise NotFound("recording", recording_id)
            view = reading.call_views(session, [row.call_id], self._directories.now, actor)
            heard = next(r for r in view[row.call_id].recordings if r.id == recording_id)
            if not heard.audible:
                raise Forbidden("You may not hear this recording")
            return Audible(
                row.id,
                row.call_id,
                row.path,
                row.seconds or 0.0,
                row.sha256 or "",
                row.started_at,
            )

        return await self._db.read(work)

    async def note_listening(self, actor: Actor, recording_id: int, seconds: float = 0.0) -> None:
        """The actor hears it now. One listening, however many pieces the player asks for.

        `seconds`: how long the recording is; a listening lasts that long, and ten minutes of
        pauses.
        """
        now = self._clock()
        lasts = SAME_LISTENING + timedelta(seconds=seconds)
        recent = (
            select(Listening.id)
            .where(
                Listening.recording_id == recording_id,
                Listening.user_id == actor.id,
                Listening.at > now - lasts,
            )
            .limit(1)
        )
        if await self._db.read(lambda s: s.scalar(recent)) is not None:
            return

        def work(session: Session) -> None:
            if session.scalar(recent) is None:
                session.add(
                    Listening(
                        recording_id=recording_id, user_id=actor.id, user_name=actor.name, at=now
                    )
                )

        await self._db.write(work)

    async def listenings(self, actor: Actor, recording_id: int) -> tuple[ListeningView, ...]:
        """Who heard it and when, newest first; for those who may see the audit."""
        require(actor, Action.VIEW_AUDIT)
        query = (
            select(Listening.user_name, Listening.at)
            .join(Recording, Recording.id == Listening.recording_id)
            .join(Call, Call.id == Recording.call_id)
            .where(Listening.recording_id == recording_id)
            .order_by(Listening.at.desc(), Listening.id.desc())
        )
        return await self._db.read(
            lambda s: tuple(ListeningView(name, at) for name, at in s.execute(query))
        )
