"""Calls as people look at them: lists, one call and its story, the live board."""

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from crm.bus import Bus, BusEvent
from crm.clients import store
from crm.clients.models import Activity, Card
from crm.db import Clock, Database
from crm.errors import Forbidden, NotFound
from crm.paging import Page
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, allows_for, require
from crm.sharing import Shared
from crm.telephony import listing, reading
from crm.telephony.call_json import call_json
from crm.telephony.models import Call, CallCard, CallUser
from crm.telephony.pickup import may_pick_up
from crm.telephony.presence import Presence, busy_in
from crm.telephony.stories import stories
from crm.telephony.supervisable import supervisable
from crm.telephony.views import Board, CallFilter, CallView, PersonState, StoryItem

MOST_LIVE = 500
_LIVE = (
    select(Call.id)
    .where(Call.state != "ended", Call.merged_into_id.is_(None))
    .order_by(Call.started_at, Call.id)
    .limit(MOST_LIVE)
)
_MINE = _LIVE.where(
    Call.id.in_(select(CallUser.call_id).where(CallUser.user_id == bindparam("of_user")))
    | Call.extension.in_(bindparam("extensions", expanding=True))
)


class CallService:
    """`country`: of numbers typed without a prefix."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        bus: Bus,
        directories: Directories,
        presence: Presence,
        country: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._presence = presence
        self._country = country
        self._live = Shared(self._read_live)

    async def list_calls(
        self,
        actor: Actor,
        wanted: CallFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[CallView]:
        """Those that the actor may see, newest first; with waveforms where only recorded ones are
        wanted. Raises Invalid for unknown values.
        """
        wanted = wanted or CallFilter()
        directory = self._directories.now

        def work(session: Session) -> Page[CallView]:
            where = listing.conditions(session, actor, directory, wanted, self._country)
            ids, total, after = listing.page_of_ids(session, where, wanted.order, limit, cursor)
            peaks = wanted.recorded is True
            views = reading.call_views(session, ids, directory, actor, peaks=peaks)
            return Page(tuple(views[i] for i in ids), total, after)

        return await self._db.read(work)

    async def get_call(self, actor: Actor, call_id: int) -> CallView:
        """With the waveforms that the actor may hear. A merged call's id leads to where it went.

        Raises NotFound, Forbidden.
        """
        return await self._db.read(lambda s: self.visible_call(s, actor, call_id))

    async def by_key(self, actor: Actor, key: str) -> CallView | None:
        """The call with the PBX's key, if the actor may see it."""

        def work(session: Session) -> CallView | None:
            row = session.execute(select(Call.id).where(Call.key == key)).one_or_none()
            return None if row is None else self.visible_call(session, actor, row[0])

        try:
            return await self._db.read(work)
        except Forbidden:
            return None

    async def story(self, actor: Actor, call_id: int) -> tuple[StoryItem, ...]:
        """The journal, in the order of what happened. Raises NotFound, Forbidden."""

        def work(session: Session) -> tuple[StoryItem, ...]:
            call = self.visible_call(session, actor, call_id)
            return stories(session, [call.id], self._directories.now)[call.id]

        return await self._db.read(work)

    async def my_calls(self, actor: Actor) -> tuple[CallView, ...]:
        """Calls now ringing at, or spoken by, the actor's phones; the oldest first."""

        def work(session: Session) -> list[CallView]:
            wanted = {"of_user": actor.id, "extensions": list(actor.extensions)}
            ids = session.connection().execute(_MINE, wanted).scalars().all()
            views = reading.call_views(session, ids, self._directories.now, actor)
            return [views[i] for i in ids]

        mine = [
            call
            for call in await self._db.read(work)
            if actor.id in _present(call) or call.extension in actor.extensions
        ]
        mine = [call for call in mine if allows_for(actor, Action.VIEW_CALLS, call.audience)]
        return tuple(sorted(mine, key=lambda call: call.state == "ringing"))

    async def board(self, actor: Actor) -> Board:
        """Live calls that the actor may see, and all employees with what they do."""
        directory = self._directories.now
        calls = await self.live()
        seen = [call for call in calls if allows_for(actor, Action.VIEW_CALLS, call.audience)]
        return Board(
            waiting=tuple(call for call in seen if call.state == "ringing"),
            talking=tuple(call for call in seen if call.state != "ringing"),
            people=self._presence.people(busy_in(calls), (call.id for call in seen)),
            supervisable={c.id: who for c in seen if (who := supervisable(directory, actor, c))},
            pickable=frozenset(c.id for c in seen if may_pick_up(directory, actor, c)),
        )

    async def live(self) -> list[CallView]:
        """All that go on, the oldest first, whoever may see them: for the program itself."""
        return await self._live.get()

    async def _read_live(self) -> list[CallView]:
        def work(session: Session) -> list[CallView]:
            ids = session.connection().execute(_LIVE).scalars().all()
            views = reading.call_views(session, ids, self._directories.now)
            return [views[i] for i in ids]

        return await self._db.read(work)

    async def people(self, actor: Actor) -> tuple[PersonState, ...]:
        """What every colleague does, with the call's id where the actor may see it."""
        require(actor, Action.VIEW_PEOPLE)
        return (await self.board(actor)).people

    async def move(self, actor: Actor, call_id: int, card_id: int) -> CallView:
        """Attach the call, its recordings and the notes taken in it to this card.

        Raises NotFound, Forbidden.
        """
        require(actor, Action.EDIT_CLIENTS)

        def work(session: Session) -> CallView:
            call = self.visible_call(session, actor, call_id)
            card = session.get(Card, card_id)
            if card is None or card.deleted_at is not None:
                raise NotFound("card", card_id)
            session.execute(
                update(CallCard).where(CallCard.call_id == call.id).values(attached=False)
            )
            session.execute(
                delete(CallCard).where(CallCard.call_id == call.id, CallCard.card_id == card_id)
            )
            session.execute(
                insert(CallCard).values(
                    call_id=call.id, card_id=card_id, attached=True, started_at=call.started_at
                )
            )
            session.execute(
                update(Activity)
                .where(Activity.call_id == call.id, Activity.kind == "note")
                .values(card_id=card_id)
            )
            store.touch(session, [card_id], call.started_at)
            audit.note(session, actor, self._clock(), "moved", "call", call.id, card=card_id)
            return self.visible_call(session, actor, call.id)

        call = await self._db.write(work)
        self.announce(call, "call.moved", {"card": card_id})
        return call

    def visible_call(self, session: Session, actor: Actor, call_id: int) -> CallView:
        """Within a session of ours. Raises NotFound, Forbidden."""
        merged = session.execute(
            select(Call.merged_into_id).where(Call.id == call_id)
        ).one_or_none()
        if merged is None:
            raise NotFound("call", call_id)
        found = merged[0] or call_id
        call = reading.call_views(session, [found], self._directories.now, actor, peaks=True)[found]
        if not allows_for(actor, Action.VIEW_CALLS, call.audience):
            raise Forbidden
        return call

    def view(self, session: Session, call_id: int) -> CallView:
        """For the program itself: no permission is asked, and nothing is audible."""
        return reading.call_views(session, [call_id], self._directories.now)[call_id]

    def announce(self, call: CallView, type_: str, body: dict[str, object]) -> None:
        """Publish an event of ours, not the journal's, about a call. After the commit."""
        data = {"call": call_json(call), "event": {"type": type_, **body}}
        self._bus.publish([BusEvent(type_, self._clock(), data, call.audience)])


def _present(call: CallView) -> set[int | None]:
    """User ids of those who ring or speak now."""
    speaking = {party.person.user_id for party in call.parties if party.left_at is None}
    return speaking | {ringing.person.user_id for ringing in call.ringing}
