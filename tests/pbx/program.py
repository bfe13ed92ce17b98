"""The whole program as its users have it: `hovorna serve --sample`, started, killed, started."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from hovorna.sample import ADMIN, EMPLOYEES
from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.sip.handles import Phone
from pbx_bridge.sip.process import PhonePool
from tests.bench._house import tcp_port
from tests.pbx.sampled import info_of, move_in

ROOT = Path(__file__).parents[2]
RTP_PORTS = 400
READY_SECONDS = 60  # the sample is made while other tests keep both cores busy


class Program:
    """One data directory with its ports; the program on it comes and goes.

    `empty`: the program itself makes the company there, instead of a copy.
    """

    def __init__(self, folder: Path, company: str = "--sample", *, empty: bool = False) -> None:
        self.company = company
        self.empty = empty
        self.data = folder / "data"
        self.log = folder / "hovorna.log"
        ports = {name: tcp_port() for name in ("HTTP", "SIP", "AMI", "PBX_HTTP")}
        rtp = random.randrange(32000, 56000, 4)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HOVORNA_")}
        root = os.environ.get("HOVORNA_ASTERISK_ROOT")
        self.environment = kept | {
            "HOVORNA_DATA": str(self.data),
            "HOVORNA_RTP_PORTS": f"{rtp}-{rtp + RTP_PORTS - 1}",
            "HOVORNA_LOG_LEVEL": "warning",
            **({"HOVORNA_ASTERISK_ROOT": root} if root else {}),
            **{f"HOVORNA_{name}_PORT": str(port) for name, port in ports.items()},
        }
        self._ports = ports
        self.url = f"http://127.0.0.1:{ports['HTTP']}"
        self.info: dict[str, Any] = {}
        self.child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when /readyz says ready."""
        if not self.empty and not self.data.exists():
            await move_in(self.data)
        with self.log.open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hovorna", "serve", self.company),
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        async with aiohttp.ClientSession() as http, asyncio.timeout(READY_SECONDS):
            while not await self._is_ready(http):
                assert self.child.returncode is None, self.log.read_text()[-2000:]
                await asyncio.sleep(0.05)
        if self.info:
            return
        if self.empty:
            self.info = json.loads(await self.output("demo", "info", "--json"))
        else:
            self.info = await info_of(self.data, self._ports["HTTP"], self._ports["SIP"])

    async def _is_ready(self, http: aiohttp.ClientSession) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get(f"{self.url}/readyz") as response:
                return response.status == 200
        return False

    async def output(self, *arguments: str) -> str:
        """What `hovorna ARGUMENTS` prints on stdout; it must succeed."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hovorna", *arguments),
            env=self.environment,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
        assert child.returncode == 0
        return out.decode()

    async def signal(self, number: signal.Signals) -> int:
        """Send it, and wait for the end. The exit code."""
        assert self.child is not None
        self.child.send_signal(number)
        return await self.child.wait()

    @property
    def pbx_pid(self) -> int | None:
        """Of the bundled PBX, if it runs."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(PbxPaths((self.data / "pbx").absolute()).pid.read_text())
            os.kill(pid, 0)
            return pid
        return None

    async def get(self, path: str, **query: str) -> Any:
        headers = {"Authorization": f"Bearer {self.info['admin']['token']}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as http:
            response = await http.get(f"/api/v1{path}", params=query)
            assert response.status == 200, await response.text()
            return await response.json()

    async def content(self, url: str) -> bytes:
        """Of an address that the API told."""
        headers = {"Authorization": f"Bearer {self.info['admin']['token']}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as http:
            response = await http.get(url)
            assert response.status == 200, url
            return await response.read()

    async def post(
        self, path: str, body: dict[str, Any], token: str | None = None
    ) -> tuple[int, Any]:
        """As the administrator, or as whose the token is."""
        headers = {"Authorization": f"Bearer {token or self.info['admin']['token']}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as http:
            response = await http.post(f"/api/v1{path}", json=body)
            said = await response.read()
            return response.status, json.loads(said) if said else None

    async def patch(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.info['admin']['token']}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as http:
            response = await http.patch(f"/api/v1{path}", json=body)
            assert response.status == 200, await response.text()
            return await response.json()

    async def upload(self, path: str, content: bytes) -> Any:
        """A file, as the administrator."""
        headers = {"Authorization": f"Bearer {self.info['admin']['token']}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as http:
            response = await http.put(f"/api/v1{path}", data=content)
            assert response.status == 200, await response.text()
            return await response.json()

    async def call_with(
        self, number: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 15
    ) -> dict[str, Any]:
        """The only call with that number, once it is as wanted."""
        items: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    items = (await self.get("/calls", number=number))["items"]
                    if len(items) == 1 and wanted(items[0]):
                        return items[0]
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not as wanted after {seconds} s: {items}") from None

    async def phone(self, pool: PhonePool, user: str, **behaviour: Any) -> Phone:
        """Registers an extension or a line's account."""
        accounts = {it["user"]: it for it in (*self.info["phones"], *self.info["lines"])}
        sip = self.info["sip"]
        account = accounts[user]
        return await pool.register(user, account["password"], sip["host"], sip["port"], **behaviour)

    def login_of(self, extension: str) -> tuple[str, str]:
        """Login and password of the sample company's employee."""
        employee = next(it for it in EMPLOYEES if it.extension == extension)
        kept = json.loads((self.data / "sample.json").read_text())
        return employee.login, kept["admin_password" if employee.login == ADMIN else "password"]

    def number_of(self, line: str) -> str:
        return str(next(it["number"] for it in self.info["lines"] if it["name"] == line))


@contextlib.asynccontextmanager
async def program(
    folder: Path, company: str = "--sample", *, empty: bool = False
) -> AsyncIterator[Program]:
    """Started; ended with its PBX whatever happened to it in between. `company`: or --demo."""
    running = Program(folder, company, empty=empty)
    try:
        await running.start()
        yield running
    finally:
        if running.child is not None and running.child.returncode is None:
            await running.signal(signal.SIGTERM)
        if (pid := running.pbx_pid) is not None:
            os.kill(pid, signal.SIGKILL)
