"""The watch on the real PBX: phones that register and go, lines that are up, refused, silent."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbx_bridge.ami.options import AmiOptions
from pbx_bridge.directory import LineEntry, PbxDirectory
from pbx_bridge.watching.lines import Health
from pbx_bridge.watching.watch import Watch
from tests.pbx.harness import RunningPbx, running_pbx
from tests.pbx.scenarios.stage import Stage, company

pytestmark = [pytest.mark.pbx, pytest.mark.timeout(120)]

PROVIDERS_OWN, NOBODYS = "127.0.0.2", "127.0.0.4:9"


class Watching:
    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._changed = asyncio.Event()
        watch.listen(lambda _: self._changed.set())

    async def until(self, so: Callable[[Watch], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not so(self.watch):
                self._changed.clear()
                await self._changed.wait()

    def health(self) -> dict[str, Health]:
        names = self.watch.endpoints() | {"account", "refused", "dead", "peer", "gone", "trunk"}
        return {name: self.watch.line(name).health for name in names}


@asynccontextmanager
async def watching(pbx: RunningPbx) -> AsyncIterator[Watching]:
    access = await pbx.pbx.watcher_ami()
    options = AmiOptions(host=access.host, port=access.port, user=access.user, secret=access.secret)
    made = Watching(Watch(options, jitter=random.random))
    made.watch.set_directory(pbx.directory)
    await made.watch.start()
    try:
        yield made
    finally:
        await made.watch.stop()


async def test_phones_come_and_go(pbx: RunningPbx, stage: Stage) -> None:
    async with watching(pbx) as here:
        await here.until(lambda watch: watch.surveyed)
        assert here.watch.line("line1").health is Health.UNREGISTERED
        eva = await stage.phone("101")
        await stage.outside("line1")
        await here.until(lambda w: bool(w.endpoint("101").contacts))
        await here.until(lambda w: w.line("line1").health is Health.UP)
        await eva.unregister()
        await here.until(lambda w: not w.endpoint("101").contacts)


async def test_after_the_pbx_died_it_is_watched_again(pbx: RunningPbx, stage: Stage) -> None:
    async with watching(pbx) as here:
        await stage.phone("101")
        await here.until(lambda w: bool(w.endpoint("101").contacts))
        await pbx.kill()
        await here.until(lambda w: not w.surveyed)
        assert here.watch.line("line1").health is Health.UNKNOWN
        await pbx.start()
        await here.until(lambda w: w.surveyed)


async def test_lines_at_a_provider(tmp_path: Path) -> None:
    async with running_pbx(company(), tmp_path / "provider", host=PROVIDERS_OWN) as provider:
        account = provider.directory.lines[0]
        at = f"{provider.host}:{provider.sip_port}"

        def line(name: str, mode: str, **fields: Any) -> LineEntry:
            number = f"+42055511{len(name)}{mode[0] == 'r':d}{ord(name[0])}"
            fields = {"user": "", "password": "", "host": at} | fields
            return LineEntry(name=name, number=number, mode=mode, **fields)

        lines = (
            line("account", "register", user=account.user, password=account.password),
            line("refused", "register", user="line2", password="wrong"),
            line("dead", "register", user="us", password="wrong", host=NOBODYS),
            line("peer", "address"),
            line("gone", "address", host=NOBODYS),
            # Its provider signs in by another name than the line has here.
            line("trunk", "accept", user="provider-3", password="long-enough"),
        )
        ours_has = PbxDirectory(extensions=company().extensions, lines=lines)
        async with running_pbx(ours_has, tmp_path / "ours") as ours, watching(ours) as here:
            async with Stage(ours, tmp_path) as stage:
                await stage.outside("trunk")
                await here.until(lambda w: w.line("account").health is Health.UP, 45)
                await here.until(lambda w: w.line("refused").health is Health.REJECTED)
                await here.until(lambda w: w.line("dead").last_error is not None, 60)
                await here.until(lambda w: w.line("peer").health is Health.UP)
                await here.until(lambda w: w.line("gone").health is Health.UNREACHABLE)
                await here.until(lambda w: w.line("trunk").health is Health.UP)
            assert here.watch.line("dead").health is Health.UNREACHABLE
            # The provider becomes another, and the PBX learns of it.
            mended = [it for it in lines if it.name != "gone"]
            mended.append(replace(lines[4], host=at))
            directory = PbxDirectory(ours_has.extensions, tuple(mended))
            here.watch.set_directory(directory)
            await ours.apply(directory)
            await here.until(lambda w: w.line("gone").health is Health.UP)
            assert here.watch.line("gone").last_error is Health.UNREACHABLE
