from dataclasses import replace
from datetime import timedelta

import pytest

from crm.columns import from_micros
from crm.errors import Forbidden, Invalid, NotFound
from crm.people.models import Presence
from crm.telephony.call_json import call_json
from crm.telephony.views import CallFilter, RecordingView
from pbx_bridge.calls.events import Outcome, Party
from tests.unit.crm.telephony.company import NOON, Story
from tests.unit.crm.world import World, statements


def story(key: str, minutes: float = 0) -> Story:
    return Story(key, NOON + timedelta(minutes=minutes))


async def three_calls(here: World) -> None:
    """Answered by Petr; missed by sales; one that Jana missed on the service line."""
    await here.happens(*story("main-1").answered_inbound("777000001"))
    await here.happens(*story("main-2", 1).missed_inbound("777000002"))
    service = story("main-3", 2)
    jana = Party(extension="105")
    await here.happens(
        service.inbound("777000003", line="line2"),
        service.rings(jana, 1),
        service.stops(jana, 20, "no_answer"),
        service.ends(20, Outcome.MISSED),
    )


async def keys(here: World, actor: str = "ada", **wanted: object) -> list[str]:
    page = await here.crm.calls.list_calls(
        here.actors[actor],
        CallFilter(**wanted),  # type: ignore[arg-type]
    )
    assert page.total == len(page.items)
    return [call.key.removeprefix("main-") for call in page.items]


async def test_calls_are_found_by_what_is_known_of_them(here: World) -> None:
    await three_calls(here)
    await here.card("Jan Žižka", "777000002")
    assert await keys(here) == ["3", "2", "1"]
    assert await keys(here, order="started") == ["1", "2", "3"]
    assert await keys(here, outcome="missed") == ["3", "2"]
    assert await keys(here, direction="outbound") == []
    assert await keys(here, state="ended", line="line2") == ["3"]
    assert await keys(here, number="777 000 001") == ["1"]
    assert await keys(here, since=NOON + timedelta(seconds=90)) == ["3"]
    assert await keys(here, until=NOON + timedelta(seconds=90)) == ["2", "1"]
    assert await keys(here, employee=here.petr.id) == ["1"]
    assert await keys(here, extension="102") == ["1"]
    assert await keys(here, q="777000003") == ["3"]
    assert await keys(here, q="+420 777 000") == ["3", "2", "1"]
    assert await keys(here, q="777 000 00") == ["3", "2", "1"]
    assert await keys(here, q="nobody") == []
    assert await keys(here, recorded=True) == []


async def test_a_call_is_found_by_its_clients_name(here: World) -> None:
    card = await here.card("Jan Žižka", "777000002")
    await three_calls(here)
    assert await keys(here, q="zizka") == ["2"]
    assert await keys(here, card=card.id) == ["2"]


@pytest.mark.parametrize(
    "wanted",
    [CallFilter(state="sleeping"), CallFilter(direction="up"), CallFilter(outcome="win"),
     CallFilter(order="number")],
)  # fmt: skip
async def test_values_that_no_call_has_are_refused(here: World, wanted: CallFilter) -> None:
    with pytest.raises(Invalid):
        await here.crm.calls.list_calls(here.ada, wanted)


async def test_each_sees_his_own_departments_calls(here: World) -> None:
    await three_calls(here)
    assert await keys(here, "eva") == ["2", "1"]
    assert await keys(here, "jana") == ["3"]
    assert await keys(here, "sara") == ["3", "2", "1"]
    (foreign,) = (await here.crm.calls.list_calls(here.jana)).items
    with pytest.raises(Forbidden):
        await here.crm.calls.get_call(here.eva, foreign.id)
    with pytest.raises(Forbidden):
        await here.crm.calls.story(here.eva, foreign.id)
    with pytest.raises(NotFound):
        await here.crm.calls.get_call(here.ada, 999)


async def test_lists_and_events_agree_on_who_may_see_a_call(here: World) -> None:
    await three_calls(here)
    everything = (await here.crm.calls.list_calls(here.ada)).items
    for login in ("eva", "petr", "jana", "sara"):
        listed = {c.id for c in (await here.crm.calls.list_calls(here.actors[login])).items}
        got = set()
        for call in everything:
            try:
                got.add((await here.crm.calls.get_call(here.actors[login], call.id)).id)
            except Forbidden:
                continue
        assert listed == got


async def test_every_call_is_on_exactly_one_page(here: World) -> None:
    for i in range(7):  # two by two at the same moment
        await here.happens(*story(f"main-{i}", i // 2).missed_inbound(f"77700000{i}"))
    seen: list[int] = []
    cursor = None
    while True:
        page = await here.crm.calls.list_calls(here.eva, limit=3, cursor=cursor)
        assert page.total == 7
        seen += [call.id for call in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    with pytest.raises(Invalid):
        await here.crm.calls.list_calls(here.eva, cursor="WzFd")


async def test_a_page_of_calls_costs_the_same_queries_for_any_number(here: World) -> None:
    counts = []
    for start, size in ((0, 2), (10, 9)):
        for i in range(start, start + size):
            await here.happens(*story(f"main-{i}", i).answered_inbound(f"7770000{i:02}"))
        with statements(here.crm.db) as seen:
            page = await here.crm.calls.list_calls(here.eva)
        assert len(page.items) >= size
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9


async def test_the_story_of_a_call_names_its_people(here: World) -> None:
    call_id = await here.happens(*story("main-1").answered_inbound())
    told = await here.crm.calls.story(here.eva, call_id)
    types = [item.type for item in told]
    assert types[0] == "call.started"
    assert types[-1] == "call.ended"
    assert "call.answered" in types
    ringing = next(item for item in told if item.type == "call.ringing")
    assert ringing.names == {"101": "Eva Malá"}


async def test_the_story_of_a_consultation_is_in_the_call_that_it_was_part_of(here: World) -> None:
    await here.happens(*story("main-2").missed_inbound("777000002"))
    one = story("main-1")
    call_id = await here.happens(*one.answered_inbound(), one.merges("main-2", 20))
    assert len(await here.crm.calls.story(here.ada, call_id)) > len(one.answered_inbound()) + 1
    assert await keys(here) == ["1"]
    merged = next(i for i in (1, 2) if i != call_id)
    assert (await here.crm.calls.get_call(here.ada, merged)).id == call_id


async def test_the_board_shows_who_waits_who_talks_and_who_is_free(here: World) -> None:
    talk = story("main-1").answered_inbound("777000001")
    await here.happens(*(e for e in talk if e.type != "call.ended"))
    waits = story("main-2")
    await here.happens(waits.inbound("777000002"), waits.rings(Party(extension="101"), 1))
    await here.crm.people.set_presence(here.jana, Presence.BREAK)
    board = await here.crm.calls.board(here.sara)
    assert [call.key for call in board.waiting] == ["main-2"]
    assert [ringing.person.name for ringing in board.waiting[0].ringing] == ["Eva Malá"]
    assert [call.key for call in board.talking] == ["main-1"]
    states = {person.name: person.state for person in board.people}
    assert states == {"Eva Malá": "ringing", "Petr Novák": "talking", "Jana Bílá": "break"}


async def test_whose_telephones_ring_together_is_named_once(here: World) -> None:
    waits = story("main-1")
    desk = waits.rings(Party(extension="101"), 1)
    browser = replace(waits.rings(Party(extension="101"), 2), key="ringing:in the browser")
    await here.happens(waits.inbound("777000001"), desk, browser)
    (call,) = (await here.crm.calls.board(here.sara)).waiting
    (rings,) = call.ringing
    assert (rings.person.name, rings.since) == ("Eva Malá", from_micros(desk.at))


async def test_a_board_hides_what_is_not_ones_own_and_still_tells_who_is_busy(
    here: World,
) -> None:
    waits = story("main-1")
    await here.happens(waits.inbound("777000001"), waits.rings(Party(extension="101"), 1))
    board = await here.crm.calls.board(here.jana)
    assert board.waiting == ()
    eva = next(person for person in board.people if person.name == "Eva Malá")
    assert (eva.state, eva.call_id) == ("ringing", None)


async def test_my_calls_are_those_at_my_phone(here: World) -> None:
    waits = story("main-1")
    await here.happens(waits.inbound(), waits.rings(Party(extension="101"), 1))
    assert [call.key for call in await here.crm.calls.my_calls(here.eva)] == ["main-1"]
    assert await here.crm.calls.my_calls(here.petr) == ()


async def test_a_call_is_moved_to_another_card_with_its_notes(here: World) -> None:
    wrong = await here.card("Wrong", "777123456")
    right = await here.card("Right")
    call_id = await here.happens(*story("main-1").answered_inbound())
    await here.crm.notes.add(here.petr, "Wants a quote", call_id=call_id)
    moved = await here.crm.calls.move(here.petr, call_id, right.id)
    assert [(i.card.id, i.attached) for i in moved.cards] == [(right.id, True), (wrong.id, False)]
    (item, _created) = (await here.crm.timeline.timeline(here.petr, right.id)).items
    assert [note.text for note in item.notes] == ["Wants a quote"]
    with pytest.raises(NotFound):
        await here.crm.calls.move(here.petr, call_id, 999)
    with pytest.raises(Forbidden):
        await here.crm.calls.move(here.jana, call_id, wrong.id)


async def test_a_withheld_number_is_shown_to_nobody(here: World) -> None:
    call_id = await here.happens(*story("main-1").missed_inbound(None, withheld=True))
    call = await here.crm.calls.get_call(here.ada, call_id)
    assert call.number is None
    assert call_json(call)["number"] is None


@pytest.mark.parametrize(
    ("answered", "state", "condition", "shown"),
    [
        (True, "recording", None, True),
        (True, "pending", None, True),
        (True, "stored", "whole", True),
        (True, "stored", "empty", True),  # it should have been there, and is not
        (True, "deleted", "whole", True),
        (False, "recording", None, False),
        (False, "pending", None, False),
        (False, "stored", "empty", False),
        (False, "stored", "whole", True),  # a message
        (False, "deleted", "whole", True),
        (False, "deleted", "empty", False),
    ],
)
async def test_a_call_that_nobody_answered_has_no_recording_without_a_sound(
    here: World, answered: bool, state: str, condition: str | None, shown: bool
) -> None:
    """The PBX opens its files while it rings."""
    told = story("main-1")
    call_id = await here.happens(*(told.answered_inbound() if answered else told.missed_inbound()))
    call = await here.crm.calls.get_call(here.petr, call_id)
    file = RecordingView(1, call_id, state, 0.0, 2, condition, (), audible=False)
    assert [it["id"] for it in call_json(replace(call, recordings=(file,)))["recordings"]] == (
        [1] if shown else []
    )


async def test_the_json_of_a_call_has_every_field_of_the_contract(here: World) -> None:
    call_id = await here.happens(*story("main-1").answered_inbound())
    told = call_json(await here.crm.calls.get_call(here.petr, call_id))
    contract = {
        "id", "direction", "state", "outcome", "number", "line", "started_at", "answered_at",
        "ended_at", "wait_seconds", "talk_seconds", "answered_by", "ended_by_side", "parties",
        "transfers", "cards", "recordings", "quality",
    }  # fmt: skip
    assert contract <= set(told)
    assert told["wait_seconds"] == 4
    assert told["talk_seconds"] == 26
    assert told["answered_by"] == "102"
