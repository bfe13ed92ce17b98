from typing import Any

import pytest

from crm.errors import Conflict, Forbidden, Invalid, NotFound
from tests.unit.crm.world import World


async def test_a_new_extension_gets_a_random_password_and_the_pbx_is_told(here: World) -> None:
    made = await here.crm.lines.create_extension(here.ada, {"number": "110"})
    assert made.name == "110"
    assert here.telephony.reloads == 1
    directory = await here.crm.lines.pbx_directory()
    passwords = [e.password for e in directory.extensions]
    assert len(set(passwords)) == len(passwords)
    assert all(len(password) >= 18 for password in passwords)


async def test_the_pbx_is_rendered_from_people_and_lines(here: World) -> None:
    directory = await here.crm.lines.pbx_directory()
    eva = next(e for e in directory.extensions if e.number == "101")
    assert (eva.name, eva.pickup_group) == ("Eva Malá", "all")
    assert (eva.default_line, eva.lines) == ("line1", ("line1", "line2"))
    await here.crm.people.update_user(here.ada, here.eva.id, {"default_line": None})
    directory = await here.crm.lines.pbx_directory()
    eva = next(e for e in directory.extensions if e.number == "101")
    assert eva.default_line == "line1"  # as for what is clicked: one of those allowed
    jana = next(e for e in directory.extensions if e.number == "105")
    assert jana.lines == ()
    line = next(e for e in directory.lines if e.name == "line1")
    assert (line.number, line.ring, line.mode) == ("+420222333444", ("101", "102"), "accept")


async def test_of_a_line_that_is_down_each_hears_in_the_own_language(here: World) -> None:
    async def heard(extension: str) -> str | None:
        directory = await here.crm.lines.pbx_directory()
        entry = next(it for it in directory.extensions if it.number == extension)
        return entry.line_down.language if entry.line_down else None

    assert await heard("101") == "cs"  # as in the line's country
    await here.crm.people.update_user(here.ada, here.eva.id, {"language": "en"})
    assert await heard("101") == "en"
    assert await heard("105") is None  # may use none


async def test_what_is_changed_of_lines_reaches_the_pbx_once(here: World) -> None:
    await here.crm.lines.create_extension(here.ada, {"number": "109"})
    await here.crm.lines.settle()
    assert here.telephony.reloads == 1


async def test_a_pbx_that_is_not_reloaded_is_tried_again(here: World) -> None:
    here.telephony.refuses = "not connected"
    await here.crm.lines.create_extension(here.ada, {"number": "109"})
    here.telephony.refuses = None
    await here.crm.lines.settle()
    await here.crm.lines.settle()
    assert here.telephony.reloads == 2


async def test_what_is_changed_while_the_pbx_starts_reaches_it(here: World) -> None:
    before = await here.crm.lines.pbx_directory()
    await here.crm.lines.create_extension(here.ada, {"number": "109"})
    here.crm.lines.given(before)
    await here.crm.lines.settle()
    await here.crm.lines.settle()
    assert here.telephony.reloads == 2


async def test_what_was_changed_of_people_reaches_the_pbx_once(here: World) -> None:
    await here.crm.lines.settle()
    assert here.telephony.reloads == 0
    await here.crm.people.update_user(here.ada, here.eva.id, {"mobile": "+420603111222"})
    await here.crm.lines.settle()
    await here.crm.lines.settle()
    assert here.telephony.reloads == 1


async def test_who_is_no_longer_active_calls_out_on_no_line(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"active": False})
    directory = await here.crm.lines.pbx_directory()
    assert next(e for e in directory.extensions if e.number == "101").lines == ()


async def test_the_pbx_knows_whom_each_may_call(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"countries": ["CZ", "CU"]})
    directory = await here.crm.lines.pbx_directory()
    allowed = {entry.number: entry.countries for entry in directory.extensions}
    assert allowed["101"] == {"CZ", "CU"}
    assert "CU" not in allowed["102"]
    assert {"CZ", "DE"} <= allowed["102"]


async def test_a_change_is_kept_when_the_pbx_cannot_be_told(here: World) -> None:
    here.telephony.refuses = "not connected"
    made = await here.crm.lines.create_extension(here.ada, {"number": "110", "name": "Hall"})
    assert await here.crm.lines.get_extension(here.eva, "110") == made


@pytest.mark.parametrize("number", ["", "1", "40", "0101", "10a", "1234567", "*11", "10\n1"])
async def test_what_cannot_be_an_extension(here: World, number: str) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.lines.create_extension(here.ada, {"number": number})
    assert list(wrong.value.fields) == ["number"]


async def test_a_password_is_seen_by_its_owner_and_that_is_written_down(here: World) -> None:
    assert await here.crm.lines.extension_password(here.eva, "101")
    with pytest.raises(Forbidden):
        await here.crm.lines.extension_password(here.petr, "101")
    extension = await here.crm.lines.get_extension(here.ada, "101")
    trail = await here.crm.people.audit_trail(here.ada, "extension", extension.id)
    assert [entry.action for entry in trail] == ["saw_password", "created"]


async def test_an_extension_changes_its_owner_and_goes(here: World) -> None:
    before = await here.crm.lines.extension_password(here.ada, "101")
    await here.crm.lines.update_extension(
        here.ada, "101", {"number": "111", "user_id": here.petr.id}, new_password=True
    )
    assert await here.crm.lines.extension_password(here.ada, "111") != before
    assert (await here.renew("petr")).extensions == ("102", "111")
    with pytest.raises(Conflict):
        await here.crm.lines.update_extension(here.ada, "111", {"number": "102"})
    await here.crm.lines.delete_extension(here.ada, "111")
    with pytest.raises(NotFound):
        await here.crm.lines.get_extension(here.ada, "111")
    assert (await here.crm.lines.get_line(here.ada, "line1")).ring == ("102",)


LINE: Any = {"name": "berlin", "number": "030 1234567", "country": "de", "label": "B"}


async def test_a_line_is_entered_as_people_write_it(here: World) -> None:
    line = await here.crm.lines.save_line(here.ada, LINE | {"ring": ["102", "101"]})
    assert (line.number, line.country, line.ring) == ("+49301234567", "DE", ("102", "101"))
    changed = await here.crm.lines.save_line(here.ada, {"ring_seconds": 40}, "berlin")
    assert (changed.ring_seconds, changed.ring) == (40, ("102", "101"))
    assert "+49301234567" in here.crm.directory.own_numbers


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Line 1"}, "name"),
        ({"name": "1st"}, "name"),
        ({"country": "XX"}, "country"),
        ({"number": "112"}, "number"),
        ({"mode": "magic"}, "mode"),
        ({"host": "sip.example.com/evil"}, "host"),
        ({"host": "a\nb"}, "host"),
        ({"sip_password": "x\ny"}, "sip_password"),
        ({"sip_password": "a;b"}, "sip_password"),
        ({"sip_user": "[general]"}, "sip_user"),
        ({"ring": ["999"]}, "ring"),
        ({"ring_seconds": 1}, "ring_seconds"),
        ({"record": "yes"}, "record"),
        ({"announcement": "x" * 501}, "announcement"),
        ({"announcement_language": "../"}, "announcement_language"),
    ],
)
async def test_nothing_that_could_break_the_pbx_is_taken(
    here: World, change: Any, field: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.lines.save_line(here.ada, LINE | change)
    assert field in wrong.value.fields
    assert "berlin" not in here.crm.directory.lines


async def test_two_lines_never_share_a_number(here: World) -> None:
    with pytest.raises(Conflict):
        await here.crm.lines.save_line(here.ada, LINE | {"number": "+420 222 333 444"})


async def test_a_line_goes_and_its_people_lose_it(here: World) -> None:
    await here.crm.lines.delete_line(here.ada, "line1")
    eva = await here.crm.people.get_user(here.ada, here.eva.id)
    assert (eva.lines, eva.default_line) == (("line2",), None)
    with pytest.raises(Forbidden):
        await here.crm.lines.delete_line(here.eva, "line2")


async def test_a_default_line_is_one_of_the_employees(here: World) -> None:
    eva = await here.crm.people.get_user(here.ada, here.eva.id)
    with pytest.raises(Invalid) as wrong:
        await here.crm.people.update_user(
            here.ada, eva.id, {"lines": ["line2"], "default_line": "line1"}
        )
    assert list(wrong.value.fields) == ["default_line"]
    assert (await here.crm.people.get_user(here.ada, eva.id)) == eva


async def test_a_line_that_is_taken_away_is_no_default_any_more(here: World) -> None:
    eva = await here.crm.people.update_user(here.ada, here.eva.id, {"lines": ["line2"]})
    assert (eva.lines, eva.default_line) == (("line2",), None)
