"""Who may do what. The only place of these rules.

An action is allowed on a scope: own (what concerns the actor himself), his department's, or any.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from crm.bus import Audience, BusEvent
from crm.errors import Forbidden
from crm.people.models import Role


class Scope(IntEnum):
    """Each includes those below it."""

    NONE = 0
    OWN = 1
    DEPARTMENT = 2
    ANY = 3


class Action(StrEnum):
    VIEW_CLIENTS = "view_clients"
    EDIT_CLIENTS = "edit_clients"
    DELETE_CLIENTS = "delete_clients"
    VIEW_CALLS = "view_calls"
    HEAR_RECORDINGS = "hear_recordings"
    PLACE_CALLS = "place_calls"
    CONTROL_CALLS = "control_calls"  # hang up, transfer
    PICK_UP = "pick_up"
    LISTEN_IN = "listen_in"  # hear a colleague's call while it goes on
    STEP_IN = "step_in"  # whisper to the colleague, join, take over or end the call
    CLEAR_MISSED = "clear_missed"
    VIEW_PEOPLE = "view_people"
    MANAGE = "manage"  # users, extensions, lines, statuses, options
    VIEW_AUDIT = "view_audit"


_EVERYBODY = {
    Action.VIEW_CLIENTS: Scope.ANY,
    Action.EDIT_CLIENTS: Scope.ANY,
    Action.PLACE_CALLS: Scope.OWN,
    Action.VIEW_PEOPLE: Scope.ANY,
}

RULES: dict[Role, dict[Action, Scope]] = {
    Role.EMPLOYEE: {
        **_EVERYBODY,
        Action.DELETE_CLIENTS: Scope.OWN,
        Action.VIEW_CALLS: Scope.DEPARTMENT,
        Action.HEAR_RECORDINGS: Scope.OWN,
        Action.CONTROL_CALLS: Scope.OWN,
        Action.PICK_UP: Scope.DEPARTMENT,
        Action.CLEAR_MISSED: Scope.DEPARTMENT,
    },
    Role.SUPERVISOR: {
        **_EVERYBODY,
        Action.DELETE_CLIENTS: Scope.ANY,
        Action.VIEW_CALLS: Scope.ANY,
        Action.HEAR_RECORDINGS: Scope.DEPARTMENT,
        Action.CONTROL_CALLS: Scope.DEPARTMENT,
        Action.PICK_UP: Scope.ANY,
        Action.LISTEN_IN: Scope.DEPARTMENT,
        Action.STEP_IN: Scope.DEPARTMENT,
        Action.CLEAR_MISSED: Scope.ANY,
    },
    Role.ADMINISTRATOR: dict.fromkeys(Action, Scope.ANY),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the signed-in user of a request, or a token's owner.

    `password_once`: signed in with a password of somebody else's making, to be changed first.
    """

    id: int
    login: str
    name: str
    role: Role
    department_id: int | None = None
    language: str | None = None
    timezone: str | None = None
    extensions: tuple[str, ...] = ()
    password_once: bool = False


def scope(actor: Actor, action: Action) -> Scope:
    return RULES[actor.role].get(action, Scope.NONE)


def allows(
    actor: Actor,
    action: Action,
    *,
    users: Iterable[int | None] = (),
    departments: Iterable[int | None] = (),
) -> bool:
    """May the actor do it to what concerns these users, of these departments?

    An actor without a department has only himself in it.
    """
    reach = scope(actor, action)
    if reach is Scope.ANY:
        return True
    if reach >= Scope.OWN and actor.id in set(users):
        return True
    return (
        reach >= Scope.DEPARTMENT
        and actor.department_id is not None
        and actor.department_id in set(departments)
    )


def require(
    actor: Actor,
    action: Action,
    *,
    users: Iterable[int | None] = (),
    departments: Iterable[int | None] = (),
) -> None:
    """Raises Forbidden unless `allows`."""
    if not allows(actor, action, users=users, departments=departments):
        raise Forbidden


def allows_for(actor: Actor, action: Action, audience: Audience) -> bool:
    """`allows` for what concerns this audience."""
    return audience.everyone or allows(
        actor, action, users=audience.users, departments=audience.departments
    )


def may_administer(actor: Actor) -> bool:
    """Users, extensions, lines, statuses, figures of the service."""
    return scope(actor, Action.MANAGE) is Scope.ANY


def may_see_event(actor: Actor, event: BusEvent) -> bool:
    """Whether `/live` sends the event to the actor."""
    if event.type.startswith(("call.", "missed.", "recording.")):
        return allows_for(actor, Action.VIEW_CALLS, event.audience)
    if event.type.startswith("supervision."):  # the listened-to must not know
        return actor.id in event.audience.users
    if event.type.startswith(("presence.", "line.", "user.presence", "directory.")):
        return scope(actor, Action.VIEW_PEOPLE) is Scope.ANY
    if event.type.startswith(("user.", "token.", "session.", "department.")):
        return may_administer(actor)
    return scope(actor, Action.VIEW_CLIENTS) is Scope.ANY
