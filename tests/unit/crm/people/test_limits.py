from typing import Any

import pytest

from crm.errors import Forbidden, Invalid
from crm.people.limits import LimitData
from tests.unit.crm.world import World


async def test_the_program_begins_with_europe_and_the_lines_own_countries(here: World) -> None:
    limits = await here.crm.limits.company(here.ada)
    assert {"CZ", "DE"} <= limits.countries
    assert not {"CU", "US"} & limits.countries
    assert limits.per_hour == 120


async def test_the_company_sets_its_own_and_goes_back(here: World) -> None:
    saved = await here.crm.limits.save_company(
        here.ada, {"countries": ["CZ", "CU", "CZ"], "per_hour": 0}
    )
    assert saved.countries == {"CZ", "CU"}
    assert saved.per_hour == 0
    directory = await here.crm.lines.pbx_directory()
    assert all(entry.countries == {"CZ", "CU"} for entry in directory.extensions)
    again = await here.crm.limits.save_company(here.ada, {"countries": [], "per_hour": None})
    assert "DE" in again.countries
    assert again.per_hour == 120
    trail = await here.crm.people.audit_trail(here.ada, "limits")
    assert [entry.details for entry in trail] == [{"fields": ["countries", "per_hour"]}] * 2


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"countries": ["XX"]}, "countries"),
        ({"countries": ["cz"]}, "countries"),
        ({"countries": [1]}, "countries"),
        ({"countries": "CZ"}, "countries"),
        ({"per_hour": -1}, "per_hour"),
        ({"per_hour": 10**9}, "per_hour"),
    ],
)
async def test_what_is_no_limit(here: World, data: LimitData, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.limits.save_company(here.ada, data)
    assert list(wrong.value.fields) == [field]


async def test_only_administrators_see_and_set_them(here: World) -> None:
    for someone in (here.eva, here.sara):
        with pytest.raises(Forbidden):
            await here.crm.limits.company(someone)
        with pytest.raises(Forbidden):
            await here.crm.limits.save_company(someone, {"per_hour": 1000})


async def test_saving_the_list_as_it_was_leaves_it_open_for_new_lines(here: World) -> None:
    shown = await here.crm.limits.company(here.ada)
    await here.crm.limits.save_company(
        here.ada, {"countries": sorted(shown.countries), "per_hour": 50}
    )
    line: Any = {"name": "ny", "number": "+12125550100", "country": "US"}
    await here.crm.lines.save_line(here.ada, line)
    limits = await here.crm.limits.company(here.ada)
    assert "US" in limits.countries
    assert limits.per_hour == 50
