"""Every list is asked for in the same way: limit, cursor, q, order."""

from typing import Any

import pytest

from tests.database.houses import house as house
from tests.unit.web.house import House
from tests.unit.web.stories import Inbound
from web.api import OPERATIONS

# List -> an order that it has, and a field of its items that goes with it.
LISTS = {
    "/calls": ("started", "started_at"),
    "/missed": ("missed", None),
    "/leads": ("name", "name"),
    "/contacts": ("name", "name"),
    "/companies": ("name", "name"),
    "/users": ("name", "name"),
    "/departments": ("name", "name"),
    "/extensions": ("number", "number"),
    "/lines": ("name", "name"),
    "/tokens": ("created", "created_at"),
    "/lead-statuses": ("name", "name"),
}
# What belongs to one thing, or is told as it is at this moment.
OTHERS = {"/people", "/search", "/lookup"}


async def furnish(house: House) -> None:
    """At least three of each."""
    for number in range(3):
        key = f"main-{number}.1"
        story = await Inbound(house, f"+42077710000{number}", key=key).rings()
        await story.is_missed()
        for plural in ("contacts", "companies"):
            await house.ask("POST", f"/{plural}", status=201, json={"name": f"Číslo {number}"})
        await house.ask("POST", "/departments", status=201, json={"name": f"Oddělení {number}"})
        line = {"name": f"extra{number}", "number": f"+42022200900{number}", "country": "CZ"}
        await house.ask("POST", "/lines", status=201, json=line | {"mode": "accept"})
        await house.ask("POST", "/tokens", status=201, json={"name": f"script {number}"})


def test_no_list_is_forgotten() -> None:
    lists = {
        operation.path
        for operation in OPERATIONS
        if operation.method == "GET"
        and "{" not in operation.path
        and not operation.media
        and operation.path not in ("/me", "/board")
    }
    assert lists == LISTS.keys() | OTHERS


async def test_pages_of_every_list_fit_together(house: House) -> None:
    await furnish(house)
    for path, (order, field) in LISTS.items():
        whole = await house.ask("GET", path, params={"order": order})
        assert whole["total"] == len(whole["items"]) >= 3, path
        assert whole["next"] is None
        for direction in ("", "-"):
            pages = await _all_pages(house, path, f"{direction}{order}")
            items = [item for page in pages for item in page["items"]]
            assert all(len(page["items"]) == 1 for page in pages), path
            assert {page["total"] for page in pages} == {whole["total"]}
            wanted = whole["items"] if not direction else whole["items"][::-1]
            assert items == wanted, path
        if field is not None:
            values = [str(item[field]).casefold() for item in whole["items"]]
            assert values == sorted(values), path


async def _all_pages(house: House, path: str, order: str) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    params = {"limit": "1", "order": order}
    while not pages or pages[-1]["next"]:
        if pages:
            params["cursor"] = pages[-1]["next"]
        pages.append(await house.ask("GET", path, params=params))
    return pages


async def test_every_list_is_searched(house: House) -> None:
    await furnish(house)
    for path in LISTS:
        none = await house.ask("GET", path, params={"q": "qqqqq"})
        assert none == {"items": [], "total": 0, "next": None}, path
    for path, q in (
        ("/users", "EVA"),
        ("/departments", "oddeleni 1"),
        ("/extensions", "101"),
        ("/lines", "extra2"),
        ("/tokens", "Script 0"),
        ("/lead-statuses", "qualif"),
        ("/missed", "777100001"),
    ):
        assert (await house.ask("GET", path, params={"q": q}))["total"] == 1, path


@pytest.mark.parametrize("path", LISTS)
async def test_what_no_list_has_is_refused_by_name(house: House, path: str) -> None:
    for wrong in (
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "ten"},
        {"order": "colour"},
        {"order": "--name"},
        {"order": "-"},
        {"cursor": "bm9uc2Vuc2U"},
        {"q": "x" * 201},
        {"colour": "red"},
    ):
        problem = await house.ask("GET", path, status=422, params=wrong)
        assert list(problem["errors"]) == list(wrong), path
