"""What people do with a call that goes on, on whatever phone: hold, hand on, conference, record."""

from collections.abc import Sequence
from typing import Literal

from crm.bus import Bus
from crm.clients.numbers import normalize
from crm.db import Clock, Database
from crm.errors import Conflict, Invalid
from crm.people.directory import Directories
from crm.people.line_states import LineStates
from crm.people.permissions import Actor
from crm.telephony.asking import ask
from crm.telephony.control import Control, present_extensions
from crm.telephony.outbound import Target
from crm.telephony.ports import Telephony
from crm.telephony.remembered import Remembered
from crm.telephony.services import CallService
from crm.telephony.views import CallView
from pbx_bridge.directory import RecordMode

ConsultStep = Literal["complete", "cancel", "swap", "join"]
RecordAct = Literal["start", "stop", "pause", "resume"]
_MOST_IN_A_CALL = 10


class SteeringService(Control):
    """Every method raises NotFound, Forbidden, Conflict (it is over, or is not so any more),
    Invalid, LimitReached, PhoneUnavailable. `extension`: who has the client now; the actor if he
    has, else whoever does.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directories: Directories,
        telephony: Telephony,
        calls: CallService,
        line_states: LineStates,
        country: str,
        bus: Bus,
    ) -> None:
        super().__init__(db, clock, directories, telephony, calls, line_states, country)
        # The PBX does not tell who is muted; after a restart it is asked once.
        self._remembered = Remembered(bus)

    def muted(self, call_id: int) -> frozenset[str]:
        """Extensions and numbers whom the others in the call do not hear."""
        return self._remembered.muted(call_id)

    def consulting(self, actor: Actor, call_id: int) -> str | None:
        """Whom the actor wants to ask in this call and has not reached, by extension or number."""
        asked = self._remembered.asked(call_id)
        return asked[1] if asked is not None and asked[0] in actor.extensions else None

    async def turned(self, key: str) -> None:
        """Who consults somebody in the call with this key went to the client, or back."""
        call = next((it for it in await self._calls.live() if it.key == key), None)
        if call is not None:
            self._calls.announce(call, "call.consult_swapped", {})

    def is_back_meanwhile(self, call: CallView, extension: str) -> bool:
        """Whether `extension`, who consults somebody in this call, is with the client now."""
        return self._telephony.is_back_meanwhile(call.key, extension)

    async def recall_muted(self, key: str, who: Sequence[str]) -> None:
        """In the call with this key, others muted these before the program was started."""
        call = next((it for it in await self._calls.live() if it.key == key), None)
        if call is None:
            return
        for one in who:
            known = one if one in self._directories.now.phones else normalize(one, self._country)
            self._remembered.mute(call.id, known or one, muted=True)
            self._calls.announce(call, "call.muted", {"who": known or one, "muted": True})

    async def hang_up(self, actor: Actor, call_id: int) -> None:
        call = await self._controlled(actor, call_id)
        await ask(self._telephony.hang_up(call.key))
        await self._noted(actor, call, "hung up")

    # ---- hold

    async def hold(self, actor: Actor, call_id: int, *, extension: str | None = None) -> None:
        call = await self._answered(actor, call_id)
        holder = self._holder(actor, call, extension)
        await ask(self._telephony.hold(call.key, holder))
        await self._noted(actor, call, "held", extension=holder)

    async def resume(self, actor: Actor, call_id: int, *, extension: str | None = None) -> None:
        call = await self._answered(actor, call_id)
        holder = self._holder(actor, call, extension)
        await ask(self._telephony.resume(call.key, holder))
        await self._noted(actor, call, "resumed", extension=holder)

    # ---- handing on

    async def transfer(
        self,
        actor: Actor,
        call_id: int,
        to: str,
        *,
        extension: str | None = None,
        line: str | None = None,
    ) -> None:
        """Hand the client to an extension or a number, without announcement."""
        call, holder, target = await self._aimed(actor, call_id, to, extension, line)
        line = target.line_name
        if sum(party.left_at is None for party in call.parties) > 2:
            # Several cannot be told a line; the default one, which they go by, needs no telling.
            person = self._directories.now.user_of(holder)
            line = None if person is not None and line == person.calls_on else line
        await ask(self._telephony.blind_transfer(call.key, holder, target.to, line))
        await self._noted(actor, call, "transferred", extension=holder, to=target.to)

    async def consult(
        self,
        actor: Actor,
        call_id: int,
        to: str,
        *,
        extension: str | None = None,
        line: str | None = None,
    ) -> None:
        """The client waits with music while `to` is asked."""
        call, holder, target = await self._aimed(actor, call_id, to, extension, line)
        self._remembered.ask(call.id, holder, target.to)  # before it rings
        try:
            await ask(self._telephony.consult(call.key, holder, target.to, target.line_name))
        except BaseException:
            self._remembered.asks_no_more(call.id)
            raise
        await self._noted(actor, call, "consulted", extension=holder, to=target.to)

    async def go_on(
        self, actor: Actor, call_id: int, step: ConsultStep, *, extension: str | None = None
    ) -> None:
        """What becomes of the consultation: the colleague has the client, or is given up; the
        employee goes from one to the other; all speak together.
        """
        call = await self._answered(actor, call_id)
        holder = self._holder(actor, call, extension)
        steps = {
            "complete": self._telephony.complete_consult,
            "cancel": self._telephony.cancel_consult,
            "swap": self._telephony.swap_consult,
            "join": self._telephony.join_consult,
        }
        await ask(steps[step](call.key, holder))
        if step != "swap":
            self._remembered.asks_no_more(call.id)
        await self._noted(actor, call, "transferred" if step == "complete" else step)

    # ---- conference

    async def invite(
        self,
        actor: Actor,
        call_id: int,
        to: str,
        *,
        extension: str | None = None,
        line: str | None = None,
    ) -> None:
        """Call `to` into the talk: it rings, and joins when it is answered."""
        call, holder, target = await self._aimed(actor, call_id, to, extension, line)
        present = sum(party.left_at is None for party in call.parties) + len(call.ringing)
        if present >= _MOST_IN_A_CALL:
            raise Conflict(f"{_MOST_IN_A_CALL} are in this call already")
        shown = target.line.number if target.line else None
        self._remembered.asks_no_more(call.id)  # what rings now is called into the talk
        await ask(self._telephony.invite(call.key, holder, target.to, target.line_name, shown))
        await self._noted(actor, call, "invited", to=target.to)

    async def drop(self, actor: Actor, call_id: int, who: str) -> None:
        """Hang up one of several, by extension or number; also who only rings."""
        call = await self._answered(actor, call_id)
        _require_member(call, who)
        await ask(self._telephony.drop(call.key, who))
        self._remembered.mute(call.id, who, muted=False)
        await self._noted(actor, call, "dropped", who=who)

    async def mute(self, actor: Actor, call_id: int, who: str, *, muted: bool) -> None:
        """Whether the others hear `who`."""
        call = await self._answered(actor, call_id)
        _require_member(call, who)
        await ask(self._telephony.mute(call.key, who, muted=muted))
        self._remembered.mute(call.id, who, muted=muted)
        self._calls.announce(call, "call.muted", {"who": who, "muted": muted})
        await self._noted(actor, call, "muted" if muted else "unmuted", who=who)

    async def leave(self, actor: Actor, call_id: int, *, extension: str | None = None) -> None:
        """Leave the talk to the others."""
        call = await self._answered(actor, call_id)
        holder = self._holder(actor, call, extension)
        await ask(self._telephony.drop(call.key, holder))
        await self._noted(actor, call, "left", extension=holder)

    # ---- recording

    async def record(self, actor: Actor, call_id: int, act: RecordAct) -> None:
        """Of a call with the outside alone: what colleagues say to each other is not recorded."""
        call = await self._answered(actor, call_id)
        if call.direction == "internal":
            raise Conflict("Calls between colleagues are not recorded")
        if act in ("start", "resume"):  # it may have come to another employee meanwhile
            self._may_be_recorded(call)
        acts = {
            "start": self._telephony.start_recording,
            "stop": self._telephony.stop_recording,
            "pause": self._telephony.pause_recording,
            "resume": self._telephony.resume_recording,
        }
        await ask(acts[act](call.key))
        await self._noted(actor, call, f"recording: {act}")

    def _may_be_recorded(self, call: CallView) -> None:
        """Neither the line nor an employee who speaks is never recorded. Raises Conflict."""
        directory = self._directories.now
        line = directory.lines.get(call.line or "")
        phones = [directory.phones.get(it) for it in present_extensions(call)]
        modes = [it.record for it in (line, *phones) if it is not None]
        if RecordMode.OFF in modes:
            raise Conflict("Calls on this line, or of this employee, are never recorded")

    async def _aimed(
        self, actor: Actor, call_id: int, to: str, extension: str | None, line: str | None
    ) -> tuple[CallView, str, Target]:
        """The call, who has the client, and whom he is to call for it."""
        call = await self._answered(actor, call_id)
        holder = self._holder(actor, call, extension)
        return call, holder, await self._target(call, holder, to, line)

    async def _answered(self, actor: Actor, call_id: int) -> CallView:
        call = await self._controlled(actor, call_id)
        if call.answered_at is None:
            raise Conflict("This call is not answered yet")
        return call


def _require_member(call: CallView, who: str) -> None:
    people = [party.person for party in call.parties if party.left_at is None]
    people += [ringing.person for ringing in call.ringing]
    known = {person.extension for person in people} | {person.number for person in people}
    if who not in known and who not in present_extensions(call):
        raise Invalid({"who": "is not in this call"})
