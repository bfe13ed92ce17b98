"""Calls that people place, and pick up.

The call's row is there before the PBX is asked, so that the answer can name it; the PBX's own
events find it by its key.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.clients.numbers import normalize
from crm.db import Clock, Database
from crm.errors import Conflict, Forbidden, Invalid, PhoneUnavailable
from crm.people.directory import Directories, Person
from crm.people.line_states import LineStates
from crm.people.permissions import Action, Actor, require
from crm.telephony import matching
from crm.telephony.asking import ask
from crm.telephony.control import Control
from crm.telephony.mobiles import Mobiles, with_mobile
from crm.telephony.models import Call, CallEvent, CallUser
from crm.telephony.outbound import Target, check_limits, target_of
from crm.telephony.pickup import may_pick_up, pickup_code, wanted
from crm.telephony.ports import Device, Placing, Telephony, TelephonyError
from crm.telephony.services import CallService
from crm.telephony.views import CallView, LineChoice, LineTaken
from pbx_bridge.calls.events import Loss
from pbx_bridge.lost_talks import LostTalk

log = structlog.get_logger(__name__)

DOUBLE_CLICK = timedelta(seconds=3)
# A call that the PBX took and never spoke of again: its phone was not there to ring.
UNHEARD_OF = timedelta(seconds=60)


class PhoneService(Control):
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directories: Directories,
        telephony: Telephony,
        calls: CallService,
        line_states: LineStates,
        country: str,
        mobiles: Mobiles,
    ) -> None:
        super().__init__(db, clock, directories, telephony, calls, line_states, country)
        self._mobiles = mobiles
        self._recent: dict[tuple[str, str], tuple[int, datetime]] = {}

    async def place(
        self,
        actor: Actor,
        to: str,
        *,
        extension: str | None = None,
        line: str | None = None,
        device: Device | None = None,
    ) -> CallView:
        """Ring the employee's phone, then dial `to` (a number in any usual way, or an extension).

        `extension`: whose phone, the actor's first one if None; `line`: by name, the employee's
        default if None; `device`: the desk phone, else the browser if None. A mobile is called by
        the same line. The same call asked for twice within three seconds is one call. Raises
        Invalid, Forbidden, LimitReached, PhoneUnavailable.
        """
        extension, person = self._caller(actor, extension)
        directory = self._directories.now
        target = target_of(directory, person, to, line, self._country)
        if target.to == extension:
            raise Invalid({"to": "is the phone that calls"})
        device = with_mobile(directory, person, device, target.line)
        if device is not None and device.mobile is not None and device.mobile.number == target.to:
            raise Invalid({"to": "is the phone that calls"})
        for name in {target.line_name, device.mobile.line if device and device.mobile else None}:
            if name is not None:
                await self._line_states.require_up(directory.lines[name])
        now = self._clock()
        self._recent = {k: v for k, v in self._recent.items() if now - v[1] < DOUBLE_CLICK}
        if (twin := await self._twin(actor, extension, target.to)) is not None:
            return twin
        self._recent[extension, target.to] = (0, now)
        key = self._telephony.new_call_key()
        try:
            call = await self._db.write(
                lambda s: self._insert(s, actor, person, key, extension, target, device)
            )
            self._recent[extension, target.to] = (call.id, now)
        except BaseException:
            self._recent.pop((extension, target.to), None)
            raise
        self._calls.announce(call, "call.placed", {"by": actor.id})
        if device is not None and device.mobile is not None:
            await self._mobiles.known()
        name = target.line.name if target.line else None
        try:
            await self._telephony.place(Placing(key, extension, target.to, name, device))
        except TelephonyError as error:
            self._recent.pop((extension, target.to), None)
            await self._fail(call.id)
            raise PhoneUnavailable(str(error)) from error
        return call

    async def _twin(self, actor: Actor, extension: str, to: str) -> CallView | None:
        """The same call, asked for a moment ago; None if that one is over already."""
        wanted = (extension, to)
        while (twin := self._recent.get(wanted)) is not None:
            if not twin[0]:
                raise Conflict("This call is being placed already")
            call = await self._calls.get_call(actor, twin[0])
            if call.state != "ended":
                return call
            if self._recent.get(wanted) == twin:  # none was placed while we looked
                break
        return None

    async def take(self, actor: Actor, code: str, *, device: Device | None = None) -> int | None:
        """As `pick_up` what a pickup code asks for, and the call's id; None if it is no code."""
        where = pickup_code(code)
        if where is None:
            return None
        seen = (await self._calls.board(actor)).waiting
        call = wanted(self._directories.now, actor, seen, where)
        if call is None:
            raise Conflict("Nothing rings there that you may take")
        await self.pick_up(actor, call.id, device=device, at=where or None)
        return call.id

    async def pick_up(
        self,
        actor: Actor,
        call_id: int,
        *,
        extension: str | None = None,
        device: Device | None = None,
        at: str | None = None,
    ) -> None:
        """Take to the actor's phone what rings elsewhere, and `at` this extension if one is given;
        to its `device`, what rings at another of its own. Whoever is faster than the key on a
        mobile has it.
        """
        call = await self._live(actor, call_id)
        if call.state != "ringing":
            raise Conflict("This call does not ring any more")
        extension, _ = self._caller(actor, extension)
        own = device is not None and any(it.person.extension == extension for it in call.ringing)
        if not own and not may_pick_up(self._directories.now, actor, call):
            raise Forbidden("You may not take a call that rings there")
        device = await self._mobiles.ready(extension, device)
        await ask(self._telephony.pick_up(call.key, extension, device, at))

    async def browser_lost(self, extension: str, port: int, loss: Loss) -> tuple[LostTalk, ...]:
        """A browser that is the extension's phone is gone; `port`: of its way to the PBX.

        Whoever speaks with it waits. Returns what `browser_back` is told when it is there again.
        """
        try:
            return tuple(await self._telephony.lose_browser(extension, port, loss))
        except TelephonyError as error:
            log.warning("browser_lost_unheard", extension=extension, error=str(error))
            return ()

    async def browser_back(self, talks: Sequence[LostTalk], port: int) -> None:
        try:
            await self._telephony.give_back(talks, port)
        except TelephonyError as error:
            log.warning("browser_back_unheard", talks=len(talks), error=str(error))

    async def lines_for(self, actor: Actor, number: str | None = None) -> tuple[LineChoice, ...]:
        """Lines the actor may call out on; `used_last`: the one that `number` was spoken on."""
        directory = self._directories.now
        person = directory.people.get(actor.id)
        if person is None:
            return ()
        last: str | None = None
        client = normalize(number, self._country) if number else None
        if client is not None:
            newest = (
                select(Call.line)
                .where(Call.number == client, Call.line.is_not(None))
                .order_by(Call.started_at.desc())
                .limit(1)
            )
            last = await self._db.read(lambda s: s.scalar(newest))
        return tuple(
            LineChoice(
                name,
                line.label,
                line.number,
                name == person.calls_on,
                name == last,
                self._line_states.state(name).health.value,
            )
            for name in person.lines
            if (line := directory.lines.get(name)) is not None
        )

    async def line_to(self, actor: Actor, number: str) -> LineTaken | None:
        """By which line the actor calls `number` if he chooses none; None: by none at all."""
        if number.strip() in self._directories.now.phones:
            return None
        choices = await self.lines_for(actor, number)
        last = next((it for it in choices if it.used_last), None)
        if last is not None and last.usable:
            return LineTaken(last)
        own = next((it for it in choices if it.default), None)
        return None if own is None else LineTaken(own, None if own is last else last)

    async def sweep(self) -> int:
        """End calls that we asked for and the PBX never began. How many there were."""
        before = self._clock() - UNHEARD_OF
        stale = select(Call.id).where(
            Call.state == "ringing",
            Call.placed_by_id.is_not(None),
            Call.started_at < before,
            ~select(CallEvent.id).where(CallEvent.call_id == Call.id).exists(),
        )
        ids = await self._db.read(lambda s: list(s.scalars(stale)))
        for call_id in ids:
            await self._fail(call_id)
        return len(ids)

    def _caller(self, actor: Actor, extension: str | None) -> tuple[str, Person | None]:
        if extension is None:
            if not actor.extensions:
                raise Invalid({"from": "you have no extension"})
            extension = actor.extensions[0]
        directory = self._directories.now
        phone = directory.phones.get(extension)
        if phone is None:
            raise Invalid({"from": "there is no such extension"})
        person = directory.user_of(extension)
        require(
            actor,
            Action.PLACE_CALLS,
            users=[phone.user_id],
            departments=[person.department_id] if person else [],
        )
        return extension, person

    def _insert(
        self,
        session: Session,
        actor: Actor,
        person: Person | None,
        key: str,
        extension: str,
        target: Target,
        device: Device | None,
    ) -> CallView:
        now, directory = self._clock(), self._directories.now
        if target.line is not None:
            check_limits(session, directory, extension, target.to, now)
        if device is not None and device.mobile is not None:
            check_limits(session, directory, extension, device.mobile.number, now)
        call = Call(
            key=key,
            direction="outbound" if target.line else "internal",
            state="ringing",
            number=target.to if target.line else None,
            line=target.line.name if target.line else None,
            dialled=target.to,
            extension=extension,
            started_at=now,
            placed_by_id=actor.id,
        )
        session.add(call)
        session.flush()
        for user_id in {actor.id, person.id if person else actor.id}:
            session.add(CallUser(call_id=call.id, user_id=user_id, spoke=False))
        session.flush()
        if target.line is not None and target.to not in directory.not_clients:
            cards = matching.cards_of(session, target.to)
            matching.attach(session, call.id, cards, now)
        return self._calls.visible_call(session, actor, call.id)

    async def _fail(self, call_id: int) -> None:
        now = self._clock()
        values = {"state": "ended", "outcome": "failed", "ended_at": now}
        ended = update(Call).where(Call.id == call_id, Call.state != "ended").values(**values)

        def work(session: Session) -> CallView:
            session.execute(ended)
            return self._calls.view(session, call_id)

        call = await self._db.write(work)
        self._calls.announce(call, "call.ended", {"outcome": "failed"})

    async def _live(self, actor: Actor, call_id: int) -> CallView:
        call = await self._calls.get_call(actor, call_id)
        if call.state == "ended":
            raise Conflict("This call is over")
        return call
