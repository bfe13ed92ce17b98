"""The real bundled PBX for tests: own directory, own ports, ended by pid.

    async with running_pbx(directory, tmp_path) as pbx:
        phone = await pool.register("101", password, pbx.host, pbx.sip_port)

Safe under pytest-xdist: every PBX takes ports that are free, and others when somebody is faster.
"""

import contextlib
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.settings import PortRange, Settings, load_settings
from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.fetch import find_or_fetch
from pbx_bridge.asterisk.installation import Installation
from pbx_bridge.asterisk.runner import AmiAccess, BundledPbx
from pbx_bridge.directory import PbxDirectory
from tests.pbx.manager import Manager

_HOST = "127.0.0.1"
_TRIES = 5
_RTP_PORTS = 400
_PORTS = (12000, 19900)


@lru_cache(maxsize=1)
def installation() -> Installation:
    """The Asterisk that `./run` would take."""
    return find_or_fetch(load_settings(), print)


@dataclass(frozen=True)
class ChannelNow:
    name: str
    uniqueid: str
    linkedid: str


class RunningPbx:
    """One bundled PBX that runs, and what a test needs to know and to do to it."""

    def __init__(self, settings: Settings, pbx: BundledPbx, directory: PbxDirectory) -> None:
        self.settings = settings
        self.pbx = pbx
        self.directory = directory
        self.routing_port = settings.routing_port
        self._ami: AmiAccess | None = None

    @property
    def host(self) -> str:
        return self.settings.host

    @property
    def sip_port(self) -> int:
        return self.settings.sip_port

    @property
    def ami(self) -> AmiAccess:
        """host, port, user and secret of the manager interface."""
        assert self._ami is not None
        return self._ami

    @property
    def cel(self) -> Path:
        return self.pbx.cel

    @property
    def spool(self) -> Path:
        """Where recordings appear."""
        return self.settings.spool

    @property
    def pid(self) -> int:
        assert self.pbx.pid is not None
        return self.pbx.pid

    async def start(self) -> None:
        """Start it (again), on the same ports, with the same directory."""
        await self.pbx.start(self.directory, self.routing_port)
        self._ami = await self.pbx.ami()

    async def stop(self) -> None:
        await self.pbx.stop()

    async def kill(self) -> None:
        """As a power cut would; nobody starts it again but `start`."""
        pid = self.pid
        await self.pbx.leave()
        os.kill(pid, signal.SIGKILL)
        await self.pbx.stop()  # takes note that it is gone

    async def apply(self, directory: PbxDirectory) -> tuple[str, ...]:
        """Render `directory` and reload what changed; the files that were reloaded."""
        self.directory = directory
        return await self.pbx.apply(directory)

    async def command(self, line: str) -> str:
        """One command on Asterisk's console."""
        return await self.pbx.command(line)

    @contextlib.asynccontextmanager
    async def manager(self) -> AsyncIterator[Manager]:
        """A manager session that keeps every event."""
        async with Manager.connected(self.ami) as manager:
            yield manager

    async def act(self, action: str, *headers: tuple[str, str]) -> None:
        """One manager action. Raises ManagerError if the PBX refuses."""
        async with self.manager() as manager:
            await manager.act(action, *headers)

    async def channel(self, endpoint: str) -> ChannelNow:
        """The only channel of the endpoint. Raises AssertionError if there is not exactly one."""
        async with self.manager() as manager:
            await manager.act("Status")
            await manager.wait("StatusComplete")
            found = [
                ChannelNow(it["Channel"], it["Uniqueid"], it["Linkedid"])
                for it in manager.all("Status")
                if it["Channel"].startswith(f"PJSIP/{endpoint}-")
            ]
        assert len(found) == 1, found
        return found[0]

    async def devices(self, extension: str) -> list[str]:
        """Where the extension's desk phones are registered, as Originate's Channel."""
        async with self.manager() as manager:
            wanted = ("Variable", f"PJSIP_DIAL_CONTACTS({extension})")
            return (await manager.act("Getvar", wanted))["Value"].split("&")

    async def originate(
        self,
        channel: str,
        channel_id: str,
        *,
        context: str,
        exten: str = "s",
        variables: Sequence[str] = (),
        **fields: Any,
    ) -> None:
        """AMI Originate, asynchronous: returns when the PBX has queued it."""
        headers = [
            ("Channel", channel),
            ("ChannelId", channel_id),
            ("Context", context),
            ("Exten", exten),
            ("Priority", "1"),
            ("Async", "true"),
            *(("Variable", value) for value in variables),
            *((name.title(), str(value)) for name, value in fields.items()),
        ]
        async with self.manager() as manager:
            await manager.act("Originate", *headers)


@contextlib.asynccontextmanager
async def running_pbx(
    directory: PbxDirectory, tmp_path: Path, **overrides: Any
) -> AsyncIterator[RunningPbx]:
    """Start a PBX on free ports with its data under `tmp_path`; end it afterwards.

    `overrides` are settings, for example `routing_port=server.port`.
    """
    running = await _started(directory, tmp_path, overrides)
    try:
        yield running
    finally:
        await running.stop()


async def _started(directory: PbxDirectory, tmp_path: Path, overrides: Any) -> RunningPbx:
    for attempt in range(_TRIES):
        first = random.randrange(20000, 32000 - _RTP_PORTS, 4)
        values = {
            "data": tmp_path / "data",
            "sip_port": free_port(socket.SOCK_STREAM, socket.SOCK_DGRAM),
            "ami_port": free_port(socket.SOCK_STREAM),
            "pbx_http_port": free_port(socket.SOCK_STREAM),
            "routing_port": free_port(socket.SOCK_STREAM),  # where nobody answers
            "rtp_ports": PortRange((first, first + _RTP_PORTS - 1)),
        }
        settings = Settings(**(values | overrides))
        running = RunningPbx(settings, BundledPbx(settings, installation()), directory)
        try:
            await running.start()
        except PbxError as error:
            if "in use" not in str(error) or attempt == _TRIES - 1:
                raise
        else:
            return running
    raise AssertionError("unreachable")


def free_port(*kinds: socket.SocketKind) -> int:
    """A loopback port that was free a moment ago for each of the kinds of socket.

    Below those that the system gives to whoever asks for any, so that it is still free when a PBX
    that was ended starts again.
    """
    while True:
        port = random.randrange(*_PORTS)
        if all(_is_free(port, kind) for kind in kinds):
            return port


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True
