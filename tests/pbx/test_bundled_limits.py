"""Toll fraud: whom an employee may call from a desk phone, with the CRM and without it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pbx_bridge.asterisk import dialplan
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.ports import OutboundQuery, Refusal, RouteAnswer, RouteQuery
from pbx_bridge.sip.process import Phone
from tests.pbx.asked import asked_at
from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.scenarios.stage import CLIENT, COUNTRIES, Stage, company
from tests.pbx.sound import loudness

pytestmark = pytest.mark.pbx

HOME, CUBA, JAMAICA = "608765432", "005351234567", "0018765552368"


@dataclass
class FakeRouter:
    """Says of each call outside what it is told to; None hangs."""

    says: Refusal | str | None = "yes"
    asked: list[OutboundQuery] = field(default_factory=list)
    down: bool = False  # every line

    async def route(self, query: RouteQuery) -> RouteAnswer | None:
        return None

    def is_down(self, line: str) -> bool:
        return self.down

    async def may_call(self, query: OutboundQuery) -> Refusal | None:
        self.asked.append(query)
        if self.says is None:
            await asyncio.Event().wait()
        return self.says if isinstance(self.says, Refusal) else None


@contextlib.asynccontextmanager
async def _asking(router: FakeRouter, tmp_path: Path) -> AsyncIterator[Stage]:
    paths = PbxPaths((tmp_path / "data" / "pbx").absolute())
    async with (
        asked_at(router, paths) as port,
        running_pbx(company(), tmp_path, routing_port=port) as pbx,
        Stage(pbx, tmp_path) as stage,
    ):
        yield stage


async def _goes_out(desk: Phone, outside: Phone, number: str) -> None:
    call = await desk.dial(number)
    client = await outside.incoming()
    await call.hang_up()
    await client.disconnected()


def _gone_out(outside: Phone, mark: int) -> bool:
    """Whether anything has reached the outside since the mark."""
    events = outside.process.events[mark:]
    return any(it.name == "incoming" and it.account == outside.account for it in events)


async def _is_refused(desk: Phone, outside: Phone, number: str) -> None:
    mark = outside.process.mark()
    call = await desk.dial(number)
    assert (await call.disconnected(20))["code"] == 403
    assert not _gone_out(outside, mark)


async def test_without_the_crm_the_countries_decide(stage: Stage) -> None:
    eva, outside = await stage.phone("101"), await stage.outside()
    await _goes_out(eva, outside, HOME)
    await _goes_out(eva, outside, "0033140506070")
    await _goes_out(eva, outside, "0012125552368")
    await _is_refused(eva, outside, CUBA)
    await _is_refused(eva, outside, f"*1*{CUBA}")  # on a line chosen by hand
    await _is_refused(eva, outside, JAMAICA)  # has the calling code of the United States
    await _goes_out(eva, outside, "112")


async def test_each_has_the_own_countries(tmp_path: Path) -> None:
    plain = company()
    dear = {"102": COUNTRIES | {"CU"}, "103": frozenset[str]()}
    people = tuple(replace(it, countries=dear.get(it.number, COUNTRIES)) for it in plain.extensions)
    async with (
        running_pbx(replace(plain, extensions=people), tmp_path) as pbx,
        Stage(pbx, tmp_path) as stage,
    ):
        petr, jana, outside = *(await stage.phones("102", "103")), await stage.outside()
        await _goes_out(petr, outside, CUBA)
        await _is_refused(jana, outside, HOME)
        await _goes_out(jana, outside, "112")


async def test_the_crm_decides_when_it_is_there(tmp_path: Path) -> None:
    router = FakeRouter()
    async with _asking(router, tmp_path) as stage:
        eva, outside = await stage.phone("101"), await stage.outside()
        await _goes_out(eva, outside, CUBA)
        assert [(it.extension, it.line, it.number) for it in router.asked] == [
            ("101", "line1", "+5351234567")
        ]
        router.says = Refusal.HOUR
        await _is_refused(eva, outside, HOME)
        await _goes_out(eva, outside, "112")  # asks nobody
        assert [it.number for it in router.asked] == ["+5351234567", f"+420{HOME}"]


async def test_no_call_waits_for_a_crm_that_hangs(tmp_path: Path) -> None:
    async with _asking(FakeRouter(None), tmp_path) as stage:
        eva, outside = await stage.phone("101"), await stage.outside()
        await _goes_out(eva, outside, HOME)
        await _is_refused(eva, outside, CUBA)


async def test_the_refused_caller_hears_why_and_both_roads_are_told(
    pbx: RunningPbx, stage: Stage
) -> None:
    eva = await stage.phone("101")
    async with pbx.manager() as manager:
        call = await eva.dial(CUBA)
        told = await manager.wait("UserEvent", UserEvent=dialplan.REFUSED_EVENT)
        await call.wait("media")  # before any answer
        await call.disconnected(20)
    refusal = "country 101 line1 +5351234567"
    assert told[dialplan.REFUSAL_HEADER] == refusal
    rows = [json.loads(line) for line in pbx.cel.read_text().splitlines()]
    (row,) = [row for row in rows if row["eventtype"] == dialplan.REFUSED_EVENT]
    assert row["uniqueid"] == told["Uniqueid"]
    assert refusal in row["eventextra"]


@pytest.mark.parametrize("way", ["refer", "code"])
async def test_a_client_sent_too_far_comes_back(stage: Stage, way: str) -> None:
    eva, outside = await stage.phone("101"), await stage.outside()
    client = await stage.call_in(CLIENT)
    desk = await eva.incoming()
    await desk.answer()
    await client.confirmed()
    mark = outside.process.mark()
    if way == "refer":
        await desk.transfer(CUBA)
        desk = await eva.incoming()  # rings again
        await desk.answer()
    else:
        await desk.digits(f"*{CUBA}#")
    await stage.talk(client, desk, seconds=0.5)
    assert not _gone_out(outside, mark)
    await desk.hang_up()
    await client.disconnected()


async def test_a_line_whose_account_is_refused_is_tried_and_then_said_to_be_down(
    tmp_path: Path,
) -> None:
    """The PBX finds its provider there; only the CRM knows of the registration."""
    async with _asking(FakeRouter(down=True), tmp_path) as stage:
        eva, outside = await stage.phone("101"), await stage.outside()
        await _goes_out(eva, outside, HOME)
        await outside.behave(refuse=403)
        call = await eva.dial(HOME)
        await call.wait("media")
        await call.record(tmp_path / "heard.wav")
        assert (await call.disconnected(20))["code"] >= 400
        await call.wait("recorded")
        assert loudness(tmp_path / "heard.wav") > 300
        await outside.behave(refuse=486)
        busy = await eva.dial(HOME)
        assert (await busy.disconnected())["code"] == 486  # no word: the line did its work
