from datetime import timedelta
from typing import Any

import pytest

from crm.errors import Forbidden, Invalid, NotFound
from tests.unit.crm.telephony.company import NOON, Story
from tests.unit.crm.world import World


async def missed(here: World, key: str, minutes: int, number: str | None = "777123456") -> int:
    at = NOON + timedelta(minutes=minutes)
    return await here.happens(*Story(key, at).missed_inbound(number, withheld=number is None))


async def test_a_client_who_tried_three_times_is_called_back_once(here: World) -> None:
    for i in range(3):
        await missed(here, f"main-{i}", i)
    await missed(here, "main-9", 9, "777000009")
    page = await here.crm.missed.list_missed(here.eva)
    assert [(item.call.key, item.tries) for item in page.items] == [("main-9", 1), ("main-2", 3)]
    assert page.total == await here.crm.missed.count(here.eva) == 2


async def test_withheld_callers_cannot_be_taken_for_one(here: World) -> None:
    await missed(here, "main-1", 1, None)
    await missed(here, "main-2", 2, None)
    assert await here.crm.missed.count(here.eva) == 2


async def test_dealt_with_by_hand(here: World) -> None:
    first = await missed(here, "main-1", 1)
    second = await missed(here, "main-2", 2)
    here.published.clear()
    await here.crm.missed.clear(here.eva, second)
    assert await here.crm.missed.count(here.eva) == 0
    assert here.types() == ["missed.cleared", "missed.cleared"]
    assert {e.data["call"]["id"] for e in here.published} == {first, second}
    done = (await here.crm.missed.list_missed(here.eva, cleared=True)).items
    assert len(done) == 2
    assert done[0].cleared_by is not None
    assert done[0].cleared_by.name == "Eva Malá"
    await here.crm.missed.clear(here.eva, second)
    assert here.types() == ["missed.cleared", "missed.cleared"]


async def test_clearing_is_undone_for_what_was_cleared_with_it(here: World) -> None:
    first = await missed(here, "main-1", 1)
    await here.crm.missed.clear(here.eva, first)
    here.clock.passes(minutes=5)
    second = await missed(here, "main-2", 2)
    third = await missed(here, "main-3", 3)
    await here.crm.missed.clear(here.eva, third)
    here.published.clear()
    await here.crm.missed.reopen(here.eva, third)
    assert [one.call.id for one in (await here.crm.missed.list_missed(here.eva)).items] == [third]
    assert here.types() == ["missed.raised", "missed.raised"]
    assert {e.data["call"]["id"] for e in here.published} == {second, third}
    with pytest.raises(NotFound):
        await here.crm.missed.reopen(here.eva, 9999)


async def test_who_may_not_clear_may_not_undo_it(here: World) -> None:
    call_id = await missed(here, "main-1", 1)
    await here.crm.missed.clear(here.eva, call_id)
    with pytest.raises(Forbidden):
        await here.crm.missed.reopen(here.jana, call_id)
    assert await here.crm.missed.count(here.eva) == 0


async def test_reaching_the_client_clears_what_was_missed(here: World) -> None:
    await missed(here, "main-1", 1)
    call_id = await here.happens(
        *Story("main-2", NOON + timedelta(minutes=5)).answered_inbound("777123456")
    )
    assert await here.crm.missed.count(here.eva) == 0
    (done,) = (await here.crm.missed.list_missed(here.eva, cleared=True)).items
    assert done.cleared_call_id == call_id
    assert done.cleared_by is not None
    assert done.cleared_by.name == "Petr Novák"


async def test_mine_are_those_of_my_clients(here: World) -> None:
    await here.card("Jan Hus", "777123456", responsible_id=here.petr.id)
    await missed(here, "main-1", 1)
    assert await here.crm.missed.count(here.petr, mine=True) == 1
    assert await here.crm.missed.count(here.eva, mine=True) == 0
    (item,) = (await here.crm.missed.list_missed(here.petr, mine=True)).items
    assert item.responsible is not None
    assert item.responsible.name == "Petr Novák"


async def test_another_departments_missed_calls_are_its_own(here: World) -> None:
    call_id = await missed(here, "main-1", 1)
    assert await here.crm.missed.count(here.jana) == 0
    with pytest.raises(Forbidden):
        await here.crm.missed.clear(here.jana, call_id)
    with pytest.raises(NotFound):
        await here.crm.missed.clear(here.ada, 999)
    await here.crm.missed.clear(here.sara, call_id)


async def test_pages_of_missed_calls(here: World) -> None:
    for i in range(5):
        await missed(here, f"main-{i}", i, f"77700000{i}")
    first = await here.crm.missed.list_missed(here.eva, limit=3)
    assert first.next is not None
    second = await here.crm.missed.list_missed(here.eva, limit=3, cursor=first.next)
    assert [i.call.key for i in (*first.items, *second.items)] == [
        f"main-{i}" for i in (4, 3, 2, 1, 0)
    ]
    assert second.next is None
    with pytest.raises(Invalid):
        await here.crm.missed.list_missed(here.eva, cursor="nonsense")


async def test_missed_calls_are_found_by_client_and_line_in_either_order(here: World) -> None:
    first, second = await missed(here, "main-1", 1), await missed(here, "main-2", 2, "608111222")
    ask = here.crm.missed.list_missed

    async def found(**wanted: Any) -> list[int]:
        return [one.call.id for one in (await ask(here.ada, **wanted)).items]

    assert await found() == [second, first]
    assert await found(order="missed") == [first, second]
    assert await found(q="608 111") == [second]
    assert await found(q="nobody") == []
    assert await found(line="line1") == [second, first]
    assert await found(line="line2") == []
    page = await ask(here.ada, order="missed", limit=1)
    rest = await ask(here.ada, order="missed", limit=1, cursor=page.next)
    assert [one.call.id for one in (*page.items, *rest.items)] == [first, second]
    assert (page.total, rest.next) == (2, None)
    with pytest.raises(Invalid):
        await found(order="number")
