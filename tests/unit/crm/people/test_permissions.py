import pytest

from crm.bus import Audience, BusEvent
from crm.errors import Forbidden
from crm.people.models import Role
from crm.people.permissions import Action, Actor, allows, may_administer, may_see_event, require
from tests.unit.crm.world import MONDAY

SALES, SERVICE = 1, 2
EVA, PETR, JANA = 11, 12, 21


def actor(role: Role, id_: int = EVA, department: int | None = SALES) -> Actor:
    return Actor(id_, "x", "X", role, department)


def call_of(user: int, department: int) -> BusEvent:
    audience = Audience(users=frozenset({user}), departments=frozenset({department}))
    return BusEvent("call.ringing", MONDAY, {}, audience)


@pytest.mark.parametrize(
    ("role", "own", "colleagues", "others"),
    [
        (Role.EMPLOYEE, True, False, False),
        (Role.SUPERVISOR, True, True, False),
        (Role.ADMINISTRATOR, True, True, True),
    ],
)
def test_who_may_hear_whose_recordings(
    role: Role, own: bool, colleagues: bool, others: bool
) -> None:
    listener, hear = actor(role), Action.HEAR_RECORDINGS
    assert allows(listener, hear, users=[EVA], departments=[SALES]) is own
    assert allows(listener, hear, users=[PETR], departments=[SALES]) is colleagues
    assert allows(listener, hear, users=[JANA], departments=[SERVICE]) is others


@pytest.mark.parametrize(
    ("role", "colleagues", "others"),
    [
        (Role.EMPLOYEE, True, False),
        (Role.SUPERVISOR, True, True),
        (Role.ADMINISTRATOR, True, True),
    ],
)
def test_who_sees_whose_calls_live(role: Role, colleagues: bool, others: bool) -> None:
    watcher = actor(role)
    assert may_see_event(watcher, call_of(PETR, SALES)) is colleagues
    assert may_see_event(watcher, call_of(JANA, SERVICE)) is others


def test_without_a_department_nobody_is_a_colleague() -> None:
    loner = actor(Role.EMPLOYEE, department=None)
    audience = Audience(users=frozenset({PETR}), departments=frozenset())
    assert not may_see_event(loner, BusEvent("call.started", MONDAY, {}, audience))
    assert not allows(loner, Action.VIEW_CALLS, users=[None], departments=[None])


def test_changes_of_users_are_told_to_administrators_and_presence_to_all() -> None:
    changed = BusEvent("user.changed", MONDAY, {})
    assert not may_see_event(actor(Role.SUPERVISOR), changed)
    assert may_see_event(actor(Role.ADMINISTRATOR), changed)
    assert may_see_event(actor(Role.EMPLOYEE), BusEvent("user.presence", MONDAY, {}))
    assert may_see_event(actor(Role.EMPLOYEE), BusEvent("lead.created", MONDAY, {}))


@pytest.mark.parametrize("action", list(Action))
def test_an_administrator_may_everything(action: Action) -> None:
    require(actor(Role.ADMINISTRATOR), action, users=[JANA], departments=[SERVICE])


def test_managing_is_for_administrators_alone() -> None:
    assert may_administer(actor(Role.ADMINISTRATOR))
    for role in (Role.EMPLOYEE, Role.SUPERVISOR):
        assert not may_administer(actor(role))
        with pytest.raises(Forbidden):
            require(actor(role), Action.MANAGE)
