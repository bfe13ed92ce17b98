from typing import Any

import pytest

from crm.people.models import Presence
from pbx_bridge.calls.events import Outcome, Party, Side, TransferKind
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery
from pbx_bridge.watching.lines import Health, LineState
from tests.unit.crm.telephony.company import Story
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


async def calls_out(
    here: World, number: str = "+420608111222", extension: str = "101", call: str = "main-9"
) -> Refusal | None:
    return await here.crm.router.may_call(OutboundQuery(call, extension, "line1", number))


async def test_from_a_desk_phone_one_may_call_where_one_may_click(here: World) -> None:
    assert await calls_out(here) is None
    assert await calls_out(here, "+33140506070") is None
    assert await calls_out(here, "+5351234567") is Refusal.COUNTRY
    assert await calls_out(here, "+881612345678") is Refusal.COUNTRY
    await here.crm.people.update_user(here.ada, here.eva.id, {"countries": ["CU"]})
    assert await calls_out(here, "+5351234567") is None
    assert await calls_out(here) is Refusal.COUNTRY
    assert await calls_out(here, extension="102") is None


async def test_the_companys_own_country_is_always_near(here: World) -> None:
    assert await calls_out(here, "+12125552368") is Refusal.COUNTRY
    line: Any = {"name": "ny", "number": "+12125550100", "country": "US"}
    await here.crm.lines.save_line(here.ada, line)
    assert await calls_out(here, "+12125552368") is None
    assert await calls_out(here, "+18765552368") is Refusal.COUNTRY  # Jamaica


async def test_the_hour_counts_what_was_dialled_and_clicked_and_sent_out(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"outbound_per_hour": 3})
    await here.happens(Story("main-1", here.clock.now).outbound("+420777000001"))
    await here.crm.phone.place(here.eva, "777000002")
    assert await calls_out(here) is None
    client = Story("main-2", here.clock.now)
    outside = Party(number="+420777000003", line="line1")
    await here.happens(
        client.inbound(), client.transfers(Party(extension="101"), outside, TransferKind.BLIND)
    )
    assert await calls_out(here) is Refusal.HOUR
    assert await calls_out(here, call="main-2") is None  # that one asks now
    assert await calls_out(here, extension="102") is None
    here.clock.passes(hours=1, seconds=1)
    assert await calls_out(here) is None


async def test_what_was_refused_does_not_count(here: World) -> None:
    """Or who tries again and again is never let through."""
    await here.crm.people.update_user(here.ada, here.eva.id, {"outbound_per_hour": 1})
    tried = Story("main-1", here.clock.now)
    await here.happens(tried.outbound("+420777000001"), tried.refused("+420777000001", "hour"))
    assert await calls_out(here) is None
    await here.happens(Story("main-2", here.clock.now).outbound("+420777000001"))
    assert await calls_out(here) is Refusal.HOUR


async def test_a_refused_call_is_on_record_and_in_the_audit(here: World) -> None:
    tried = Story("main-1", here.clock.now)
    call_id = await here.happens(
        tried.outbound("+5351234567"),
        tried.refused("+5351234567", "country"),
        tried.ends(6, Outcome.FAILED, Side.PBX),
    )
    call = await here.crm.calls.get_call(here.eva, call_id)
    assert (call.state, call.outcome, call.number) == ("ended", "failed", "+5351234567")
    assert call.cards == ()  # nobody was called, so there is no lead
    (entry,) = await here.crm.people.audit_trail(here.ada, "call", call_id)
    assert (entry.user, entry.action) == ("Eva Malá", "call_refused")
    assert entry.details == {"extension": "101", "number": "+5351234567", "reason": "country"}
    # Told again, as after a restart, it is written down once.
    await here.crm.journal.append([tried.refused("+5351234567", "country")])
    assert len(await here.crm.people.audit_trail(here.ada, "call", call_id)) == 1


async def test_a_line_is_down_where_its_provider_refuses_the_account(here: World) -> None:
    assert not here.crm.router.is_down("line1")
    here.crm.line_states.are({"line1": LineState("line1", Health.REJECTED)})
    assert here.crm.router.is_down("line1")
    assert not here.crm.router.is_down("line2")
