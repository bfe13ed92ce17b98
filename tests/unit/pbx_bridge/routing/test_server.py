"""The routing server, asked over HTTP as the dialplan asks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.secrets import load_secrets
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery
from pbx_bridge.routing.place import listening
from pbx_bridge.routing.server import ANSWER_SECONDS, RoutingServer
from tests.pbx.asked import asked_at

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

    def is_down(self, line: str) -> bool:
        return line == "line9"

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
async def port(router: FakeRouter, paths: PbxPaths) -> AsyncIterator[int]:
    async with asked_at(router, paths) as found:
        yield found


async def _ask(
    port: int,
    paths: PbxPaths,
    token: str | None = None,
    where: str = "route",
    **fields: str,
) -> tuple[int, str]:
    secret = token or load_secrets(paths.secrets).routing
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {secret}"}) as session,
        session.get(f"http://127.0.0.1:{port}/{where}", params=QUESTION | fields) as answer,
    ):
        return answer.status, await answer.text()


async def test_the_dialplan_is_answered(port: int, paths: PbxPaths, router: FakeRouter) -> None:
    assert await _ask(port, paths) == (200, "101|20|Eva")
    assert router.asked[0].call == "main-1.0"


async def test_nobody_else_is_answered(port: int, paths: PbxPaths, router: FakeRouter) -> None:
    assert await _ask(port, paths, token="guessed") == (401, "")
    assert await _ask(port, paths, token="uhádnuto") == (401, "")
    assert router.asked == []


async def test_a_router_without_an_opinion(port: int, paths: PbxPaths, router: FakeRouter) -> None:
    router.answer = None
    assert await _ask(port, paths) == (200, "")


async def test_a_router_that_fails(port: int, paths: PbxPaths, router: FakeRouter) -> None:
    router.error = RuntimeError("database is gone")
    assert await _ask(port, paths) == (200, "")


async def test_a_router_that_hangs_is_given_up(
    port: int, paths: PbxPaths, router: FakeRouter
) -> None:
    router.hangs = True
    async with asyncio.timeout(4 * ANSWER_SECONDS):
        assert await _ask(port, paths) == (200, "")


async def test_a_question_that_names_nothing(
    port: int, paths: PbxPaths, router: FakeRouter
) -> None:
    assert await _ask(port, paths, call="") == (200, "")
    assert router.asked == []


async def test_who_asks_before_there_is_an_answer_waits_for_it(
    router: FakeRouter, paths: PbxPaths
) -> None:
    server = RoutingServer(router, paths, "main")
    with listening(paths.routing_port) as place:
        asked = asyncio.create_task(_ask(place.getsockname()[1], paths))
        await asyncio.sleep(0.05)
        assert not asked.done()
        await server.start(place)
        assert await asked == (200, "101|20|Eva")
        await server.stop()


@pytest.mark.parametrize(("refusal", "word"), [(None, "yes"), (Refusal.HOUR, "hour")])
async def test_whether_an_extension_may_call_out(
    port: int,
    paths: PbxPaths,
    router: FakeRouter,
    refusal: Refusal | None,
    word: str,
) -> None:
    router.refusal = refusal
    assert await _ask(port, paths, where="outbound", extension="101") == (200, word)
    down = await _ask(port, paths, where="outbound", extension="101", line="line9")
    assert down == (200, "down" if refusal is None else word)
    asked = router.asked_outside[0]
    assert (asked.call, asked.extension, asked.number) == ("main-1.0", "101", "+420777123456")


async def test_nobody_else_is_told_whom_an_extension_may_call(
    port: int, paths: PbxPaths, router: FakeRouter
) -> None:
    assert await _ask(port, paths, "guessed", "outbound", extension="101") == (401, "")
    assert await _ask(port, paths, where="outbound") == (200, "")  # names no extension
    assert router.asked_outside == []


@pytest.mark.parametrize("trouble", ["hangs", "fails"])
async def test_in_trouble_nothing_is_answered_and_the_dialplan_decides(
    port: int, paths: PbxPaths, router: FakeRouter, trouble: str
) -> None:
    router.hangs = trouble == "hangs"
    router.error = RuntimeError("database is gone")
    async with asyncio.timeout(4 * ANSWER_SECONDS):
        assert await _ask(port, paths, where="outbound", extension="101") == (200, "")
