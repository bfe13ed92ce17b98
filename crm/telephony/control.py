"""What every way of acting on a live call has in common: whose it is, who may, what is noted."""

from collections.abc import Set

from sqlalchemy.orm import Session

from crm.db import Clock, Database
from crm.errors import Conflict, Forbidden, Invalid
from crm.people import audit
from crm.people.directory import Directories
from crm.people.line_states import LineStates
from crm.people.permissions import Action, Actor, allows
from crm.telephony.outbound import Target, check_limits, target_of
from crm.telephony.ports import Telephony
from crm.telephony.services import CallService
from crm.telephony.views import CallView


class Control:
    """`country`: of numbers dialled without a prefix where the line has none."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directories: Directories,
        telephony: Telephony,
        calls: CallService,
        line_states: LineStates,
        country: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directories = directories
        self._telephony = telephony
        self._calls = calls
        self._line_states = line_states
        self._country = country

    async def _controlled(self, actor: Actor, call_id: int) -> CallView:
        """A live call that the actor may act on. Raises NotFound, Forbidden, Conflict."""
        call = await self._calls.get_call(actor, call_id)
        if call.state == "ended":
            raise Conflict("This call is over")
        self._may_control(actor, call)
        return call

    def _may_control(self, actor: Actor, call: CallView) -> None:
        """Those who are in it, or ring; and whoever is above them. Raises Forbidden; Conflict: of
        two who acted at once this one is the second, and had the call until then.
        """
        concerned = {p.person.user_id for p in call.parties if p.left_at is None}
        concerned |= {ringing.person.user_id for ringing in call.ringing}
        placed = self._directories.now.user_of(call.extension)
        if placed is not None:
            concerned.add(placed.id)
        if self._controls(actor, concerned):
            return
        if self._controls(actor, {p.person.user_id for p in call.parties}):
            raise Conflict("This call is not with you any more: somebody dealt with it meanwhile")
        raise Forbidden

    def _controls(self, actor: Actor, users: Set[int | None]) -> bool:
        people = self._directories.now.people
        departments = {people[u].department_id for u in users if u in people}
        return allows(actor, Action.CONTROL_CALLS, users=users, departments=departments)

    def _holder(self, actor: Actor, call: CallView, extension: str | None) -> str:
        """Who has the client now: `extension`, the actor if he has, else whoever does."""
        present = present_extensions(call)
        if not present:
            raise Conflict("Nobody here speaks in this call")
        mine = [number for number in present if number in actor.extensions]
        holder = extension or (mine or present)[0]
        if holder not in present:
            raise Invalid({"extension": "is not in this call"})
        return holder

    async def _target(
        self, call: CallView, holder: str, to: str, line: str | None = None
    ) -> Target:
        """Whom `holder` calls for this call. `line`: by name; that of the call if the employee may
        call out on it, else the employee's default. Raises Invalid, Forbidden, LimitReached.
        """
        directory = self._directories.now
        person = directory.user_of(holder)
        if line is None and call.line in (person.lines if person else directory.lines):
            line = call.line
        target = target_of(directory, person, to, line, self._country)
        if target.to == holder:
            raise Invalid({"to": "has this call already"})
        if target.to == call.number and target.line is not None:
            raise Invalid({"to": "is the client of this call"})
        if target.line is not None:
            await self._line_states.require_up(target.line)
            now = self._clock()
            await self._db.read(lambda s: check_limits(s, directory, holder, target.to, now))
        return target

    async def _noted(self, actor: Actor, call: CallView, act: str, **details: object) -> None:
        """What somebody does with a call that is another's is written down; so is all that a
        supervisor does who came into it.
        """
        came_in = {it.supervisor for it in self._telephony.supervisions() if it.call == call.key}
        own = set(present_extensions(call)) - came_in
        if any(extension in actor.extensions for extension in own):
            return

        def work(session: Session) -> None:
            audit.note(session, actor, self._clock(), act, "call", call.id, **details)

        await self._db.write(work)


def present_extensions(call: CallView) -> list[str]:
    """Of the employees who speak in the call now."""
    return [
        party.person.extension
        for party in call.parties
        if party.left_at is None and party.person.extension
    ]
