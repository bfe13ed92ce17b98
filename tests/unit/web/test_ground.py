"""What holds for every request: headers, limits, errors, ids, the access log."""

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs
from yarl import URL

from crm import errors
from recordings.errors import ConversionError, RecordingMissingError
from tests.unit.web.house import House
from web.errors import problem_of
from web.middleware import Proxies, caching

TEN_MEGABYTES = 10_000_000


async def test_every_answer_has_security_headers(house: House) -> None:
    for path in ("/healthz", "/api/v1/me", "/nowhere", "/sign-in"):
        response = await house.client.get(path, allow_redirects=False)
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Server"] == "Hovorna"
        assert len(response.headers["X-Request-Id"]) == 16


async def test_the_bundle_is_kept_by_browsers_and_other_files_are_asked_for(house: House) -> None:
    """Names in the bundle change with their content; a name that is not there may come later."""
    icon = await house.client.get("/static/icon.svg")
    assert (icon.status, icon.headers["Cache-Control"]) == (200, "no-cache")
    gone = await house.client.get("/static/bundle/main-0000000000.js")
    assert (gone.status, gone.headers["Cache-Control"]) == (404, "no-cache")
    assert caching("/static/bundle/main-a9c53666e4.js", 200).endswith("immutable")
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/bundle/..%2f..%2fapp.py"):
        assert (await house.client.get(URL(path, encoded=True))).status == 404


async def test_a_body_of_ten_megabytes_is_refused_before_it_is_sent(house: House) -> None:
    """Only the head is sent: the answer cannot have waited for the rest."""
    reader, writer = await _connect(house)
    writer.write(
        b"POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer " + house.tokens["eva"].encode() + b"\r\n"
        b"Content-Length: 10000000\r\n\r\n"
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in head
    writer.close()
    await writer.wait_closed()


async def test_a_body_of_ten_megabytes_is_told_its_limit(house: House) -> None:
    for data in (io.BytesIO(b" " * TEN_MEGABYTES), _pieces(TEN_MEGABYTES)):
        response = await house.call(
            "POST", "/leads", "eva", data=data, headers={"Content-Type": "application/json"}
        )
        problem = await response.json(content_type=None)
        assert (response.status, problem["code"]) == (413, "too_large")
        assert "1000000" in problem["detail"]
    assert (await house.ask("GET", "/leads"))["total"] == 0


async def test_a_client_that_asks_first_is_not_told_to_continue(house: House) -> None:
    reader, writer = await _connect(house)
    writer.write(
        b"POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()


async def test_what_is_not_there_is_a_problem_for_programs(house: House) -> None:
    response = await house.client.get("/api/v1/nothing")
    problem = await response.json(content_type="application/problem+json")
    assert (problem["status"], problem["title"]) == (404, "Not Found")
    assert problem["request_id"] == response.headers["X-Request-Id"]


async def test_a_wrong_method_says_which_are_right(house: House) -> None:
    response = await house.client.delete("/api/v1/me")
    assert response.status == 405
    assert set(response.headers["Allow"].replace(" ", "").split(",")) >= {"GET", "PATCH"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("call", 7), 404),
        (errors.Forbidden(), 403),
        (errors.NotSignedIn(), 401),
        (errors.TooManyAttempts(30), 429),
        (errors.Invalid({"to": "is wrong"}), 422),
        (errors.Conflict("changed meanwhile"), 409),
        (errors.LimitReached("too many"), 403),
        (errors.PhoneUnavailable("no PBX"), 503),
        (errors.DatabaseUnavailable("locked"), 503),
        (RecordingMissingError("gone"), 404),
        (ConversionError("disk full"), 503),
        (web.HTTPRequestEntityTooLarge(10, 20), 413),
        (web.HTTPNotFound(), 404),
    ],
)
def test_every_domain_error_has_its_status(error: Exception, status: int) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status == status
    assert problem.code


def test_an_error_nobody_foresaw_is_not_told() -> None:
    assert problem_of(KeyError("secret")) is None
    assert {cls for cls in errors.CrmError.__subclasses__() if problem_of_class(cls) is None} == {
        errors.DatabaseTooNew
    }


def problem_of_class(cls: type[errors.CrmError]) -> int | None:
    """Status of an error of this class; None where it can only be an accident."""
    made = cls.__new__(cls)
    made.__dict__.update(fields={}, retry_after=1)
    problem = problem_of(made)
    return None if problem is None or problem.status == 500 else problem.status


async def test_an_accident_is_500_and_tells_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(house.crm.people, "get_user", broken)
    with capture_logs() as logs:
        response = await house.call("GET", "/me", "eva")
    problem = await response.json(content_type=None)
    assert (response.status, problem["code"]) == (500, "internal")
    assert "hunter2" not in await response.text()
    failed = [entry for entry in logs if entry["event"] == "request_failed"]
    assert failed[0]["request_id"] == problem["request_id"]


async def test_the_access_log_has_who_and_how_long_but_no_secrets(house: House) -> None:
    with capture_logs() as logs:
        await house.call("GET", "/lookup", "eva", params={"number": "+420777123456"})
    [entry] = [entry for entry in logs if entry["event"] == "request"]
    assert entry["user"] == house.actors["eva"].id
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/api/v1/lookup", 200)
    assert entry["ms"] > 0
    text = repr(logs)
    assert house.tokens["eva"] not in text
    assert "777123456" not in text


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ((), "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (("10.0.0.0/8",), "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (("10.0.0.1",), "10.0.0.2", "1.2.3.4", "10.0.0.2"),
        (("10.0.0.1",), "10.0.0.1", "nonsense", "10.0.0.1"),
        (("10.0.0.1",), "10.0.0.1", "", "10.0.0.1"),
        (("::1",), "::1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_trusted_proxies_say_where_a_client_is(
    trusted: tuple[str, ...], peer: str, forwarded: str, client: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    assert Proxies(trusted).client(request) == client


def test_only_trusted_proxies_say_that_it_is_tls() -> None:
    headers = {"X-Forwarded-Proto": "http, https"}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="10.0.0.1")
    assert Proxies(("10.0.0.1",)).secure(request)
    assert not Proxies(()).secure(request)


async def _connect(house: House) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(house.client.host, house.client.port)


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100_000):
        yield b" " * 100_000
