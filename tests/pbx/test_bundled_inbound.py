"""Calls that come in to the bundled PBX: who rings, what the display says, what is kept."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pbx_bridge.asterisk import dialplan
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.cel.lines import json_row
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery
from pbx_bridge.sip.process import PhoneError, PhonePool
from tests.pbx.asked import asked_at
from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.scenarios.stage import CLIENT, MAIN_NUMBER, Stage, company
from tests.pbx.sound import loudest_hz, seconds_of

pytestmark = pytest.mark.pbx


class FakeRouter:
    def __init__(self, answer: RouteAnswer | None) -> None:
        self.answer = answer
        self.asked: list[RouteQuery] = []

    async def route(self, query: RouteQuery) -> RouteAnswer | None:
        self.asked.append(query)
        return self.answer

    def is_down(self, line: str) -> bool:
        return False

    async def may_call(self, query: OutboundQuery) -> Refusal | None:
        raise NotImplementedError


@contextlib.asynccontextmanager
async def _routed(router: FakeRouter, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which the PBX asks `router`."""
    paths = PbxPaths((tmp_path / "data" / "pbx").absolute())
    async with (
        asked_at(router, paths) as port,
        running_pbx(company(), tmp_path, routing_port=port) as pbx,
        Stage(pbx, tmp_path) as stage,
    ):
        yield stage


async def test_both_sides_of_a_call_are_recorded_apart(pbx: RunningPbx, stage: Stage) -> None:
    async with pbx.manager() as manager:
        eva = await stage.phone("101")
        client = await stage.call_in()
        desk = await eva.incoming()
        await desk.answer()
        await client.tell("tone", hz=1000)
        await desk.tell("tone", hz=440)
        await stage.wait(1.5)
        await client.hang_up()
        hangup = await manager.wait("MixMonitorStop")
    channel = hangup["Uniqueid"]
    client_side = pbx.spool / f"{channel}{dialplan.CLIENT_SUFFIX}"
    company_side = pbx.spool / f"{channel}{dialplan.COMPANY_SUFFIX}"
    assert loudest_hz(client_side) == pytest.approx(1000, abs=5)
    assert loudest_hz(company_side) == pytest.approx(440, abs=5)
    assert seconds_of(client_side) == pytest.approx(seconds_of(company_side), abs=0.05)


async def test_all_devices_of_an_extension_ring(pbx: RunningPbx, stage: Stage) -> None:
    password = pbx.directory.extensions[0].password
    async with PhonePool(share=1) as pool:
        desks = [await pool.register("101", password, pbx.host, pbx.sip_port) for _ in range(2)]
        client = await stage.call_in()
        first, second = [await desk.incoming() for desk in desks]
        await second.answer()
        await client.confirmed()
        await first.disconnected()


@pytest.mark.parametrize("dialled", [MAIN_NUMBER, MAIN_NUMBER[1:], MAIN_NUMBER[4:]])
async def test_the_line_is_called_with_or_without_its_prefix(stage: Stage, dialled: str) -> None:
    eva = await stage.phone("101")
    outside = await stage.outside()
    client = await outside.dial(dialled, caller=CLIENT)
    desk = await eva.incoming(number=CLIENT)
    await client.hang_up()
    await desk.disconnected()


async def test_a_number_that_is_not_the_lines_does_not_exist(stage: Stage) -> None:
    outside = await stage.outside()
    for dialled in ("+420999888777", "101", "800", "*11", "608765432", "00420608765432"):
        client = await outside.dial(dialled, caller=CLIENT)
        assert (await client.disconnected())["code"] == 404


async def test_a_caller_who_withholds_the_number_is_shown_to_nobody(
    pbx: RunningPbx, stage: Stage
) -> None:
    async with pbx.manager() as manager:
        eva = await stage.phone("101")
        client = await stage.call_in(None)
        desk = await eva.incoming()
        assert desk.invitation is not None
        assert CLIENT not in json.dumps(desk.invitation.data)
        told = await manager.wait("UserEvent", UserEvent=dialplan.WITHHELD_EVENT)
        assert told["CallerIDNum"] == "<unknown>"
        await client.hang_up()
    assert any(row["eventtype"] == dialplan.WITHHELD_EVENT for row in _cel(pbx))


@pytest.mark.parametrize("written", ["+420-608-765-432", "+420.608.765.432", "+420(608)765-432"])
async def test_a_number_with_separators_is_that_number(stage: Stage, written: str) -> None:
    """RFC 3966 5.1.1 lets a number in an address have them."""
    eva = await stage.phone("101")
    client = await stage.call_in(written)
    desk = await eva.incoming(number="+420608765432")
    await client.hang_up()
    await desk.disconnected()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("<script>", "<b>x</b>"),
        ("1" * 300, "x" * 300),
        ("777'; DROP TABLE calls; --", "Robert'); --"),
        ("12${SHELL(id)}", "${EVAL(x)}"),
        ("101&PJSIP/102", '"quoted" \\ name'),
    ],
)
async def test_a_hostile_caller_rings_like_any_other(
    pbx: RunningPbx, stage: Stage, number: str, name: str
) -> None:
    async with pbx.manager() as manager:
        eva = await stage.phone("101")
        client = await stage.call_in(number, caller_name=name)
        desk = await eva.incoming()
        await client.hang_up()
        await desk.disconnected()
        await manager.wait("UserEvent", UserEvent=dialplan.WITHHELD_EVENT)
    assert _cel(pbx)[0]["eventtype"] == "CHAN_START"


async def test_nobody_answers(stage: Stage) -> None:
    await stage.phone("101")
    client = await stage.call_in()
    assert (await client.disconnected(12))["code"] == 480


async def test_no_phone_is_there(stage: Stage) -> None:
    client = await stage.call_in()
    assert (await client.disconnected())["code"] == 480


async def test_everybody_is_busy(stage: Stage) -> None:
    for extension in ("101", "102"):
        await stage.phone(extension, refuse=486)
    client = await stage.call_in()
    assert (await client.disconnected())["code"] == 486


async def test_the_crm_says_who_rings_and_what_the_display_says(tmp_path: Path) -> None:
    router = FakeRouter(RouteAnswer(("103",), 20, 'Jan "Honza" Novák, <Brno>; 😀'))
    async with _routed(router, tmp_path) as stage:
        await stage.phone("101")
        jana = await stage.phone("103")
        client = await stage.call_in()
        desk = await jana.incoming(number=CLIENT)
        assert desk.invitation is not None
        assert desk.invitation["name"] == "Jan 'Honza' Novák, ‹Brno›, 😀"
        await client.hang_up()
    query = router.asked[0]
    assert (query.line, query.dialled, query.number) == ("line1", MAIN_NUMBER, CLIENT)
    assert query.call.startswith("main-")


async def test_the_crm_knows_the_name_only(tmp_path: Path) -> None:
    async with _routed(FakeRouter(RouteAnswer((), 20, "Eva Malá")), tmp_path) as stage:
        desks = await stage.phones("101", "102")
        client = await stage.call_in()
        for desk in desks:
            call = await desk.incoming(number=CLIENT)
            assert call.invitation is not None
            assert call.invitation["name"] == "Eva Malá"
        await client.hang_up()


async def test_the_crm_has_no_opinion(tmp_path: Path) -> None:
    async with _routed(FakeRouter(None), tmp_path) as stage:
        desks = await stage.phones("101", "102")
        client = await stage.call_in()
        for desk in desks:
            await desk.incoming(number=CLIENT)
        await client.hang_up()


@pytest.mark.parametrize(
    "said",
    [
        None,  # it hangs
        b"",  # it hangs up
        b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
        b"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n${SHELL(id)}|0|)(`,&PJSIP/evil\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n101|20",  # it stops in the middle
    ],
)
async def test_an_ill_crm_costs_no_call(tmp_path: Path, said: bytes | None) -> None:
    released = asyncio.Event()

    async def ill(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        if said is None or b"101|20" in said:
            writer.write(said or b"")
            await released.wait()
        else:
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(ill, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        running_pbx(company(), tmp_path, routing_port=port) as pbx,
        Stage(pbx, tmp_path) as stage,
    ):
        desks = await stage.phones("101", "102")
        client = await stage.call_in()
        for desk in desks:
            await desk.incoming(number=CLIENT)
        await client.hang_up()
    released.set()
    server.close()
    await server.wait_closed()


async def test_without_the_password_nobody_registers(pbx: RunningPbx) -> None:
    async with PhonePool() as pool:
        for user in ("101", "line1", "nobody"):
            with pytest.raises(PhoneError, match=r"40[13]"):
                await pool.register(user, "wrong", pbx.host, pbx.sip_port)


def _cel(pbx: RunningPbx) -> list[dict[str, Any]]:
    rows = [json_row(line) for line in pbx.cel.read_text(encoding="utf-8").splitlines()]
    assert None not in rows
    return [row for row in rows if row]
