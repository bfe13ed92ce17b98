"""Notes on cards, and in calls."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.bus import Audience, Bus, BusEvent
from crm.clients import store
from crm.clients.models import Activity, Card
from crm.clients.views import ActivityView
from crm.db import Clock, Database
from crm.errors import Forbidden, Invalid, NotFound
from crm.people.directory import Directories, Directory
from crm.people.permissions import Action, Actor, may_administer, require
from crm.people.views import UserRef
from crm.telephony.models import Call, CallCard
from crm.text import clean_block

LONGEST_NOTE = 20_000


class NoteService:
    def __init__(self, db: Database, clock: Clock, bus: Bus, directories: Directories) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories

    async def add(
        self, actor: Actor, text: str, *, card_id: int | None = None, call_id: int | None = None
    ) -> ActivityView:
        """On a card, or taken in a call: then it stands with the call, on the call's card.

        Raises Invalid for an empty text, NotFound.
        """
        require(actor, Action.EDIT_CLIENTS)
        text = _checked(text)

        def work(session: Session) -> Activity:
            card = card_id
            if call_id is not None:
                if session.get(Call, call_id) is None:
                    raise NotFound("call", call_id)
                card = card or session.scalar(
                    select(CallCard.card_id).where(CallCard.call_id == call_id, CallCard.attached)
                )
            elif card is None:
                raise Invalid({"card_id": "a note belongs to a card or a call"})
            if card is not None:
                found = session.get(Card, card)
                if found is None or found.deleted_at is not None:
                    raise NotFound("card", card)
            now = self._clock()
            made = store.add_activity(
                session, card, "note", now, actor.id, text=text, call_id=call_id
            )
            return session.get_one(Activity, made)

        note = await self._db.write(work)
        self._announce(note, "added")
        return activity_view(note, self._directories.now)

    async def edit(self, actor: Actor, note_id: int, text: str) -> ActivityView:
        """One's own; an administrator any. Raises Invalid, NotFound, Forbidden."""
        text = _checked(text)

        def work(session: Session) -> Activity:
            note = _own(session, actor, note_id)
            note.text = text
            note.edited_at = self._clock()
            return note

        note = await self._db.write(work)
        self._announce(note, "changed")
        return activity_view(note, self._directories.now)

    async def delete(self, actor: Actor, note_id: int) -> None:
        """Can be undone by `restore`."""

        def work(session: Session) -> Activity:
            note = _own(session, actor, note_id)
            note.deleted_at = self._clock()
            return note

        self._announce(await self._db.write(work), "deleted")

    async def restore(self, actor: Actor, note_id: int) -> ActivityView:
        def work(session: Session) -> Activity:
            note = _own(session, actor, note_id, deleted=True)
            note.deleted_at = None
            return note

        note = await self._db.write(work)
        self._announce(note, "restored")
        return activity_view(note, self._directories.now)

    def _announce(self, note: Activity, what: str) -> None:
        data = {"note": {"id": note.id, "card_id": note.card_id, "call_id": note.call_id}}
        everyone = Audience(everyone=True)
        self._bus.publish([BusEvent(f"note.{what}", self._clock(), data, everyone)])


def _checked(text: str) -> str:
    text = clean_block(text, LONGEST_NOTE + 1)
    if not text:
        raise Invalid({"text": "must not be empty"})
    if len(text) > LONGEST_NOTE:
        raise Invalid({"text": f"must have at most {LONGEST_NOTE} characters"})
    return text


def _own(session: Session, actor: Actor, note_id: int, *, deleted: bool = False) -> Activity:
    note = session.get(Activity, note_id)
    if note is None or note.kind != "note" or (note.deleted_at is not None) is not deleted:
        raise NotFound("note", note_id)
    if note.author_id != actor.id and not may_administer(actor):
        raise Forbidden("Only its author may change a note")
    return note


def activity_view(row: Activity, directory: Directory) -> ActivityView:
    person = directory.people.get(row.author_id or 0)
    return ActivityView(
        id=row.id,
        kind=row.kind,
        at=row.at,
        author=UserRef(person.id, person.name) if person else None,
        call_id=row.call_id,
        text=row.text,
        data=row.data,
        edited_at=row.edited_at,
    )
