from typing import Any

import pytest

from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.people.models import Presence
from crm.people.views import AuditFilter
from tests.unit.crm.world import World


async def test_an_employee_is_made_and_found(here: World) -> None:
    made = await here.crm.people.create_user(
        here.ada, {"login": "Jan.Hus", "name": " Jan\tHus ", "lines": ["line2"]}
    )
    assert (made.login, made.name, made.lines) == ("jan.hus", "Jan Hus", ("line2",))
    assert not made.can_sign_in
    assert made in await here.crm.people.list_users(here.eva)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "X"}, "login"),
        ({"login": "x y", "name": "X"}, "login"),
        ({"login": "x", "name": ""}, "name"),
        ({"login": "x", "name": "X", "role": "king"}, "role"),
        ({"login": "x", "name": "X", "password": "short"}, "password"),
        ({"login": "x", "name": "X", "timezone": "Europe/Nowhere"}, "timezone"),
        ({"login": "x", "name": "X", "timezone": "../../etc/passwd"}, "timezone"),
        ({"login": "x", "name": "X", "language": "English"}, "language"),
        ({"login": "x", "name": "X", "email": "nobody"}, "email"),
        ({"login": "x", "name": "X", "lines": ["line9"]}, "lines"),
        ({"login": "x", "name": "X", "default_line": "line9"}, "default_line"),
        ({"login": "x", "name": "X", "countries": ["Czechia"]}, "countries"),
        ({"login": "x", "name": "X", "outbound_per_hour": -1}, "outbound_per_hour"),
        ({"login": "x", "name": "X", "mobile": "112"}, "mobile"),
        ({"login": "x", "name": "X", "mobile": "nobody"}, "mobile"),
        ({"login": "x", "name": "X", "mobile": 603111222}, "mobile"),
        ({"login": "x", "name": "X", "mobile": "222 333 444"}, "mobile"),  # the company's
        ({"login": "x", "name": "X", "mobile": "906 123 456"}, "mobile"),  # premium rate
        ({"login": "x", "name": "X", "mobile": "+53 5 1234567"}, "mobile"),  # dear
        ({"login": "x", "name": "X", "shoe_size": 42}, "shoe_size"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(here: World, data: Any, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.people.create_user(here.ada, data)
    assert list(wrong.value.fields) == [field]


async def test_a_login_exists_once(here: World) -> None:
    with pytest.raises(Conflict):
        await here.crm.people.create_user(here.ada, {"login": "EVA", "name": "Eva"})


async def test_only_administrators_change_people(here: World) -> None:
    with pytest.raises(Forbidden):
        await here.crm.people.create_user(here.sara, {"login": "x", "name": "X"})
    with pytest.raises(Forbidden):
        await here.crm.people.update_user(here.eva, here.eva.id, {"role": "administrator"})
    with pytest.raises(Forbidden):
        await here.crm.people.update_user(here.eva, here.petr.id, {"language": "cs"})


async def test_everybody_sets_language_and_zone_of_his_own(here: World) -> None:
    changed = await here.crm.people.update_user(
        here.eva, here.eva.id, {"language": "cs", "timezone": "Europe/London"}
    )
    assert (changed.language, changed.timezone) == ("cs", "Europe/London")
    assert (await here.renew("eva")).language == "cs"


async def test_the_last_administrator_stays(here: World) -> None:
    for data in ({"active": False}, {"role": "employee"}, {"password": None}):
        with pytest.raises(Conflict):
            await here.crm.people.update_user(here.ada, here.ada.id, data)  # type: ignore[arg-type]
    assert (await here.crm.people.get_user(here.ada, here.ada.id)).can_sign_in


async def test_a_password_of_somebody_elses_making_is_for_one_use(here: World) -> None:
    async def once() -> bool:
        return (await here.renew("eva")).password_once

    eva, change = here.eva.id, here.crm.people.update_user
    assert not await once()
    await change(here.ada, eva, {"password": "from the administrator"})
    assert await once()
    with pytest.raises(Invalid, match="another than the one-time"):
        await change(here.eva, eva, {"password": "from the administrator"})
    await change(here.eva, eva, {"language": "cs"})
    assert await once()
    await change(here.eva, eva, {"password": "known to me alone"})
    assert not await once()
    await change(None, eva, {"password": "printed by a command"}, once=True)
    assert await once()
    await change(None, eva, {"password": "typed into a command"})
    assert not await once()


async def test_a_new_user_chooses_a_password_if_one_was_given(here: World) -> None:
    given = await here.crm.people.create_user(
        here.ada, {"login": "ota", "name": "Ota", "password": "from the administrator"}
    )
    without = await here.crm.people.create_user(here.ada, {"login": "iva", "name": "Iva"})
    people = here.crm.directory.people
    assert (people[given.id].password_once, people[without.id].password_once) == (True, False)


async def test_departments_are_named_renamed_and_left(here: World) -> None:
    names = {d.name: d for d in await here.crm.people.list_departments(here.eva)}
    assert names["Sales"].members == 3
    with pytest.raises(Conflict):
        await here.crm.people.save_department(here.ada, "Service", names["Sales"].id)
    await here.crm.people.save_department(here.ada, "Shop", names["Sales"].id)
    await here.crm.people.delete_department(here.ada, names["Sales"].id)
    assert (await here.crm.people.get_user(here.ada, here.eva.id)).department is None
    with pytest.raises(NotFound):
        await here.crm.people.delete_department(here.ada, names["Sales"].id)


async def test_presence_is_told_to_all(here: World) -> None:
    await here.crm.people.set_presence(here.eva, Presence.BREAK)
    assert here.crm.directory.people[here.eva.id].presence is Presence.BREAK
    told = [(event.type, event.data) for event in here.published]
    assert [type_ for type_, _ in told] == ["user.presence", "presence.changed"]
    assert (told[0][1]["presence"], told[1][1]["state"]) == ("break", "break")


async def test_who_changed_what_is_written_down(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"password": "a new password"})
    newest = (await here.crm.people.audit_trail(here.ada, "user", here.eva.id))[0]
    assert (newest.user, newest.action) == ("Ada Nová", "changed")
    assert newest.details == {"fields": ["password"]}  # that it changed, and not to what
    with pytest.raises(Forbidden):
        await here.crm.people.audit_trail(here.eva, "user")


async def test_the_audit_is_paged_and_filtered(here: World) -> None:
    people = here.crm.people
    for language in ("cs", "en", "cs"):
        await people.update_user(here.eva, here.eva.id, {"language": language})
    await people.save_department(here.ada, "Shop")
    everything = await people.list_audit(here.ada, AuditFilter())
    mine = await people.list_audit(here.ada, AuditFilter(user=here.eva.id), limit=2)
    assert (mine.total, len(mine.items)) == (3, 2)
    rest = await people.list_audit(
        here.ada, AuditFilter(user=here.eva.id), limit=2, cursor=mine.next
    )
    assert rest.next is None
    assert {one.id for one in (*mine.items, *rest.items)} < {one.id for one in everything.items}
    (department,) = (await people.list_audit(here.ada, AuditFilter(subject="department"))).items[:1]
    assert department.user == "Ada Nová"
    later = here.clock.passes(days=1)
    assert (await people.list_audit(here.ada, AuditFilter(since=later))).total == 0
    with pytest.raises(Invalid):
        await people.list_audit(here.ada, AuditFilter(), cursor="nonsense")
    with pytest.raises(Forbidden):
        await people.list_audit(here.eva, AuditFilter())


async def test_a_mobile_is_set_by_the_administrator_and_seen_by_its_owner(here: World) -> None:
    user = await here.crm.people.update_user(here.ada, here.eva.id, {"mobile": "603 111 222"})
    assert user.mobile == "+420603111222"
    assert here.crm.directory.people[here.eva.id].mobile == "+420603111222"
    assert "+420603111222" in here.crm.directory.not_clients
    with pytest.raises(Forbidden):
        await here.crm.people.update_user(here.eva, here.eva.id, {"mobile": "603 999 999"})
    await here.crm.people.update_user(here.ada, here.eva.id, {"name": "Eva"})
    assert (await here.crm.people.get_user(here.eva, here.eva.id)).mobile == "+420603111222"
    assert (await here.crm.people.get_user(here.petr, here.eva.id)).mobile is None
    assert all(user.mobile is None for user in await here.crm.people.list_users(here.petr))
    gone = await here.crm.people.update_user(here.ada, here.eva.id, {"mobile": None})
    assert gone.mobile is None


async def test_a_mobile_is_read_as_of_the_country_called_from(here: World) -> None:
    await here.crm.lines.save_line(
        here.ada, {"name": "berlin", "number": "+4930123456", "country": "DE"}
    )
    data: Any = {"lines": ["berlin"], "default_line": "berlin", "mobile": "0151 23456789"}
    user = await here.crm.people.update_user(here.ada, here.eva.id, data)
    assert user.mobile == "+4915123456789"


async def test_the_pbx_learns_who_has_a_mobile_and_what_it_hears(here: World) -> None:
    data: Any = {"mobile": "603 111 222", "language": "cs"}
    await here.crm.people.update_user(here.ada, here.eva.id, data)
    phones = {it.number: it for it in (await here.crm.lines.pbx_directory()).extensions}
    assert phones["102"].mobile is None
    mobile = phones["101"].mobile
    assert mobile is not None
    assert mobile.number == "+420603111222"
    assert mobile.prompt.language == "cs"
    assert "stiskněte" in mobile.prompt.text
    await here.crm.people.update_user(here.ada, here.eva.id, {"active": False})
    phones = {it.number: it for it in (await here.crm.lines.pbx_directory()).extensions}
    assert phones["101"].mobile is None
    assert "+420603111222" not in here.crm.directory.not_clients


async def test_all_that_is_wrong_is_told_at_once(here: World) -> None:
    data: Any = {
        "login": "x y",
        "name": "",
        "email": "nobody",
        "lines": ["line9"],
        "default_line": "line8",
        "mobile": "906 123 456",
        "outbound_per_hour": "many",
    }
    with pytest.raises(Invalid) as wrong:
        await here.crm.people.create_user(here.ada, data)
    assert set(wrong.value.fields) == set(data)
    with pytest.raises(Invalid) as wrong:
        await here.crm.people.update_user(
            here.ada, here.eva.id, {"name": "", "lines": [], "default_line": "line1", "mobile": "1"}
        )
    assert set(wrong.value.fields) == {"name", "default_line", "mobile"}
    unchanged = await here.crm.people.get_user(here.ada, here.eva.id)
    assert (unchanged.name, unchanged.mobile) == (here.eva.name, None)
