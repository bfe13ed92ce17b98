"""Supervisors hear calls while they go on, and step in (T17). Every act goes into the audit."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal

from crm.bus import Audience, Bus, BusEvent
from crm.db import Clock, Database
from crm.errors import Conflict, DatabaseUnavailable, Invalid, PhoneUnavailable
from crm.people import audit
from crm.people.directory import Directories
from crm.people.permissions import Action, Actor, require
from crm.telephony.asking import ask
from crm.telephony.mobiles import Mobiles
from crm.telephony.ports import Device, Telephony
from crm.telephony.presence import Presence
from crm.telephony.services import CallService
from crm.telephony.supervisable import departments_of
from crm.telephony.views import CallView

Mode = Literal["listen", "whisper", "barge", "takeover", "end", "stop"]
#: By mode, the action that the audit has of it; after `not_`, if the telephone refused it; after
#: `meant_`, until that is known.
NOTED: Final[dict[str, str]] = {
    "listen": "listened_in",
    "whisper": "whispered",
    "barge": "barged_in",
    "takeover": "took_over",
    "end": "ended_call",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """What a supervisor does now. `up`: the phone has answered."""

    call: CallView
    extension: str
    name: str
    mode: str
    up: bool


class SupervisionService:
    """`changed` is called by who hears the PBX, when somebody began or stopped to listen."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        bus: Bus,
        directories: Directories,
        telephony: Telephony,
        calls: CallService,
        presence: Presence,
        mobiles: Mobiles,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._directories = directories
        self._telephony = telephony
        self._calls = calls
        self._presence = presence
        self._mobiles = mobiles
        self._modes: dict[str, str] = {}  # by the supervisor's extension
        self._listening: frozenset[str] = frozenset()

    async def supervise(
        self,
        actor: Actor,
        call_id: int,
        mode: Mode,
        *,
        extension: str | None = None,
        device: Device | None = None,
    ) -> None:
        """`extension`: of the employee, the first in the call if None. The actor's `device` is
        called and answers by itself (a mobile asks for its key); while it listens, another mode
        changes it without a new call. Raises NotFound, Forbidden, Conflict, Invalid, LimitReached,
        PhoneUnavailable.
        """
        if mode == "stop":
            await self.stop(actor)
            return
        call = await self._calls.get_call(actor, call_id)
        employee = self._employee(actor, call, extension)
        action = Action.LISTEN_IN if mode == "listen" else Action.STEP_IN
        require(actor, action, departments=departments_of(self._directories.now, employee))
        if mode == "end":
            async with self._noted(actor, call, mode, employee):
                await ask(self._telephony.hang_up(call.key))
            return
        phone = self._own_phone(actor)
        if mode == "takeover":
            device = await self._mobiles.ready(phone, device)
            async with self._noted(actor, call, mode, employee), self._released(phone, device):
                await ask(self._telephony.take_over(call.key, employee, phone, device))
            return
        if all(it.supervisor != phone for it in self._telephony.supervisions()):
            device = await self._mobiles.ready(phone, device)
        try:
            async with self._noted(actor, call, mode, employee):
                await ask(self._telephony.supervise(call.key, employee, phone, mode, device))
        except DatabaseUnavailable:
            await ask(self._telephony.stop_supervising(phone))  # nobody listens unwritten
            raise
        self._modes[phone] = mode
        self.changed()

    @contextlib.asynccontextmanager
    async def _released(self, phone: str, device: Device | None) -> AsyncIterator[None]:
        """Inside, `phone` listens to nobody; it listens again if the telephone refuses."""
        known = (it for it in self._telephony.supervisions() if it.supervisor == phone)
        before, mode = next(known, None), self._modes.get(phone, "listen")
        await ask(self._telephony.stop_supervising(phone))
        try:
            yield
        except PhoneUnavailable:
            if before is not None:
                with contextlib.suppress(PhoneUnavailable):
                    heard = self._telephony.supervise(
                        before.call, before.extension, phone, mode, device
                    )
                    await ask(heard)
                    self._modes[phone] = mode
                    self.changed()
            raise

    async def stop(self, actor: Actor) -> None:
        """The actor listens no more; nothing if he did not."""
        for phone in actor.extensions:
            await ask(self._telephony.stop_supervising(phone))
            self._modes.pop(phone, None)

    async def mine(self, actor: Actor) -> Listening | None:
        """Whom the actor listens to now."""
        for one in self._telephony.supervisions():
            if one.supervisor in actor.extensions:
                call = await self._calls.by_key(actor, one.call)
                if call is not None:
                    name = self._directories.now.name_of(one.extension) or one.extension
                    mode = self._modes.get(one.supervisor, "listen")
                    return Listening(call, one.extension, name, mode, one.up)
        return None

    def changed(self) -> None:
        """Tell those who listen, or did a moment ago; and all, that they are on the phone."""
        known = self._telephony.supervisions()
        before, now = self._listening, {it.supervisor for it in known}
        self._listening = frozenset(now)
        self._presence.listening_are(frozenset(it.supervisor for it in known if it.up))
        for gone in before - now:
            self._modes.pop(gone, None)
        owners = (self._directories.now.user_of(it) for it in before | now)
        users = frozenset(person.id for person in owners if person is not None)
        if users:
            event = BusEvent("supervision.changed", self._clock(), {}, Audience(users=users))
            self._bus.publish([event])

    def recall_mode(self, supervisor: str, mode: str) -> None:
        """What this phone did before the program was started."""
        self._modes.setdefault(supervisor, mode)

    def _employee(self, actor: Actor, call: CallView, extension: str | None) -> str:
        speaking = [
            party.person.extension
            for party in call.parties
            if party.left_at is None and party.person.extension
        ]
        if call.state not in ("talking", "held") or not speaking:
            raise Conflict("Nobody here speaks in this call")
        listens = {it.supervisor for it in self._telephony.supervisions()}
        mine = set(actor.extensions)
        if mine & set(speaking) and not mine & listens:
            raise Conflict("You are in this call yourself")
        others = [it for it in speaking if it not in mine]
        chosen = extension or next(iter(others), None)
        if chosen is None or chosen not in others:
            raise Invalid({"extension": "is not in this call"})
        return chosen

    def _own_phone(self, actor: Actor) -> str:
        if not actor.extensions:
            raise Invalid({"extension": "you have no extension"})
        return actor.extensions[0]

    @contextlib.asynccontextmanager
    async def _noted(
        self, actor: Actor, call: CallView, mode: str, employee: str
    ) -> AsyncIterator[None]:
        """What is done inside is written down before, as meant, and then as done, or as refused by
        the telephone. If we die in between, it is known who meant to.
        """
        action, details = NOTED[mode], {"extension": employee}
        meant = f"meant_{action}"
        entry = await self._db.write(
            lambda s: audit.begin(s, actor, self._clock(), meant, "call", call.id, **details)
        )
        try:
            yield
        except PhoneUnavailable as error:
            action, details = f"not_{action}", details | {"reason": str(error)}
            raise
        finally:
            await self._db.write(lambda s: audit.settle(s, entry, action, **details))
