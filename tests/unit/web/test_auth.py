"""Sessions of browsers: signing in and out, cookies, CSRF, slowing down, rights that end."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from tests.unit.web.conftest import no_blocking
from tests.unit.web.house import PASSWORD, House, open_house
from web.auth import CACHE_SECONDS, Credentials, Proof, csrf_token

COOKIE = "hovorna_session"


async def form_token(house: House, path: str = "/sign-in") -> str:
    """The CSRF token of the form on a page."""
    page = await (await house.client.get(path)).text()
    found = re.search(r'name="csrf"[^>]*value="([0-9a-f]{64})"', page)
    assert found is not None, page[:300]
    return found[1]


async def sign_in(house: House, login: str = "eva", password: str = PASSWORD) -> ClientResponse:
    form = {"login": login, "password": password, "csrf": await form_token(house)}
    return await house.client.post("/sign-in", data=form, allow_redirects=False)


def session_of(house: House) -> str:
    cookies = house.client.session.cookie_jar.filter_cookies(house.client.make_url("/"))
    return cookies[COOKIE].value


async def csrf_of(house: House) -> str:
    return await form_token(house, "/profile")


async def test_signing_in_opens_the_pages_and_the_api(house: House) -> None:
    response = await sign_in(house)
    assert response.status == 303
    assert (await house.client.get("/api/v1/me")).status == 200
    assert (await (await house.client.get("/api/v1/me")).json())["login"] == "eva"


async def _given_a_password(house: House, password: str) -> None:
    """By the administrator, so that it is good for one use."""
    eva = house.actors["eva"].id
    await house.crm.people.update_user(house.actors["admin"], eva, {"password": password})
    await sign_in(house, password=password)


@pytest.mark.parametrize(
    "path", ["/", "/board", "/calls", "/leads/1", "/profile", "/strip", "/try"]
)
async def test_a_one_time_password_opens_nothing_but_its_change(house: House, path: str) -> None:
    await _given_a_password(house, "from the administrator")
    response = await house.client.get(path, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, f"/password?next={path}")
    swap = await house.client.get(path, headers={"HX-Request": "true"}, allow_redirects=False)
    assert swap.headers["HX-Redirect"] == "/password"
    assert "Calls" not in await swap.text()


async def test_a_one_time_password_does_not_open_the_api_to_a_browser(house: House) -> None:
    await _given_a_password(house, "from the administrator")
    for path in ("/api/v1/me", "/live"):
        response = await house.client.get(path)
        assert (response.status, (await response.json())["code"]) == (403, "one_time_password")
    # A program goes on with its token.
    assert (await house.ask("GET", "/me", "eva"))["login"] == "eva"


async def test_a_one_time_password_is_replaced_and_the_pages_open(house: House) -> None:
    given, own = "from the administrator", "known to me alone"
    await _given_a_password(house, given)
    for first, again, said in (
        ("short", "short", "Must have 10 to 200 characters."),
        (own, "another one", "This is not the same password."),
        (given, given, "Must be another than the one-time password."),
    ):
        form = {"password": first, "again": again, "csrf": await form_token(house, "/password")}
        response = await house.client.post("/password", data=form, allow_redirects=False)
        assert response.status == 422
        assert said in await response.text()
    form = {"password": own, "again": own, "next": "/profile/keys"}
    form["csrf"] = await form_token(house, "/password")
    response = await house.client.post("/password", data=form, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/profile/keys")
    assert (await house.client.get("/profile/keys", allow_redirects=False)).status == 200
    response = await house.client.get("/password", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/")
    # The page cannot be used again: the profile asks for the current password.
    form = {"password": "of a passer-by", "again": "of a passer-by", "csrf": await csrf_of(house)}
    response = await house.client.post("/password", data=form, allow_redirects=False)
    assert response.headers["Location"] == "/"
    await house.crm.sign_in.sign_in("eva", own)


async def test_one_may_leave_without_choosing_a_password(house: House) -> None:
    await _given_a_password(house, "from the administrator")
    form = {"csrf": await form_token(house, "/password")}
    response = await house.client.post("/sign-out", data=form, allow_redirects=False)
    assert response.headers["Location"] == "/sign-in"
    assert (await house.client.get("/password")).url.path == "/sign-in"


async def test_the_session_cookie_is_for_this_site_and_no_script(house: House) -> None:
    header = (await sign_in(house)).headers.getall("Set-Cookie")
    [cookie] = [value for value in header if value.startswith(f"{COOKIE}=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie


async def test_behind_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    async with open_house(tmp_path, trusted_proxies=("127.0.0.1",)) as house:
        with no_blocking():
            form = {"login": "eva", "password": PASSWORD, "csrf": await form_token(house)}
            headers = {"X-Forwarded-Proto": "https"}
            response = await house.client.post(
                "/sign-in", data=form, headers=headers, allow_redirects=False
            )
            [cookie] = [
                value
                for value in response.headers.getall("Set-Cookie")
                if value.startswith(f"{COOKIE}=")
            ]
            assert "Secure" in cookie
            assert response.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_each_sign_in_makes_another_session(house: House) -> None:
    house.client.session.cookie_jar.update_cookies({COOKIE: "chosen-by-somebody-else"})
    await sign_in(house)
    first = session_of(house)
    assert first != "chosen-by-somebody-else"
    house.client.session.cookie_jar.clear()
    await sign_in(house)
    assert session_of(house) != first


async def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    await sign_in(house)
    session = session_of(house)
    form = {"csrf": await csrf_of(house)}
    response = await house.client.post("/sign-out", data=form, allow_redirects=False)
    assert response.status == 303
    house.client.session.cookie_jar.update_cookies({COOKIE: session})
    assert (await house.client.get("/api/v1/me")).status == 401


async def test_signing_out_everywhere_ends_the_other_browsers(house: House) -> None:
    await sign_in(house)
    await house.ask("DELETE", "/me/sessions", "eva", 204)
    assert (await house.client.get("/api/v1/me")).status == 401
    assert (await house.ask("GET", "/me", "eva"))["login"] == "eva"  # a token is no browser


async def test_a_wrong_password_is_slowed_down(house: House) -> None:
    for _ in range(5):
        assert (await sign_in(house, password="guess")).status == 401
    late = await sign_in(house)
    assert late.status == 429
    assert int(late.headers["Retry-After"]) >= 1
    house.clock.pass_(minutes=20)
    assert (await sign_in(house)).status == 303


async def test_one_s_own_password_is_slowed_down_and_told_at_its_field(house: House) -> None:
    await sign_in(house)
    form = {"current": "guess", "password": "a long new one", "csrf": await csrf_of(house)}
    for status in (422, 422, 422, 422, 422, 429):
        answer = await house.client.post("/profile/password", data=form, allow_redirects=False)
        assert answer.status == status
    assert int(answer.headers["Retry-After"]) >= 1
    at_field = r'id="current-error" role="alert">(?:(?!</span>).)*Too many attempts'
    assert re.search(at_field, await answer.text(), re.S)
    form["current"] = PASSWORD
    assert (await house.client.post("/profile/password", data=form)).status == 429
    house.clock.pass_(minutes=20)
    assert (await house.client.post("/profile/password", data=form)).status == 200


async def test_a_form_without_the_token_changes_nothing(house: House) -> None:
    form = {"login": "eva", "password": PASSWORD}
    for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "žluť"}):
        response = await house.client.post("/sign-in", data=form | csrf, allow_redirects=False)
        assert response.status == 403
    response = await house.client.get("/api/v1/me")
    assert response.status == 401


async def test_a_cookie_alone_does_not_change_anything_in_the_api(house: House) -> None:
    """What a foreign page could send in the user's name."""
    await sign_in(house)
    path, body = "/api/v1/contacts", {"name": "Jan"}
    response = await house.client.post(path, json=body)
    assert (response.status, (await response.json(content_type=None))["code"]) == (403, "csrf")
    headers = {"X-CSRF-Token": await csrf_of(house)}
    assert (await house.client.post(path, json=body, headers=headers)).status == 201


async def test_a_token_of_another_session_is_no_good(house: House) -> None:
    await sign_in(house)
    csrf = await csrf_of(house)
    house.client.session.cookie_jar.clear()
    await sign_in(house, "petr")
    response = await house.client.post(
        "/api/v1/contacts", json={"name": "Jan"}, headers={"X-CSRF-Token": csrf}
    )
    assert response.status == 403


async def test_a_bad_token_is_not_mended_by_a_good_cookie(house: House) -> None:
    await sign_in(house)
    for value in ("Bearer wrong", "Bearer", "Token abc", "wrong"):
        response = await house.client.get("/api/v1/me", headers={"Authorization": value})
        assert response.status == 401, value


async def test_an_htmx_request_is_sent_to_the_sign_in_as_a_whole(house: House) -> None:
    response = await house.client.get("/calls", headers={"HX-Request": "true"})
    assert (response.status, response.headers["HX-Redirect"]) == (401, "/sign-in")


async def test_a_form_that_cannot_be_read_is_a_bad_request(house: House) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    response = await house.client.post("/sign-in", data=b"--y\r\n\r\n", headers=headers)
    assert response.status in (400, 403)


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Bearer",
        "Cookie: hovorna_session=",
        "X-CSRF-Token:",
        "Origin:",
        "User-Agent:",
        "X-Forwarded-For:",
        "HX-Request:",
    ],
)
async def test_headers_that_are_no_text_are_refused_calmly(house: House, header: str) -> None:
    for path in ("/api/v1/me", "/api/v1/live", "/sign-in", "/calls"):
        for method in ("GET", "POST"):
            reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
            line = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{header} "
            writer.write(line.encode() + b"\xff\xfe\xed\xa0\x80\r\n\r\n")
            status = int((await reader.readline()).split()[1])
            assert status < 500, (method, path)
            writer.close()
            await writer.wait_closed()


class Door:
    """Answers for the secret "good", and counts how often it was asked."""

    def __init__(self, house: House) -> None:
        self.house, self.asked, self.open, self.now = house, 0, True, 0.0
        self.credentials = Credentials(self._ask, self._ask, lambda: self.now)

    async def _ask(self, secret: str):  # type: ignore[no-untyped-def]
        self.asked += 1
        return self.house.actors["eva"] if self.open and secret == "good" else None

    async def knows(self, secret: str = "good") -> bool:
        return await self.credentials.find(Proof("token", secret)) is not None


async def test_a_token_is_asked_for_once_in_a_while(house: House) -> None:
    door = Door(house)
    assert [await door.knows() for _ in range(3)] == [True] * 3
    assert door.asked == 1
    door.open = False
    door.now = CACHE_SECONDS + 1
    assert not await door.knows()


async def test_a_wrong_token_is_never_remembered(house: House) -> None:
    door = Door(house)
    assert not await door.knows("bad")
    assert not await door.knows("bad")
    assert door.asked == 2


async def test_what_was_forgotten_is_asked_again(house: House) -> None:
    door = Door(house)
    assert await door.knows()
    door.open = False
    door.credentials.forget()
    assert not await door.knows()


def test_a_proof_does_not_show_its_secret() -> None:
    assert "hov_abc" not in repr(Proof("token", "hov_abc"))
    assert callable(csrf_token)
    with pytest.raises(AttributeError):
        Proof("token", "x").secret = "y"  # type: ignore[misc]
