from datetime import timedelta

import pytest

from crm.errors import Forbidden, Invalid, NotFound
from tests.unit.crm.telephony.company import NOON, Story
from tests.unit.crm.world import World, statements


async def test_calls_and_notes_stand_on_one_timeline(here: World) -> None:
    card = await here.card("Jan Hus", "777123456")
    here.clock.passes(minutes=1)
    await here.happens(*Story("main-1", here.clock.now).answered_inbound())
    here.clock.passes(minutes=1)
    await here.crm.notes.add(here.eva, "Called\r\nagain\x00", card_id=card.id)
    page = await here.crm.timeline.timeline(here.eva, card.id)
    note, call, created = page.items
    assert note.activity is not None
    assert note.activity.text == "Called\nagain"
    assert note.activity.author is not None
    assert note.activity.author.name == "Eva Malá"
    assert call.call is not None
    assert call.call.answered_by is not None
    assert call.call.answered_by.name == "Petr Novák"
    assert [item.type for item in call.story][:2] == ["call.started", "call.ringing"]
    assert created.activity is not None
    assert created.activity.kind == "created"
    assert page.total == 3


async def test_a_note_taken_in_a_call_stands_with_the_call(here: World) -> None:
    card = await here.card("Jan Hus", "777123456")
    call_id = await here.happens(*Story("main-1", NOON).answered_inbound())
    await here.crm.notes.add(here.petr, "Wants a quote", call_id=call_id)
    items = (await here.crm.timeline.timeline(here.eva, card.id)).items
    assert [[note.text for note in item.notes] for item in items if item.call] == [
        ["Wants a quote"]
    ]
    assert [item.activity.kind for item in items if item.activity] == ["created"]
    (note,) = await here.crm.timeline.notes_of_call(here.eva, call_id)
    assert note.call_id == call_id


async def test_a_withheld_call_has_no_card_and_may_have_notes(here: World) -> None:
    call_id = await here.happens(*Story("main-1").missed_inbound(None, withheld=True))
    await here.crm.notes.add(here.eva, "Breathes", call_id=call_id)
    (note,) = await here.crm.timeline.notes_of_call(here.eva, call_id)
    assert note.text == "Breathes"


async def test_everything_is_on_exactly_one_page(here: World) -> None:
    card = await here.card("Jan Hus", "777123456")
    for i in range(4):  # a call and a note at the same moment
        at = NOON + timedelta(minutes=i)
        await here.happens(*Story(f"main-{i}", at).answered_inbound())
        here.clock.now = at
        await here.crm.notes.add(here.eva, f"note {i}", card_id=card.id)
    seen = []
    cursor = None
    while True:
        page = await here.crm.timeline.timeline(here.eva, card.id, limit=2, cursor=cursor)
        assert page.total == 9
        seen += [(i.call.key if i.call else (i.activity and i.activity.id)) for i in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 9
    with pytest.raises(Invalid):
        await here.crm.timeline.timeline(here.eva, card.id, cursor="WzFd")


async def test_a_timeline_costs_the_same_queries_for_any_number(here: World) -> None:
    card = await here.card("Jan Hus", "777123456")
    counts = []
    for start, size in ((0, 1), (10, 8)):
        for i in range(start, start + size):
            at = NOON + timedelta(minutes=i)
            call_id = await here.happens(*Story(f"main-{i}", at).answered_inbound())
            await here.crm.notes.add(here.eva, "x", call_id=call_id)
        with statements(here.crm.db) as seen:
            page = await here.crm.timeline.timeline(here.eva, card.id)
        assert len(page.items) > size
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 15


async def test_notes_are_their_authors(here: World) -> None:
    card = await here.card("Jan Hus")
    note = await here.crm.notes.add(here.eva, "Mine", card_id=card.id)
    for forbidden in (
        here.crm.notes.edit(here.petr, note.id, "Yours"),
        here.crm.notes.delete(here.petr, note.id),
    ):
        with pytest.raises(Forbidden):
            await forbidden
    edited = await here.crm.notes.edit(here.eva, note.id, "Better")
    assert (edited.text, edited.edited_at) == ("Better", here.clock.now)
    await here.crm.notes.delete(here.eva, note.id)
    texts = [
        i.activity.text
        for i in (await here.crm.timeline.timeline(here.eva, card.id)).items
        if i.activity
    ]
    assert "Better" not in texts
    with pytest.raises(NotFound):
        await here.crm.notes.edit(here.eva, note.id, "x")
    assert (await here.crm.notes.restore(here.eva, note.id)).text == "Better"


@pytest.mark.parametrize("text", ["", " \n ", "\x00\x01", "x" * 20_001])
async def test_what_is_no_note(here: World, text: str) -> None:
    card = await here.card("Jan Hus")
    with pytest.raises(Invalid):
        await here.crm.notes.add(here.eva, text, card_id=card.id)


async def test_a_note_belongs_somewhere_that_exists(here: World) -> None:
    with pytest.raises(Invalid):
        await here.crm.notes.add(here.eva, "x")
    with pytest.raises(NotFound):
        await here.crm.notes.add(here.eva, "x", card_id=999)
    with pytest.raises(NotFound):
        await here.crm.notes.add(here.eva, "x", call_id=999)
    card = await here.card("Jan Hus")
    await here.crm.clients.delete_card(here.ada, card.type, card.id)
    with pytest.raises(NotFound):
        await here.crm.timeline.timeline(here.eva, card.id)
