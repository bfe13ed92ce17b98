"""In which language a page is: signing in changes nothing, unless its user has chosen another."""

import re

import pytest

from tests.unit.web.house import House
from tests.unit.web.test_auth import csrf_of, sign_in

CZECH, GERMAN = {"Accept-Language": "cs-CZ,cs;q=0.9,en;q=0.5"}, {"Accept-Language": "de"}


async def language(house: House, path: str, headers: dict[str, str]) -> str:
    response = await house.client.get(path, headers=headers)
    page = await response.text()
    assert response.status == 200
    found = re.search(r'<html lang="(\w+)', page)
    assert found is not None, page[:300]
    return found[1]


@pytest.mark.parametrize(
    ("headers", "shown"), [(CZECH, "cs"), (GERMAN, "en"), ({}, "en")], ids=["cs", "de", "none"]
)
async def test_who_has_chosen_none_reads_the_browsers_before_and_after_signing_in(
    house: House, headers: dict[str, str], shown: str
) -> None:
    """A browser that wants what there is not gets the company's: English here."""
    assert await language(house, "/sign-in", headers) == shown
    await sign_in(house)
    assert await language(house, "/profile", headers) == shown


async def test_who_has_chosen_one_finds_it_on_the_sign_in_page_next_time(house: House) -> None:
    eva = house.actors["eva"]
    await house.crm.people.update_user(eva, eva.id, {"language": "cs"})
    await sign_in(house)
    assert await language(house, "/profile", {}) == "cs"
    await house.client.post("/sign-out", data={"csrf": await csrf_of(house)})
    assert await language(house, "/sign-in", {}) == "cs"
    # The next one at this browser has chosen none.
    await sign_in(house, "petr")
    assert await language(house, "/profile", {}) == "en"
    await house.client.post("/sign-out", data={"csrf": await csrf_of(house)})
    assert await language(house, "/sign-in", {}) == "en"


async def test_a_choice_in_the_profile_is_remembered_too(house: House) -> None:
    await sign_in(house)
    form = {"language": "cs", "timezone": "", "csrf": await csrf_of(house)}
    await house.client.post("/profile", data=form)
    await house.client.post("/sign-out", data={"csrf": await csrf_of(house)})
    assert await language(house, "/sign-in", {}) == "cs"


async def test_a_made_up_cookie_is_no_language(house: House) -> None:
    house.client.session.cookie_jar.update_cookies({"hovorna_language": "../xx"})
    assert await language(house, "/sign-in", CZECH) == "cs"
