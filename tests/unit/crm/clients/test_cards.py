from typing import Any

import pytest

from crm.clients.models import CardType
from crm.clients.views import CardFilter, PhoneView
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from tests.unit.crm.world import World, statements

LEAD, CONTACT, COMPANY = CardType.LEAD, CardType.CONTACT, CardType.COMPANY


async def test_numbers_are_kept_in_e164_each_once(here: World) -> None:
    card = await here.crm.clients.create_card(
        here.eva,
        CONTACT,
        {
            "name": "Jan Hus",
            "phones": [
                {"number": "777 123 456", "kind": "mobile"},
                {"number": "+420777123456", "kind": "work"},
                {"number": "0049 30 1234567"},
            ],
            "emails": ["Jan@Hus.cz ", "jan@hus.cz"],
        },
    )
    assert card.phones == (
        PhoneView("+420777123456", "mobile"),
        PhoneView("+49301234567", "main"),
    )
    assert card.emails == ("jan@hus.cz",)
    assert card.responsible is not None
    assert card.responsible.id == here.eva.id
    assert here.types() == ["contact.created"]


@pytest.mark.parametrize(
    ("type_", "data", "field"),
    [
        (CONTACT, {}, "name"),
        (CONTACT, {"name": " \t"}, "name"),
        (CONTACT, {"name": "x" * 201}, "name"),
        (CONTACT, {"name": 5}, "name"),
        (CONTACT, {"name": "X", "phones": [{"number": "101"}]}, "phones.0.number"),
        (CONTACT, {"name": "X", "phones": [{"number": "222 333 444"}]}, "phones.0.number"),
        (CONTACT, {"name": "X", "phones": [{"kind": "work"}]}, "phones.0.number"),
        (CONTACT, {"name": "X", "phones": [{"number": "777123456", "kind": "x"}]}, "phones.0.kind"),
        (CONTACT, {"name": "X", "phones": "777123456"}, "phones"),
        (CONTACT, {"name": "X", "emails": ["me@"]}, "emails.0"),
        (CONTACT, {"name": "X", "status": "new"}, "status"),
        (CONTACT, {"name": "X", "company_id": 999}, "company_id"),
        (CONTACT, {"name": "X", "responsible_id": 999}, "responsible_id"),
        (CONTACT, {"name": "X", "responsible_id": 2**70}, "responsible_id"),
        (CONTACT, {"name": "X", "fields": {"a": [1]}}, "fields.a"),
        (CONTACT, {"name": "X", "nickname": "Y"}, "nickname"),
        (COMPANY, {"name": "X", "company_id": 1}, "company_id"),
        (LEAD, {"title": "Nobody"}, "name"),
        (LEAD, {"name": "X", "status": "sold"}, "status"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    here: World, type_: CardType, data: Any, field: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.clients.create_card(here.eva, type_, data)
    assert list(wrong.value.fields) == [field]
    assert (await here.crm.clients.list_cards(here.eva, type_)).total == 0


async def test_a_lead_without_a_name_is_called_by_its_number(here: World) -> None:
    lead = await here.crm.clients.create_card(here.eva, LEAD, {"phones": [{"number": "777123456"}]})
    assert lead.name == "+420777123456"
    assert lead.status is not None
    assert lead.status.code == "new"


async def test_a_change_touches_only_what_is_given(here: World) -> None:
    card = await here.card("Jan Hus", "777123456", emails=["a@b.cz"], comment="Reads a lot")
    changed = await here.crm.clients.update_card(
        here.eva, CONTACT, card.id, {"name": "Jan Žižka", "fields": {"Size": "XL", "Empty": ""}}
    )
    assert (changed.name, changed.comment) == ("Jan Žižka", "Reads a lot")
    assert (changed.phones, changed.emails) == (card.phones, card.emails)
    assert changed.fields == {"Size": "XL"}
    assert changed.version == card.version + 1


async def test_two_people_cannot_overwrite_each_other_unknowingly(here: World) -> None:
    card = await here.card("Jan Hus")
    await here.crm.clients.update_card(
        here.eva, CONTACT, card.id, {"name": "Jan A"}, version=card.version
    )
    with pytest.raises(Conflict):
        await here.crm.clients.update_card(
            here.petr, CONTACT, card.id, {"name": "Jan B"}, version=card.version
        )


async def test_deleted_is_gone_and_can_be_brought_back(here: World) -> None:
    card = await here.crm.clients.create_card(
        here.eva, CONTACT, {"name": "Jan Hus", "phones": [{"number": "777123456"}]}
    )
    await here.crm.clients.delete_card(here.eva, CONTACT, card.id)
    with pytest.raises(NotFound):
        await here.crm.clients.get_card(here.eva, CONTACT, card.id)
    assert (await here.crm.lookup.find(here.eva, "777123456")).cards == ()
    assert (await here.crm.clients.list_cards(here.eva, CONTACT, CardFilter(q="hus"))).total == 0
    restored = await here.crm.clients.restore_card(here.eva, CONTACT, card.id)
    assert restored.phones == card.phones
    assert (await here.crm.clients.list_cards(here.eva, CONTACT, CardFilter(q="hus"))).total == 1
    with pytest.raises(NotFound):
        await here.crm.clients.restore_card(here.eva, CONTACT, card.id)
    assert here.types()[-2:] == ["contact.deleted", "contact.restored"]


async def test_an_employee_deletes_his_own_cards_a_supervisor_any(here: World) -> None:
    card = await here.card("Jan Hus")  # Ada's
    with pytest.raises(Forbidden):
        await here.crm.clients.delete_card(here.eva, CONTACT, card.id)
    await here.crm.clients.delete_card(here.sara, CONTACT, card.id)


async def test_a_card_of_another_type_is_not_found(here: World) -> None:
    card = await here.card("Jan Hus")
    for call in (here.crm.clients.get_card, here.crm.clients.delete_card):
        with pytest.raises(NotFound):
            await call(here.ada, LEAD, card.id)


async def test_many_at_once_and_what_is_refused_is_said(here: World) -> None:
    own = await here.crm.clients.create_card(here.eva, LEAD, {"name": "Mine"})
    other = await here.card("Not mine", type_="lead")
    result = await here.crm.clients.bulk(here.eva, LEAD, [own.id, other.id, 999], "delete")
    assert result.done == (own.id,)
    assert [skipped.id for skipped in result.skipped] == [other.id, 999]
    given = await here.crm.clients.bulk(here.eva, LEAD, [other.id], "assign", here.petr.id)
    assert given.done == (other.id,)
    moved = await here.crm.clients.bulk(here.eva, LEAD, [other.id], "status", "lost")
    assert moved.done == (other.id,)
    lead = await here.crm.clients.get_card(here.eva, LEAD, other.id)
    assert lead.responsible is not None
    assert lead.responsible.id == here.petr.id
    assert lead.status is not None
    assert lead.status.code == "lost"
    for ids, action in (([own.id], "explode"), ([], "delete"), (list(range(501)), "delete")):
        with pytest.raises(Invalid):
            await here.crm.clients.bulk(here.eva, LEAD, ids, action)


async def test_what_stands_beside_a_card(here: World) -> None:
    firm = await here.card("Firm", "222 111 000", type_="company")
    boss = await here.card("Boss", "222 111 000", "777000111", company_id=firm.id)
    clerk = await here.card("Clerk", company_id=firm.id)
    lead = await here.card("Somebody", "777000111", type_="lead")
    beside = await here.crm.clients.related(here.eva, boss.id)
    assert [ref.id for ref in beside.people] == [clerk.id]
    assert {ref.id for ref in beside.same_number} == {firm.id, lead.id}
    assert [card.id for card in beside.leads] == [lead.id]
    assert [r.id for r in (await here.crm.clients.related(here.eva, firm.id)).people] == [
        clerk.id,
        boss.id,
    ]
    hint = await here.crm.clients.duplicates(here.eva, ["777 000 111"], except_id=lead.id)
    assert [ref.id for ref in hint] == [boss.id]


async def test_a_page_of_cards_costs_the_same_queries_for_any_number(here: World) -> None:
    firm = await here.card("Firm", type_="company")
    counts = []
    for size in (2, 12):
        for i in range(size):
            await here.card(f"Person {size} {i}", f"7771{size:02}{i:03}", company_id=firm.id)
        with statements(here.crm.db) as seen:
            page = await here.crm.clients.list_cards(here.eva, CONTACT, limit=100)
        assert len(page.items) >= size
        assert all(card.company is not None for card in page.items)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6
