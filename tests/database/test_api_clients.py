"""Leads, contacts and companies through the API; search; which cards a number belongs to."""

import pytest

from tests.database.houses import house as house
from tests.unit.web.house import House
from tests.unit.web.stories import Inbound

JAN = {"name": "Jan Dvořák", "phones": [{"number": "777 123 456", "kind": "mobile"}]}


@pytest.mark.parametrize("plural", ["leads", "contacts", "companies"])
async def test_a_card_is_made_read_changed_deleted_and_restored(house: House, plural: str) -> None:
    made = await house.ask("POST", f"/{plural}", "eva", 201, json=JAN)
    assert made["phones"] == [{"number": "+420777123456", "kind": "mobile"}]
    assert made["responsible"]["name"] == "Eva Malá"
    assert made["source"] == "api"
    path = f"/{plural}/{made['id']}"
    assert await house.ask("GET", path, "petr") == made
    changed = await house.ask("PATCH", path, "petr", json={"comment": "calls at noon"})
    assert (changed["comment"], changed["name"]) == ("calls at noon", "Jan Dvořák")
    await house.ask("DELETE", path, "petr", 403)
    await house.ask("DELETE", path, "eva", 204)
    await house.ask("GET", path, "eva", 404)
    assert (await house.ask("GET", f"/{plural}"))["total"] == 0
    await house.ask("POST", f"{path}/restore", "eva")
    assert (await house.ask("GET", f"/{plural}"))["items"][0]["id"] == made["id"]


async def test_two_who_change_one_card_do_not_overwrite_each_other(house: House) -> None:
    made = await house.ask("POST", "/contacts", "eva", 201, json=JAN)
    path, version = f"/contacts/{made['id']}", made["version"]
    await house.ask("PATCH", path, "eva", json={"comment": "first", "version": version})
    late = {"comment": "second", "version": version}
    assert (await house.ask("PATCH", path, "petr", 409, json=late))["code"] == "conflict"
    assert (await house.ask("GET", path))["comment"] == "first"


async def test_a_card_of_another_type_is_not_found(house: House) -> None:
    made = await house.ask("POST", "/contacts", "eva", 201, json=JAN)
    for method in ("GET", "DELETE"):
        await house.ask(method, f"/leads/{made['id']}", "admin", 404)
    await house.ask("GET", f"/companies/{made['id']}/timeline", "admin", 404)
    await house.ask("POST", f"/leads/{made['id']}/notes", "admin", 404, json={"text": "x"})


async def test_lists_filter_order_and_page(house: House) -> None:
    for name in ("Cyril", "Adam", "Bára"):
        await house.ask("POST", "/contacts", "eva", 201, json={"name": name})
        house.clock.pass_(seconds=1)
    page = await house.ask("GET", "/contacts?order=name&limit=2")
    assert [card["name"] for card in page["items"]] == ["Adam", "Bára"]
    rest = await house.ask("GET", f"/contacts?order=name&limit=2&cursor={page['next']}")
    assert ([card["name"] for card in rest["items"]], rest["next"]) == (["Cyril"], None)
    eva = house.actors["eva"].id
    assert (await house.ask("GET", f"/contacts?responsible={eva}"))["total"] == 3
    assert (await house.ask("GET", "/contacts?responsible=0"))["total"] == 0
    assert (await house.ask("GET", "/contacts?q=bara"))["items"][0]["name"] == "Bára"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=WyJ4IiwyXQ", "cursor"),
        ("order=color", "order"),
        ("status=nowhere", "status"),
        ("responsible=-1", "responsible"),
        ("responsible=99999999999999999999999", "responsible"),
        ("open=perhaps", "open"),
        ("colour=red", "colour"),
        ("line=none-such", "line"),
    ],
)
async def test_wrong_parameters_are_422_and_named(house: House, query: str, field: str) -> None:
    problem = await house.ask("GET", f"/leads?{query}", "eva", 422)
    assert problem["code"] == "invalid"
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize("typed", ["777 123 456", "+420 777/123-456", "00420777123456"])
async def test_lookup_finds_a_number_however_it_is_typed(house: House, typed: str) -> None:
    made = await house.ask("POST", "/contacts", "eva", 201, json=JAN)
    found = await house.ask("GET", "/lookup", "petr", params={"number": typed})
    assert found["number"] == "+420777123456"
    assert found["cards"] == [{"type": "contact", "id": made["id"], "name": "Jan Dvořák"}]
    assert (found["items"], found["total"], found["next"]) == (found["cards"], 1, None)


async def test_lookup_of_what_is_nobodys(house: House) -> None:
    for number, e164 in {"+420777999999": "+420777999999", "101": None, "hello": None}.items():
        found = await house.ask("GET", "/lookup", params={"number": number})
        assert (found["number"], found["cards"]) == (e164, [])
    await house.ask("GET", "/lookup", status=422)


async def test_search_finds_cards_of_every_type(house: House) -> None:
    await house.ask("POST", "/companies", "eva", 201, json={"name": "Dvořák a syn"})
    await house.ask("POST", "/contacts", "eva", 201, json=JAN)
    page = await house.ask("GET", "/search", params={"q": "dvorak"})
    assert {item["type"] for item in page["items"]} == {"company", "contact"}


async def test_a_lead_becomes_a_contact_of_a_company_and_its_call_follows(house: House) -> None:
    story = await (await (await Inbound(house).rings()).is_answered()).ends()
    [card] = (await story.view()).cards
    body = {"contact": {"name": "Jan Dvořák"}, "company": {"name": "Dvořák a syn"}}
    made = await house.ask("POST", f"/leads/{card.card.id}/convert", "eva", json=body)
    contact = made["contact"]
    assert contact["company"]["name"] == made["company"]["name"] == "Dvořák a syn"
    assert contact["phones"][0]["number"] == "+420777123456"
    line = await house.ask("GET", f"/contacts/{contact['id']}/timeline")
    calls = [entry["call"] for entry in line["items"] if entry["call"]]
    assert [call["number"] for call in calls] == ["+420777123456"]
    again = await house.ask("POST", f"/leads/{card.card.id}/convert", "eva", 409)
    assert again["code"] == "conflict"


async def test_notes_are_their_authors(house: House) -> None:
    made = await house.ask("POST", "/contacts", "eva", 201, json=JAN)
    note = await house.ask(
        "POST", f"/contacts/{made['id']}/notes", "eva", 201, json={"text": "wants\nan offer"}
    )
    assert (note["text"], note["author"]["name"]) == ("wants\nan offer", "Eva Malá")
    path = f"/notes/{note['id']}"
    await house.ask("PATCH", path, "petr", 403, json={"text": "no"})
    changed = await house.ask("PATCH", path, "eva", json={"text": "wants two"})
    assert changed["edited_at"] is not None
    await house.ask("DELETE", path, "eva", 204)
    line = await house.ask("GET", f"/contacts/{made['id']}/timeline")
    assert [e["activity"]["kind"] for e in line["items"]] == ["created"]
    await house.ask("POST", f"{path}/restore", "eva")
    line = await house.ask("GET", f"/contacts/{made['id']}/timeline?limit=1")
    assert line["items"][0]["activity"]["text"] == "wants two"
    assert line["next"] is not None


async def test_statuses_are_the_administrators_to_change(house: House) -> None:
    before = (await house.ask("GET", "/lead-statuses", "eva"))["items"]
    made = await house.ask("POST", "/lead-statuses", status=201, json={"name": "Waiting"})
    assert made["code"] == "waiting"
    lead = await house.ask(
        "POST", "/leads", "eva", 201, json={"name": "Karel", "status": "waiting"}
    )
    assert lead["status"]["name"] == "Waiting"
    target = before[0]["id"]
    await house.ask("DELETE", f"/lead-statuses/{made['id']}", status=422)
    await house.ask("DELETE", f"/lead-statuses/{made['id']}?move_to={target}", status=204)
    assert (await house.ask("GET", f"/leads/{lead['id']}"))["status"]["id"] == target


async def test_people_of_a_company_stand_beside_it(house: House) -> None:
    company = await house.ask("POST", "/companies", "eva", 201, json={"name": "Firma"})
    body = {**JAN, "company_id": company["id"], "position": "director"}
    contact = await house.ask("POST", "/contacts", "eva", 201, json=body)
    assert contact["company"]["name"] == "Firma"
    related = await house.ask("GET", f"/companies/{company['id']}/related")
    assert [person["name"] for person in related["people"]] == ["Jan Dvořák"]
    page = await house.ask("GET", f"/contacts?company={company['id']}")
    assert page["total"] == 1
