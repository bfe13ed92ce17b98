"""People, departments, extensions, lines and tokens through the API."""

from tests.database.houses import house as house
from tests.unit.web.house import PASSWORD, House


async def test_me_is_whose_token_it_is(house: House) -> None:
    me = await house.ask("GET", "/me", "eva")
    assert (me["login"], me["role"], me["extensions"]) == ("eva", "employee", ["101"])
    assert not {"password", "password_hash"} & set(me)


async def test_an_employee_changes_his_own_settings_and_nothing_more(house: House) -> None:
    me = await house.ask("PATCH", "/me", "eva", json={"language": "cs", "timezone": "Europe/Rome"})
    assert (me["language"], me["timezone"]) == ("cs", "Europe/Rome")
    problem = await house.ask("PATCH", "/me", "eva", 422, json={"role": "administrator"})
    assert "role" in problem["errors"]
    eva = house.actors["eva"].id
    await house.ask("PATCH", f"/users/{eva}", "eva", 403, json={"role": "administrator"})
    problem = await house.ask("PATCH", "/me", "eva", 422, json={"timezone": "Moon/Base"})
    assert "timezone" in problem["errors"]


async def test_presence_is_ones_own(house: House) -> None:
    await house.ask("PUT", "/me/presence", "eva", 204, json={"presence": "break"})
    assert (await house.ask("GET", "/me", "eva"))["presence"] == "break"
    await house.ask("PUT", "/me/presence", "eva", 422, json={"presence": "asleep"})


async def test_an_administrator_adds_an_employee_who_can_sign_in(house: House) -> None:
    body = {"login": "Karel", "name": "Karel Nový", "password": PASSWORD, "lines": ["line1"]}
    made = await house.ask("POST", "/users", status=201, json=body)
    assert (made["login"], made["lines"], made["can_sign_in"]) == ("karel", ["line1"], True)
    assert (await house.crm.sign_in.sign_in("karel", PASSWORD)).user_id == made["id"]
    await house.ask("POST", "/users", status=409, json=body)
    found = await house.ask("GET", "/users?q=karel")
    assert [user["id"] for user in found["items"]] == [made["id"]]


async def test_the_last_administrator_stays(house: House) -> None:
    admin = house.actors["admin"].id
    await house.ask("PATCH", f"/users/{admin}", status=409, json={"role": "employee"})
    assert (await house.ask("GET", "/me"))["role"] == "administrator"


async def test_rights_that_change_count_at_once(house: House) -> None:
    """A token's owner is remembered between requests, and forgotten when he changes."""
    await house.ask("POST", "/departments", "eva", 403, json={"name": "Support"})
    eva = house.actors["eva"].id
    await house.ask("PATCH", f"/users/{eva}", json={"role": "administrator"})
    await house.ask("POST", "/departments", "eva", 201, json={"name": "Support"})
    await house.ask("PATCH", f"/users/{eva}", json={"active": False})
    await house.ask("GET", "/me", "eva", 401)


async def test_a_department_is_made_renamed_and_deleted(house: House) -> None:
    made = await house.ask("POST", "/departments", status=201, json={"name": "Support"})
    path = f"/departments/{made['id']}"
    eva = house.actors["eva"].id
    await house.ask("PATCH", f"/users/{eva}", json={"department_id": made["id"]})
    renamed = await house.ask("PATCH", path, json={"name": "Help"})
    assert renamed == {"id": made["id"], "name": "Help", "members": 1}
    department = (await house.ask("GET", "/me", "eva"))["department"]
    assert department == {"id": made["id"], "name": "Help"}
    await house.ask("DELETE", path, status=204)
    names = [item["name"] for item in (await house.ask("GET", "/departments"))["items"]]
    assert names == ["Sales"]


async def test_extensions_and_lines_reload_the_telephone(house: House) -> None:
    house.telephony.done.clear()
    made = await house.ask("POST", "/extensions", status=201, json={"number": "150"})
    assert made["number"] == "150"
    await house.ask("PATCH", "/extensions/150", json={"name": "Meeting room"})
    line = {"name": "line2", "number": "222 000 002", "country": "CZ", "ring": ["150"]}
    assert (await house.ask("POST", "/lines", status=201, json=line))["ring"] == ["150"]
    assert house.telephony.done == [("reload",)] * 3
    changed = await house.ask("PATCH", "/lines/line2", json={"label": "Second"})
    assert (changed["label"], changed["number"]) == ("Second", "+420222000002")
    await house.ask("DELETE", "/lines/line2", status=204)
    await house.ask("DELETE", "/extensions/150", status=204)
    await house.ask("GET", "/extensions/150", status=404)


async def test_the_providers_password_goes_in_and_never_out(house: House) -> None:
    secret = "s3cret-of-the-provider"
    line = {"name": "line2", "number": "+420222000002", "country": "CZ", "sip_password": secret}
    for method, path in (("POST", "/lines"), ("PATCH", "/lines/line2"), ("GET", "/lines")):
        body = None if method == "GET" else (line if method == "POST" else {"label": "x"})
        response = await house.call(method, path, json=body)
        assert response.ok
        assert secret not in await response.text()


async def test_a_token_is_told_once_and_revoked_at_once(house: House) -> None:
    made = await house.ask("POST", "/tokens", "eva", 201, json={"name": "script"})
    house.tokens["script"] = made["secret"]
    assert (await house.ask("GET", "/me", "script"))["login"] == "eva"
    listed = await house.ask("GET", "/tokens", "eva")
    assert {token["secret"] for token in listed["items"]} == {None}
    await house.ask("DELETE", f"/tokens/{made['id']}", "petr", 404)
    await house.ask("DELETE", f"/tokens/{made['id']}", "eva", 204)
    await house.ask("GET", "/me", "script", 401)


async def test_only_an_administrator_makes_a_token_for_another(house: House) -> None:
    body = {"name": "script", "user_id": house.actors["eva"].id}
    await house.ask("POST", "/tokens", "petr", 403, json=body)
    made = await house.ask("POST", "/tokens", "admin", 201, json=body)
    house.tokens["script"] = made["secret"]
    assert (await house.ask("GET", "/me", "script"))["login"] == "eva"
