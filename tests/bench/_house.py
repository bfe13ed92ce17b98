"""The real program as a child: `hovorna serve --sample` in its own directory, on free ports."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.asterisk.process import our_pid
from tests.bench._sip import Account, Server

_HOST = "127.0.0.1"
_ROOT = Path(__file__).parents[2]
_RTP_PORTS = 4000
_PORTS = (6000, 11900)


@dataclass(slots=True)
class House:
    """One running Hovorna. `ready_seconds`: from its start to the first 200 of /readyz."""

    process: psutil.Process
    data: Path
    url: str
    token: str
    login: str
    password: str
    server: Server
    phones: dict[str, Account]
    lines: dict[str, tuple[Account, str]]
    ready_seconds: float
    http: aiohttp.ClientSession = field(repr=False)

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """An answer of the API. `path` begins after /api/v1."""
        async with self.http.get(f"/api/v1{path}", params=query) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self.http.post(f"/api/v1{path}", json=body) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def every(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, **query, **cursor, limit=200)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    async def metrics(self) -> dict[str, float]:
        """Samples without labels."""
        async with self.http.get("/metrics") as response:
            response.raise_for_status()
            lines = (await response.text()).splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs if "{" not in name}

    def audio_workers(self) -> list[psutil.Process]:
        """The processes beside it that do the recordings' audio."""
        children = self.process.children(recursive=True)
        return [child for child in children if "recordings.worker" in " ".join(child.cmdline())]

    def asterisk(self) -> psutil.Process | None:
        """The PBX that was started for it, whoever is its parent now."""
        mark = str(self.data)
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if any("asterisk" in word for word in words) and any(mark in word for word in words):
                return process
        return None


def cpu_seconds(process: psutil.Process | None) -> float:
    """Processor time that it has used so far; 0 for none."""
    if process is None or not process.is_running():
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def tcp_port() -> int:
    """A loopback port that was free a moment ago, over TCP and UDP.

    Below those that the system gives to whoever asks for any (`ip_local_port_range`): nobody takes
    it by chance while the program is down for a moment.
    """
    while True:
        port = random.randrange(*_PORTS)
        with (
            contextlib.suppress(OSError),
            socket.socket() as probe,
            socket.socket(type=socket.SOCK_DGRAM) as second,
        ):
            probe.bind((_HOST, port))
            second.bind((_HOST, port))
            return port


def _environment(data: Path, ports: dict[str, int]) -> dict[str, str]:
    first = random.randrange(12000, 28000, 4)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOVORNA_")}
    root = os.environ.get("HOVORNA_ASTERISK_ROOT")
    return kept | {
        "HOVORNA_DATA": str(data),
        "HOVORNA_RTP_PORTS": f"{first}-{first + _RTP_PORTS - 1}",
        "HOVORNA_LOG_LEVEL": "warning",
        **({"HOVORNA_ASTERISK_ROOT": root} if root else {}),
        **{f"HOVORNA_{name}_PORT": str(port) for name, port in ports.items()},
    }


@contextlib.asynccontextmanager
async def sample_house(directory: Path) -> AsyncIterator[House]:
    """Start the sample company with its data under `directory` (again), and end it afterwards."""
    data = directory / "data"
    ports = {name: tcp_port() for name in ("HTTP", "SIP", "AMI", "PBX_HTTP")}
    environment = _environment(data, ports)
    command = (sys.executable, "-m", "hovorna", "serve", "--sample")
    log = directory / "hovorna.log"
    with log.open("ab") as output:
        began = time.perf_counter()
        child = await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=_ROOT, stdout=output, stderr=output
        )
    try:
        url = f"http://{_HOST}:{ports['HTTP']}"
        await _ready(url, child, log)
        seconds = time.perf_counter() - began
        info = await _info(environment)
        headers = {"Authorization": f"Bearer {info['admin']['token']}"}
        async with aiohttp.ClientSession(url, headers=headers) as http:
            yield _house(child.pid, data, info, url, seconds, http)
    finally:
        await _end(child, data)


async def _end(child: asyncio.subprocess.Process, data: Path) -> None:
    """It ends its PBX itself; one that hangs or was killed leaves nothing behind either."""
    try:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        paths = PbxPaths((data / "pbx").absolute())
        if (pid := our_pid(paths.pid, paths.config)) is not None:
            os.kill(pid, signal.SIGKILL)


async def _ready(url: str, child: asyncio.subprocess.Process, log: Path) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(120):
        while True:
            if child.returncode is not None:
                raise RuntimeError(f"hovorna ended: {log.read_text(errors='replace')[-2000:]}")
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"{url}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.02)


async def _info(environment: dict[str, str]) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hovorna", "demo", "info", "--json"),
        env=environment,
        cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate()
    info: dict[str, Any] = json.loads(output)
    return info


def _house(
    pid: int,
    data: Path,
    info: dict[str, Any],
    url: str,
    seconds: float,
    http: aiohttp.ClientSession,
) -> House:
    return House(
        process=psutil.Process(pid),
        data=data,
        url=url,
        token=info["admin"]["token"],
        login=info["admin"]["login"],
        password=info["admin"]["password"],
        server=Server(info["sip"]["host"], int(info["sip"]["port"])),
        phones={p["extension"]: Account(p["user"], p["password"]) for p in info["phones"]},
        lines={
            line["name"]: (Account(line["user"], line["password"]), line["number"])
            for line in info["lines"]
        },
        ready_seconds=seconds,
        http=http,
    )
