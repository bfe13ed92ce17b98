"""Calls through the API: lists, one call, its story, placing and steering, missed calls."""

from dataclasses import asdict
from typing import Any

import pytest
from pydantic import TypeAdapter

from crm.telephony.call_json import call_json
from tests.database.houses import house as house
from tests.unit.web.house import House
from tests.unit.web.stories import Inbound
from web.api import shapes


async def test_an_answered_call_reads_as_the_contract_says(house: House) -> None:
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    recording = await story.is_recorded()
    call = await house.ask("GET", f"/calls/{(await story.view()).id}", "eva")
    assert call["direction"] == "inbound"
    assert call["state"] == "ended"
    assert call["outcome"] == "answered"
    assert call["number"] == "+420777123456"
    assert call["line"] == "line1"
    assert call["started_at"] == "2026-11-23T09:00:01Z"
    assert call["wait_seconds"] == 1.0
    assert call["talk_seconds"] == 1.0
    assert call["answered_by"] == "101"
    assert call["ended_by_side"] == "client"
    assert [party["extension"] for party in call["parties"]] == [None, "101"]
    assert call["transfers"] == []
    [card] = call["cards"]
    assert (card["type"], card["attached"]) == ("lead", True)
    [heard] = call["recordings"]
    assert heard["id"] == recording
    assert heard["url"] == f"/api/v1/recordings/{recording}/audio"
    assert (heard["seconds"], heard["channels"]) == (12.5, 2)


async def test_the_described_shape_is_what_calls_look_like(house: House) -> None:
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    await story.is_recorded()
    ringing = await Inbound(house, key="main-2.1", number="+420777000111").rings()
    described = TypeAdapter(shapes.Call)
    for call in (await story.view(), await ringing.view()):
        body = call_json(call)
        parsed = described.validate_python(body)
        assert set(asdict(parsed)) == set(body)
        assert {k for p in body["parties"] for k in p} <= set(shapes.CallParty.__match_args__)
        assert described.dump_python(parsed, mode="json") == body


FILTERS = {
    "": 3,
    "state=ringing": 1,
    "state=live": 1,
    "direction=inbound": 3,
    "direction=outbound": 0,
    "outcome=missed": 1,
    "number=777 123 456": 1,
    "number=00420777123456": 1,
    "line=line1": 3,
    "line=other": 0,
    "employee=101": 1,
    "extension=101": 1,
    "since=2026-11-23T09:00:00Z": 3,
    "since=2026-11-23T10:00:00%2B01:00": 3,
    "since=2026-11-23T10:00:00 01:00": 3,  # a plus that was not encoded
    "since=2026-11-23T09:30:00Z": 0,
    "until=2026-11-23T09:00:00Z": 0,
    "recorded=true": 1,
    "q=777123": 1,
}


async def test_filters_of_the_call_list(house: House) -> None:
    first = await (await (await Inbound(house).rings()).is_answered()).ends()
    await first.is_recorded()
    await (await Inbound(house, "+420777000222", key="main-2.1").rings()).is_missed()
    await Inbound(house, None, key="main-3.1").rings()
    for query, found in FILTERS.items():
        page = await house.ask("GET", f"/calls?{query}")
        assert (len(page["items"]), page["total"], page["next"]) == (found, found, None), query


async def test_an_employees_calls_by_his_users_id(house: House) -> None:
    await (await (await Inbound(house).rings()).is_answered()).ends()
    eva, petr = house.actors["eva"].id, house.actors["petr"].id
    assert (await house.ask("GET", f"/calls?employee={eva}"))["total"] == 1
    assert (await house.ask("GET", f"/calls?employee={petr}"))["total"] == 0


async def test_pages_follow_the_cursor_to_the_end(house: House) -> None:
    for number in range(5):
        await Inbound(house, f"+42077700000{number}", key=f"main-{number}.1").rings()
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(3):
        place = f"&cursor={cursor}" if cursor else ""
        page = await house.ask("GET", f"/calls?limit=2{place}")
        assert page["total"] == 5
        seen += [call["id"] for call in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert len(set(seen)) == 5


async def test_the_story_is_the_journal(house: House) -> None:
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    page = await house.ask("GET", f"/calls/{(await story.view()).id}/story")
    types = [item["type"] for item in page["items"]]
    assert types[0] == "call.started"
    assert types[-1] == "call.ended"
    assert "call.answered" in types
    assert page["total"] == len(types)


async def test_a_call_of_others_is_not_shown(house: House) -> None:
    """Petr is of no department, and had nothing to do with it."""
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    call = (await story.view()).id
    for suffix in ("", "/story", "/notes"):
        problem = await house.ask("GET", f"/calls/{call}{suffix}", "petr", 403)
        assert problem["code"] == "forbidden"
    assert (await house.ask("GET", "/calls", "petr"))["total"] == 0
    await house.ask("POST", f"/calls/{call}/notes", "petr", 403, json={"text": "mine"})


async def test_click_to_call_answers_202_with_the_calls_id(house: House) -> None:
    body = {"from": "101", "to": "777 123 456", "line": None}
    answer = await house.ask("POST", "/calls", "eva", 202, json=body)
    assert house.telephony.done[-1] == (
        "place",
        "main-paper.1",
        "101",
        "+420777123456",
        "line1",
    )
    call = await house.ask("GET", f"/calls/{answer['id']}", "eva")
    assert (call["direction"], call["state"], call["extension"]) == ("outbound", "ringing", "101")


async def test_a_call_is_placed_on_the_mobile_of_whose_phone_it_is(house: House) -> None:
    body = {"from": "101", "to": "777 123 456", "device": "mobile"}
    problem = await house.ask("POST", "/calls", "eva", 422, json=body)
    assert problem["errors"] == {
        "device": "this employee has no mobile number; an administrator sets it"
    }
    me = (await house.ask("GET", "/me", "eva"))["id"]
    mobile = {"mobile": "603 111 222"}
    await house.ask("PATCH", f"/users/{me}", "eva", 403, json=mobile)
    user = await house.ask("PATCH", f"/users/{me}", "admin", json=mobile)
    assert user["mobile"] == "+420603111222"
    await house.ask("POST", "/calls", "petr", 403, json=body)
    await house.ask("POST", "/calls", "eva", 202, json=body)
    (placed,) = [done for done in house.telephony.done if done[0] == "place"]
    assert placed[2:] == ("101", "+420777123456", "line1", "mobile")


async def test_a_call_is_taken_to_the_mobile_of_who_has_one(house: House) -> None:
    call = (await (await Inbound(house).rings()).view()).id
    body = {"device": "mobile"}
    problem = await house.ask("POST", f"/calls/{call}/pickup", "sup", 422, json=body)
    assert list(problem["errors"]) == ["device"]
    me = (await house.ask("GET", "/me", "sup"))["id"]
    await house.ask("PATCH", f"/users/{me}", "admin", json={"mobile": "603 111 222"})
    await house.ask("POST", f"/calls/{call}/pickup", "sup", 204, json=body)
    (taken,) = [done for done in house.telephony.done if done[0] == "pick_up"]
    assert taken[2:] == ("103", "mobile")


async def test_placing_from_somebody_elses_phone_is_refused(house: House) -> None:
    body = {"from": "102", "to": "+420777123456"}
    await house.ask("POST", "/calls", "eva", 403, json=body)
    assert ("place" in {done[0] for done in house.telephony.done}) is False


async def test_a_telephone_that_is_away_is_a_503_problem(house: House) -> None:
    house.telephony.refuse = "The PBX is not connected"
    body = {"from": "101", "to": "+420777123456"}
    problem = await house.ask("POST", "/calls", "eva", 503, json=body)
    assert problem["code"] == "telephone_unavailable"
    assert problem["detail"] == "The PBX is not connected"
    assert (await house.ask("GET", "/calls", "eva"))["items"][0]["outcome"] == "failed"


async def test_hang_up_and_transfer_reach_the_telephone(house: House) -> None:
    story = await (await Inbound(house).rings()).is_answered()
    call = (await story.view()).id
    await house.ask("POST", f"/calls/{call}/transfer", "eva", 204, json={"to": "102"})
    await house.ask("POST", f"/calls/{call}/hangup", "eva", 204)
    assert house.telephony.done[-2:] == [
        ("blind_transfer", "main-1.1", "101", "102"),
        ("hang_up", "main-1.1"),
    ]


async def test_pickup_takes_what_rings(house: House) -> None:
    story = await Inbound(house).rings()
    await house.ask("POST", f"/calls/{(await story.view()).id}/pickup", "sup", 204)
    assert house.telephony.done[-1] == ("pick_up", "main-1.1", "103")


async def test_a_call_that_is_over_cannot_be_steered(house: House) -> None:
    story = await (await Inbound(house).rings()).is_missed()
    problem = await house.ask("POST", f"/calls/{(await story.view()).id}/hangup", "eva", 409)
    assert problem["code"] == "conflict"


STEERED = [
    ("hold", {}, ("hold", "main-1.1", "101")),
    ("resume", {"extension": "101"}, ("resume", "main-1.1", "101")),
    ("transfer", {"to": "103", "announce": True}, ("consult", "main-1.1", "101", "103")),
    ("transfer", {"step": "complete"}, ("complete_consult", "main-1.1", "101")),
    ("transfer", {"step": "cancel"}, ("cancel_consult", "main-1.1", "101")),
    ("transfer", {"step": "swap"}, ("swap_consult", "main-1.1", "101")),
    ("transfer", {"step": "join"}, ("join_consult", "main-1.1", "101")),
    ("conference", {"to": "102"}, ("invite", "main-1.1", "101", "102", "", "")),
    (
        "conference",
        {"to": "608 111 222"},
        ("invite", "main-1.1", "101", "+420608111222", "line1", "+420222000001"),
    ),
    ("conference", {"action": "mute", "who": "101"}, ("mute", "main-1.1", "101")),
    ("conference", {"action": "unmute", "who": "101"}, ("unmute", "main-1.1", "101")),
    (
        "conference",
        {"action": "drop", "who": "+420777123456"},
        ("drop", "main-1.1", "+420777123456"),
    ),
    ("conference", {"action": "leave"}, ("drop", "main-1.1", "101")),
    ("record", {"action": "start"}, ("start_recording", "main-1.1")),
    ("record", {"action": "pause"}, ("pause_recording", "main-1.1")),
    ("record", {"action": "resume"}, ("resume_recording", "main-1.1")),
    ("record", {"action": "stop"}, ("stop_recording", "main-1.1")),
]


@pytest.mark.parametrize(("verb", "body", "asked"), STEERED)
async def test_a_call_is_steered_by_who_may(
    house: House, verb: str, body: dict[str, Any], asked: tuple[str, ...]
) -> None:
    story = await (await Inbound(house).rings()).is_answered()
    path = f"/calls/{(await story.view()).id}/{verb}"
    await house.ask("POST", path, "petr", 403, json=body)
    assert house.telephony.done == []
    await house.ask("POST", path, "eva", 204, json=body)
    assert house.telephony.done == [asked]
    await house.ask("POST", f"/calls/9999/{verb}", "eva", 404, json=body)


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("transfer", {}, "to"),
        ("transfer", {"to": "101"}, "to"),
        ("transfer", {"to": "+420 777 123 456"}, "to"),
        ("transfer", {"to": "nobody", "announce": True}, "to"),
        ("transfer", {"step": "explode"}, "step"),
        ("transfer", {"to": "608111222", "line": "line9\r\nX: 1"}, "line"),
        ("conference", {"to": "608111222", "line": "line9"}, "line"),
        ("conference", {"action": "drop", "who": "+420999"}, "who"),
        ("conference", {"action": "mute"}, "who"),
        ("hold", {"extension": "105"}, "extension"),
        ("record", {}, "action"),
    ],
)
async def test_what_cannot_be_done_with_a_call_is_said_at_its_field(
    house: House, verb: str, body: dict[str, Any], field: str
) -> None:
    story = await (await Inbound(house).rings()).is_answered()
    path = f"/calls/{(await story.view()).id}/{verb}"
    problem = await house.ask("POST", path, "eva", 422, json=body)
    assert list(problem["errors"]) == [field]
    assert house.telephony.done == []


async def test_a_dear_country_is_not_reached_by_way_of_a_call(house: House) -> None:
    story = await (await Inbound(house).rings()).is_answered()
    call = (await story.view()).id
    for verb, body in (
        ("transfer", {"to": "+53 5 1234567"}),
        ("transfer", {"to": "+53 5 1234567", "announce": True}),
        ("conference", {"to": "+53 5 1234567"}),
    ):
        problem = await house.ask("POST", f"/calls/{call}/{verb}", "eva", 403, json=body)
        assert problem["code"] == "limit_reached"
    assert house.telephony.done == []


async def test_what_is_done_with_anothers_call_is_in_the_audit(house: House) -> None:
    story = await (await Inbound(house).rings()).is_answered()
    call = (await story.view()).id
    await house.ask("POST", f"/calls/{call}/hold", "eva", 204)
    await house.ask("POST", f"/calls/{call}/record", "sup", 204, json={"action": "pause"})
    trail = await house.crm.people.audit_trail(house.actors["admin"], limit=50)
    told = [(it.user, it.action) for it in trail if it.subject == "call"]
    assert told == [("Sam Supervisor", "recording: pause")]


async def test_missed_calls_are_listed_and_cleared(house: House) -> None:
    story = await (await Inbound(house).rings()).is_missed()
    page = await house.ask("GET", "/missed", "eva")
    [missed] = page["items"]
    assert missed["call"]["number"] == "+420777123456"
    assert missed["tries"] == 1
    call = (await story.view()).id
    await house.ask("POST", f"/missed/{call}/clear", "petr", 403)
    await house.ask("POST", f"/missed/{call}/clear", "eva", 204)
    assert (await house.ask("GET", "/missed", "eva"))["total"] == 0
    [cleared] = (await house.ask("GET", "/missed?cleared=true", "eva"))["items"]
    assert cleared["cleared_by"]["name"] == "Eva Malá"


async def test_a_call_moves_to_another_card_with_its_notes(house: House) -> None:
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    call = (await story.view()).id
    await house.ask("POST", f"/calls/{call}/notes", "eva", 201, json={"text": "wants an offer"})
    contact = await house.ask("POST", "/contacts", "eva", 201, json={"name": "Jan Dvořák"})
    moved = await house.ask("PUT", f"/calls/{call}/card", "eva", json={"card_id": contact["id"]})
    attached = [card["name"] for card in moved["cards"] if card["attached"]]
    assert attached == ["Jan Dvořák"]
    line = await house.ask("GET", f"/contacts/{contact['id']}/timeline", "eva")
    with_call = [entry for entry in line["items"] if entry["call"]]
    assert with_call[0]["notes"][0]["text"] == "wants an offer"


async def test_the_board_shows_who_rings_and_who_talks(house: House) -> None:
    await (await Inbound(house).rings()).is_answered()
    await Inbound(house, "+420777000222", key="main-2.1", extension="102").rings()
    board: dict[str, Any] = await house.ask("GET", "/board", "sup")
    assert [call["number"] for call in board["talking"]] == ["+420777123456"]
    assert [call["number"] for call in board["waiting"]] == ["+420777000222"]
    states = {person["name"]: person["state"] for person in board["people"]}
    assert states["Eva Malá"] == "talking"
    assert states["Petr Novák"] == "ringing"
