import asyncio

import pytest

from crm.clients.models import CardType, StatusKind
from crm.clients.views import CardFilter
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from tests.unit.crm.telephony.company import Story
from tests.unit.crm.world import World

LEAD, CONTACT, COMPANY = CardType.LEAD, CardType.CONTACT, CardType.COMPANY


async def lead_of_a_call(here: World, number: str = "777123456") -> int:
    """An unknown caller was missed: the lead that this made."""
    call_id = await here.happens(*Story("main-1").missed_inbound(number))
    call = await here.crm.calls.get_call(here.ada, call_id)
    return call.cards[0].card.id


async def test_everything_follows_the_lead_that_becomes_a_client(here: World) -> None:
    lead_id = await lead_of_a_call(here)
    await here.crm.notes.add(here.eva, "Wants a quote", card_id=lead_id)
    await here.happens(*Story("main-2").answered_inbound())
    made = await here.crm.leads.convert(
        here.eva, lead_id, contact={"name": "Jan Hus"}, company={"name": "Betlém s.r.o."}
    )
    assert made.company is not None
    assert made.contact.company == made.company.ref
    assert [phone.number for phone in made.contact.phones] == ["+420777123456"]
    timeline = await here.crm.timeline.timeline(here.eva, made.contact.id)
    assert [item.call.key for item in timeline.items if item.call] == ["main-2", "main-1"]
    assert "Wants a quote" in [i.activity.text for i in timeline.items if i.activity]
    calls = await here.crm.calls.list_calls(here.ada)
    assert all(call.cards[0].card == made.contact.ref for call in calls.items)
    found = await here.crm.lookup.find(here.eva, "777 123 456")
    assert found.cards == (made.contact.ref,)
    lead = await here.crm.clients.get_card(here.eva, LEAD, lead_id)
    assert lead.converted_to == made.contact.ref
    assert lead.status is not None
    assert lead.status.kind is StatusKind.WON


async def test_the_next_call_is_the_clients_and_makes_no_lead(here: World) -> None:
    lead_id = await lead_of_a_call(here)
    made = await here.crm.leads.convert(here.eva, lead_id)
    call_id = await here.happens(*Story("main-2").missed_inbound())
    call = await here.crm.calls.get_call(here.ada, call_id)
    assert [item.card for item in call.cards] == [made.contact.ref]
    assert (await here.crm.clients.list_cards(here.eva, LEAD)).total == 1


async def test_a_lead_joins_the_contact_that_is_there(here: World) -> None:
    known = await here.card("Jan Hus", "608111222", emails=["jan@hus.cz"])
    lead_id = await lead_of_a_call(here)
    made = await here.crm.leads.convert(here.eva, lead_id, contact_id=known.id)
    assert made.contact.id == known.id
    assert [p.number for p in made.contact.phones] == ["+420608111222", "+420777123456"]
    timeline = await here.crm.timeline.timeline(here.eva, known.id)
    assert [item.call.key for item in timeline.items if item.call] == ["main-1"]


async def test_a_lead_is_converted_once_however_many_press_the_button(here: World) -> None:
    lead_id = await lead_of_a_call(here)
    tries = (here.crm.leads.convert(actor, lead_id) for actor in (here.eva, here.petr, here.ada))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 2
    assert (await here.crm.clients.list_cards(here.eva, CONTACT)).total == 1


async def test_nothing_is_left_of_a_conversion_that_fails(here: World) -> None:
    lead_id = await lead_of_a_call(here)
    with pytest.raises(Invalid) as wrong:
        await here.crm.leads.convert(here.eva, lead_id, contact={"name": "X"}, company={"name": ""})
    assert list(wrong.value.fields) == ["company.name"]
    with pytest.raises(Invalid):
        await here.crm.leads.convert(here.eva, lead_id, company_id=999)
    with pytest.raises(NotFound):
        await here.crm.leads.convert(here.eva, lead_id, company={"name": "New"}, contact_id=999)
    assert (await here.crm.clients.list_cards(here.eva, COMPANY)).total == 0
    assert (await here.crm.clients.get_card(here.eva, LEAD, lead_id)).converted_to is None


async def test_one_open_lead_for_a_number(here: World) -> None:
    first = await lead_of_a_call(here)
    await here.crm.clients.update_card(here.eva, LEAD, first, {"status": "lost"})
    await here.crm.clients.delete_card(here.ada, LEAD, first)
    call_id = await here.happens(*Story("main-2").missed_inbound())
    second = (await here.crm.calls.get_call(here.ada, call_id)).cards[0].card.id
    assert second != first
    restored = await here.crm.clients.restore_card(here.ada, LEAD, first)
    assert restored.status is not None
    with pytest.raises(Conflict):
        await here.crm.clients.update_card(here.eva, LEAD, first, {"status": "new"})


async def test_statuses_are_the_companys_own(here: World) -> None:
    made = await here.crm.leads.save_status(here.ada, "Čeká na nabídku", color="orange")
    assert (made.code, made.kind) == ("ceka_na_nabidku", StatusKind.OPEN)
    lead = await here.card("X", type_="lead", status=made.code)
    assert lead.status == made
    new = next(s for s in await here.crm.clients.list_statuses(here.eva) if s.code == "new")
    await here.crm.leads.delete_status(here.ada, made.id, move_to=new.id)
    moved = await here.crm.clients.get_card(here.eva, LEAD, lead.id)
    assert moved.status == new
    with pytest.raises(Conflict):
        await here.crm.leads.save_status(here.ada, "New")
    with pytest.raises(Forbidden):
        await here.crm.leads.save_status(here.sara, "Mine")
    for name, color in (("", "blue"), ("!!!", "blue"), ("X", "#fff")):
        with pytest.raises(Invalid):
            await here.crm.leads.save_status(here.ada, name, color=color)


async def test_a_status_without_leads_can_simply_go(here: World) -> None:
    made = await here.crm.leads.save_status(here.ada, "Waiting")
    first = await here.card("X", type_="lead", status=made.code)
    second = await here.card("Y", type_="lead", status=made.code)
    assert (await here.crm.leads.count_by_status(here.ada))[made.id] == 2
    with pytest.raises(Conflict, match="status: 2"):
        await here.crm.leads.delete_status(here.ada, made.id)
    await here.crm.clients.delete_card(here.ada, LEAD, first.id)
    await here.crm.clients.update_card(here.ada, LEAD, second.id, {"status": "lost"})
    assert made.id not in await here.crm.leads.count_by_status(here.ada)
    await here.crm.leads.delete_status(here.ada, made.id)
    assert made.id not in {s.id for s in await here.crm.clients.list_statuses(here.ada)}
    back = await here.crm.clients.restore_card(here.ada, LEAD, first.id)
    assert back.status is not None
    assert back.status.code == "new"


async def test_the_administrator_orders_the_statuses(here: World) -> None:
    async def order() -> list[str]:
        return [status.code for status in await here.crm.clients.list_statuses(here.eva)]

    before = await order()
    ids = {status.code: status.id for status in await here.crm.clients.list_statuses(here.eva)}
    await here.crm.leads.move_status(here.ada, ids["qualified"], up=True)
    assert await order() == ["new", "qualified", "in_progress", "converted", "lost"]
    await here.crm.leads.move_status(here.ada, ids["qualified"], up=False)
    await here.crm.leads.move_status(here.ada, ids["new"], up=True)
    await here.crm.leads.move_status(here.ada, ids["lost"], up=False)
    assert await order() == before
    with pytest.raises(Forbidden):
        await here.crm.leads.move_status(here.sara, ids["new"], up=False)
    with pytest.raises(NotFound):
        await here.crm.leads.move_status(here.ada, 9999, up=False)


async def test_two_statuses_never_have_one_name(here: World) -> None:
    lost = next(s for s in await here.crm.clients.list_statuses(here.ada) if s.code == "lost")
    with pytest.raises(Conflict, match="exists already"):
        await here.crm.leads.save_status(
            here.ada, "in PROGRESS", status_id=lost.id, kind=StatusKind.LOST
        )


async def test_a_new_lead_always_has_a_status_to_begin_with(here: World) -> None:
    statuses = await here.crm.clients.list_statuses(here.ada)
    lost = next(s for s in statuses if s.code == "lost")
    converted = next(s for s in statuses if s.code == "converted")
    opened = [s for s in statuses if s.kind is StatusKind.OPEN]
    for status in opened[:-1]:
        await here.crm.leads.delete_status(here.ada, status.id, move_to=lost.id)
    with pytest.raises(Conflict):
        await here.crm.leads.delete_status(here.ada, opened[-1].id, move_to=lost.id)
    with pytest.raises(Conflict):
        await here.crm.leads.delete_status(here.ada, converted.id, move_to=lost.id)
    with pytest.raises(Conflict):
        await here.crm.leads.save_status(here.ada, "Converted", status_id=converted.id)


async def test_a_converted_leads_work_goes_on_at_the_contact(here: World) -> None:
    lead_id = await lead_of_a_call(here)
    await here.crm.leads.convert(here.eva, lead_id)
    with pytest.raises(Conflict):
        await here.crm.clients.update_card(here.eva, LEAD, lead_id, {"status": "new"})


async def test_leads_open_and_close_with_their_status(here: World) -> None:
    lead_id = await lead_of_a_call(here)
    statuses = {s.code: s for s in await here.crm.clients.list_statuses(here.ada)}
    await here.crm.leads.save_status(
        here.ada, "New", status_id=statuses["new"].id, kind=StatusKind.LOST
    )
    opened = CardFilter(open=True)
    assert (await here.crm.clients.list_cards(here.ada, LEAD, opened)).total == 0
    await here.crm.leads.delete_status(
        here.ada, statuses["new"].id, move_to=statuses["qualified"].id
    )
    page = await here.crm.clients.list_cards(here.ada, LEAD, opened)
    assert [lead.id for lead in page.items] == [lead_id]
