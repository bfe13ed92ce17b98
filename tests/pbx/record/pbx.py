"""The bundled PBX with somebody who writes down what it says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from pbx_bridge.directory import PbxDirectory
from tests.pbx.harness import ChannelNow, RunningPbx
from tests.pbx.manager import Manager, Message

_CEL_SECONDS = 5.0


class TappedPbx:
    """A scenario's RealPbx. Its `events` go on after the PBX was killed and started again."""

    def __init__(self, running: RunningPbx) -> None:
        self.running = running
        self._past: list[Message] = []
        self._session = contextlib.AsyncExitStack()
        self._manager: Manager | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def listening_to(cls, running: RunningPbx) -> AsyncIterator["TappedPbx"]:
        tapped = cls(running)
        await tapped._listen()
        try:
            yield tapped
        finally:
            await tapped._session.aclose()

    @property
    def directory(self) -> PbxDirectory:
        return self.running.directory

    @property
    def host(self) -> str:
        return self.running.host

    @property
    def sip_port(self) -> int:
        return self.running.sip_port

    @property
    def manager(self) -> Manager:
        assert self._manager is not None
        return self._manager

    @property
    def events(self) -> list[Message]:
        return self._past + self.manager.events

    async def originate(
        self,
        channel: str,
        channel_id: str,
        *,
        context: str,
        variables: tuple[str, ...],
        **more: str,
    ) -> None:
        await self.running.originate(
            channel, channel_id, context=context, variables=variables, **more
        )

    async def act(self, action: str, *headers: tuple[str, str]) -> None:
        await self.running.act(action, *headers)

    async def channel(self, endpoint: str) -> ChannelNow:
        return await self.running.channel(endpoint)

    async def devices(self, extension: str) -> list[str]:
        return await self.running.devices(extension)

    async def kill(self) -> None:
        await self.running.kill()
        self._past += self.manager.events
        await self._session.aclose()

    async def start(self) -> None:
        await self.running.start()
        await self._listen()

    async def _listen(self) -> None:
        self._manager = await self._session.enter_async_context(Manager.connected(self.running.ami))
        await self._manager.wait("FullyBooted")

    async def calls_over(self) -> None:
        """Returns when every channel of the PBX's present life was hung up, and CEL has said so."""
        channels = {it["Uniqueid"] for it in self.manager.all("Newchannel")}
        for channel in channels:
            await self.manager.wait("Hangup", Uniqueid=channel)
        async with asyncio.timeout(_CEL_SECONDS):
            while not channels <= await asyncio.to_thread(self._ended_channels):
                await asyncio.sleep(0.05)

    def cel_rows(self) -> list[str]:
        """JSON lines, as the PBX wrote them."""
        return self.running.cel.read_text(encoding="utf-8").splitlines()

    def _ended_channels(self) -> set[str]:
        with contextlib.suppress(FileNotFoundError):
            rows = [json.loads(row) for row in self.cel_rows()]
            return {row["uniqueid"] for row in rows if row["eventtype"] == "CHAN_END"}
        return set()
