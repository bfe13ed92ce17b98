"""What only administrators may do in the pages: every route of the settings, whatever is added."""

import asyncio
import re
import sqlite3
from contextlib import closing

import pytest

from tests.unit.web.house import House
from tests.unit.web.test_auth import csrf_of, sign_in

# What is there in the house; the names are those of the routes' variables.
THERE = {"id": "1", "number": "102", "name": "line1"}
# What would be right, so that nothing but the right is missing.
FORM = {
    "name": "Mine",
    "login": "mine",
    "role": "administrator",
    "password": "correct horse battery",
    "number": "199",
    "how": "last",
    "call_owner": "answered",
    "kind": "lead",
    "word": "mine",
    "color": "#336699",
    "mode": "accept",
    "country": "CZ",
    "direction": "up",
}
# What those may do, too, who are no administrators; for each there is a test of its own rights.
# A new address belongs here only with such a test.
EVERYBODYS = re.compile(
    r"/(sign-in|sign-out|password|profile|try|dial|softphone|calls|board|listening"
    r"|\{kind[^}]*\})(/|$)"
)


def _routes(house: House, method: str) -> list[str]:
    """The addresses of the settings that answer this method."""
    app = house.client.app
    assert app is not None
    found = []
    for route in app.router.routes():
        path = "" if route.resource is None else route.resource.canonical
        if route.method == method and path.startswith("/settings/"):
            found.append(re.sub(r"\{(\w+)\}", lambda it: THERE[it[1]], path))
    return found


def test_every_other_address_is_for_everybody(house: House) -> None:
    app = house.client.app
    assert app is not None
    for route in app.router.routes():
        path = "" if route.resource is None else route.resource.canonical
        if route.method == "POST" and not path.startswith(("/api/", "/settings/")):
            assert EVERYBODYS.match(path), path


async def _kept(house: House) -> list[str]:
    """All that the database has, but when somebody was seen last."""

    def dump() -> list[str]:
        with closing(sqlite3.connect(house.settings.data / "hovorna.db")) as database:
            return [line for line in database.iterdump() if '"sessions"' not in line]

    return await asyncio.to_thread(dump)


@pytest.mark.parametrize("who", ["eva", "sup"])
async def test_who_is_no_administrator_changes_no_setting(house: House, who: str) -> None:
    await sign_in(house, who)
    form = FORM | {"csrf": await csrf_of(house)}
    before = await _kept(house)
    paths = _routes(house, "POST")
    assert len(paths) > 15
    answers = {}
    for path in paths:
        answer = await house.client.post(path, data=form, allow_redirects=False)
        answers[path] = answer.status
    assert answers == dict.fromkeys(paths, 403)
    assert await _kept(house) == before
    assert house.telephony.done == []


@pytest.mark.parametrize("who", ["eva", "sup"])
async def test_who_is_no_administrator_sees_no_setting(house: House, who: str) -> None:
    await sign_in(house, who)
    paths = _routes(house, "GET")
    answers = {}
    for path in paths:
        answer = await house.client.get(path, allow_redirects=False)
        answers[path] = answer.status
    assert len(paths) > 12
    assert answers == dict.fromkeys(paths, 403)


async def test_an_administrator_is_refused_none_of_them(house: House) -> None:
    """So that the forms of the tests above are refused for who sends them."""
    await sign_in(house, "admin")
    form = FORM | {"csrf": await csrf_of(house)}
    for path in _routes(house, "POST"):
        answer = await house.client.post(path, data=form, allow_redirects=False)
        assert answer.status != 403, path
