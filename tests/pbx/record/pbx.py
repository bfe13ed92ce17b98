"""The bundled PBX, with a tap on its manager interface, for one scenario."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
from pathlib import Path

from config.settings import PortRange, Settings
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.process import runs_on
from pbx_bridge.asterisk.runner import BundledPbx
from tests.pbx.record.tap import Tap, made_channels
from tests.pbx.scenarios.stage import company

_RTP_PORTS = 100


class TappedPbx:
    """Implements the scenarios' RealPbx."""

    def __init__(self, installation: Installation, data: Path) -> None:
        self.directory = company()
        self.settings = free_settings(data)
        self.host = self.settings.host
        self.sip_port = self.settings.sip_port
        self.bundled = BundledPbx(self.settings, installation)
        self.tap = Tap()
        self._unused_port = free_port(socket.SOCK_STREAM)

    async def start(self) -> None:
        """Nobody listens on the routing port: the lines' own groups ring."""
        await self.bundled.start(self.directory, self._unused_port)
        await self.tap.connect(await self.bundled.ami())

    async def kill(self) -> None:
        await self.bundled.leave()
        assert self.bundled.pid is not None
        os.kill(self.bundled.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            while await asyncio.to_thread(runs_on, self.bundled.pid, self.bundled.paths.config):
                await asyncio.sleep(0.02)
        await self.tap.close()

    async def stop(self) -> None:
        await self.tap.close()
        await self.bundled.stop()

    async def originate(
        self, channel: str, channel_id: str, context: str, variables: tuple[str, ...]
    ) -> None:
        await self.tap.act(
            "Originate",
            variables,
            Channel=channel,
            ChannelId=channel_id,
            Context=context,
            Exten="s",
            Priority="1",
            Timeout="30000",
            Async="true",
        )

    def cel_rows(self) -> list[str]:
        """JSON lines, as the PBX wrote them."""
        return self.bundled.cel.read_text(encoding="utf-8").splitlines()

    async def cel_settled(self) -> None:
        """Returns when CEL has said of every channel of the PBX's present life that it ended."""
        channels = made_channels(self.tap.events)
        async with asyncio.timeout(5):
            while not channels <= await asyncio.to_thread(self._ended_channels):
                await asyncio.sleep(0.05)

    def _ended_channels(self) -> set[str]:
        with contextlib.suppress(FileNotFoundError):
            rows = [json.loads(row) for row in self.cel_rows()]
            return {row["uniqueid"] for row in rows if row["eventtype"] == "CHAN_END"}
        return set()


def free_settings(data: Path) -> Settings:
    """A PBX of its own beside others on this machine."""
    base = random.randrange(30000 // _RTP_PORTS, 60000 // _RTP_PORTS) * _RTP_PORTS
    return Settings(
        data=data,
        sip_port=free_port(socket.SOCK_DGRAM),
        ami_port=free_port(socket.SOCK_STREAM),
        rtp_ports=PortRange((base, base + _RTP_PORTS - 1)),
    )


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
