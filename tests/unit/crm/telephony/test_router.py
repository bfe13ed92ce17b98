import pytest

from crm.people.models import Presence
from pbx_bridge.ports import RouteAnswer, RouteQuery
from tests.unit.crm.world import World


async def asked(
    here: World, number: str | None = "777123456", name: str | None = None, line: str = "line1"
) -> RouteAnswer | None:
    return await here.crm.router.route(RouteQuery("main-1", line, "+420222333444", number, name))


async def test_the_lines_group_rings_and_sees_the_clients_name(here: World) -> None:
    await here.card("Jan Hus", "777 123 456")
    assert await asked(here) == RouteAnswer(("101", "102"), 25, "Jan Hus")
    assert await asked(here, line="line2") == RouteAnswer(("105",), 25, "Jan Hus")


async def test_of_several_cards_the_one_with_open_work_names_the_caller(here: World) -> None:
    await here.card("Jan Hus", "777 123 456")
    await here.card("Open lead", "777 123 456", type_="lead")
    here.clock.passes(minutes=1)
    await here.card("Newer contact", "777 123 456")
    answer = await asked(here)
    assert answer is not None
    assert answer.display == "Open lead"


@pytest.mark.parametrize(
    ("number", "name", "display"),
    [
        ("608111222", "SPAM", "608 111 222"),
        ("+4930123456", None, "+49 30 123456"),
        (None, "Anonymous", "Anonymous"),
        (None, None, "Main"),
        ("102", None, "102"),
        (None, 'x"<sip:evil@x>\r\nVia: y', "x  sip:evil@x   Via: y"),
        (None, "🙂" * 300, "🙂" * 40),
    ],
)
async def test_an_unknown_caller_is_shown_by_number(
    here: World, number: str | None, name: str | None, display: str
) -> None:
    answer = await asked(here, number, name)
    assert answer is not None
    assert answer.display == display


async def test_nobody_is_rung_who_is_away_unless_nobody_is_left(here: World) -> None:
    await here.crm.people.set_presence(here.eva, Presence.AWAY)
    answer = await asked(here)
    assert answer is not None
    assert answer.ring == ("102",)
    await here.crm.people.set_presence(here.petr, Presence.BREAK)
    answer = await asked(here)
    assert answer is not None
    assert answer.ring == ("101", "102")


async def test_an_unknown_line_is_left_to_the_dialplan(here: World) -> None:
    assert await asked(here, line="line9") is None
    await here.crm.lines.save_line(here.ada, {"ring": []}, "line2")
    assert await asked(here, line="line2") is None
