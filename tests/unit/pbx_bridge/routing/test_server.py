"""The routing server, asked over HTTP as the dialplan asks."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.secrets import load_secrets
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery
from pbx_bridge.routing.server import ANSWER_SECONDS, RoutingServer

QUESTION = {"call": "1.0", "line": "line1", "dialled": "+420222333444", "number": "+420777123456"}


class FakeRouter:
    """Answers what it is told to; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[RouteQuery] = []
        self.answer: RouteAnswer | None = RouteAnswer(("101",), 20, "Eva")
        self.asked_outside: list[OutboundQuery] = []
        self.refusal: Refusal | None = None
        self.error: Exception | None = None
        self.hangs = False

    async def route(self, query: RouteQuery) -> RouteAnswer | None:
        self.asked.append(query)
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return self.answer

    async def may_call(self, query: OutboundQuery) -> Refusal | None:
        self.asked_outside.append(query)
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return self.refusal


@pytest.fixture
def router() -> FakeRouter:
    return FakeRouter()


@pytest.fixture
def paths(tmp_path: Path) -> PbxPaths:
    return PbxPaths(tmp_path / "pbx")


@pytest.fixture
async def server(router: FakeRouter, paths: PbxPaths) -> AsyncIterator[RoutingServer]:
    async with RoutingServer(router, paths, "main") as running:
        yield running


async def _ask(
    server: RoutingServer,
    paths: PbxPaths,
    token: str | None = None,
    where: str = "route",
    **fields: str,
) -> tuple[int, str]:
    secret = token or load_secrets(paths.secrets).routing
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {secret}"}) as session,
        session.get(f"http://127.0.0.1:{server.port}/{where}", params=QUESTION | fields) as answer,
    ):
        return answer.status, await answer.text()


async def test_the_dialplan_is_answered(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    assert await _ask(server, paths) == (200, "101|20|Eva")
    assert router.asked[0].call == "main-1.0"


async def test_nobody_else_is_answered(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    assert await _ask(server, paths, token="guessed") == (401, "")
    assert await _ask(server, paths, token="uhádnuto") == (401, "")
    assert router.asked == []


async def test_a_router_without_an_opinion(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    router.answer = None
    assert await _ask(server, paths) == (200, "")


async def test_a_router_that_fails(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    router.error = RuntimeError("database is gone")
    assert await _ask(server, paths) == (200, "")


async def test_a_router_that_hangs_is_given_up(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    router.hangs = True
    async with asyncio.timeout(4 * ANSWER_SECONDS):
        assert await _ask(server, paths) == (200, "")


async def test_a_question_that_names_nothing(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    assert await _ask(server, paths, call="") == (200, "")
    assert router.asked == []


async def test_the_port_is_the_same_after_a_restart(router: FakeRouter, paths: PbxPaths) -> None:
    async with RoutingServer(router, paths, "main") as first:
        port = first.port
    async with RoutingServer(router, paths, "main") as second:
        assert second.port == port
        async with RoutingServer(router, paths, "main") as third:
            assert third.port not in (0, port)


async def test_a_port_from_the_settings_that_is_taken_is_an_error(
    router: FakeRouter, paths: PbxPaths
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="in use"):
            await RoutingServer(router, paths, "main", other.getsockname()[1]).start()


@pytest.mark.parametrize("kept", ["", "x", "99999", "-1"])
async def test_a_remembered_port_that_is_none_is_passed_over(
    router: FakeRouter, paths: PbxPaths, kept: str
) -> None:
    load_secrets(paths.secrets)
    paths.routing_port.write_text(kept)
    async with RoutingServer(router, paths, "main") as server:
        assert server.port > 0


@pytest.mark.parametrize(("refusal", "word"), [(None, "yes"), (Refusal.HOUR, "hour")])
async def test_whether_an_extension_may_call_out(
    server: RoutingServer,
    paths: PbxPaths,
    router: FakeRouter,
    refusal: Refusal | None,
    word: str,
) -> None:
    router.refusal = refusal
    assert await _ask(server, paths, where="outbound", extension="101") == (200, word)
    (asked,) = router.asked_outside
    assert (asked.call, asked.extension, asked.number) == ("main-1.0", "101", "+420777123456")


async def test_nobody_else_is_told_whom_an_extension_may_call(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter
) -> None:
    assert await _ask(server, paths, "guessed", "outbound", extension="101") == (401, "")
    assert await _ask(server, paths, where="outbound") == (200, "")  # names no extension
    assert router.asked_outside == []


@pytest.mark.parametrize("trouble", ["hangs", "fails"])
async def test_in_trouble_nothing_is_answered_and_the_dialplan_decides(
    server: RoutingServer, paths: PbxPaths, router: FakeRouter, trouble: str
) -> None:
    router.hangs = trouble == "hangs"
    router.error = RuntimeError("database is gone")
    async with asyncio.timeout(4 * ANSWER_SECONDS):
        assert await _ask(server, paths, where="outbound", extension="101") == (200, "")
