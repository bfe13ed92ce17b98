"""A way for the browser's sound that can be cut: through sockets of the test's, by rewritten SDP.

detours = await take_detours(eva.page)
...
detours.cut()  # what is on its way now is lost; what is negotiated later gets a new way
detours.lose(4)  # every fourth packet of sound, both ways
"""

import asyncio
import contextlib
import copy
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Page, WebSocketRoute

from pbx_bridge.asterisk.addresses import host_addresses
from tests.pbx.program import Program

HERE = "127.0.0.1"
# Where the detour leads from and to: Firefox wants no loopback address in it.
DOOR = next(iter(host_addresses()), HERE)
NOWHERE = "203.0.113.7"  # RFC 5737
RTP = 2  # the version, in a packet's first bits; STUN and DTLS have others (RFC 7983)
_CANDIDATE = re.compile(r"^a=candidate:.*\r\n", re.MULTILINE)
_ADDRESS = re.compile(r"^(a=candidate:\S+ \d+ \S+ \d+ )\S+", re.MULTILINE)
_PORT = re.compile(r"^m=audio (\d+)", re.MULTILINE)
_CALL = re.compile(r"^Call-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(r"^Content-Length:.*\r\n", re.MULTILINE | re.IGNORECASE)


class _End(asyncio.DatagramProtocol):
    """One of a detour's two sockets; what comes to it leaves by the other, towards `peer`."""

    def __init__(self) -> None:
        self.peer: tuple[str, int] | None = None
        self.other: _End | None = None
        self.open = True
        self.loses = 0
        self._passed = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer = self.peer or addr
        if self._passes(data) and self.other is not None and self.other.peer is not None:
            self.other.transport.sendto(data, self.other.peer)

    def _passes(self, data: bytes) -> bool:
        if self.open and self.loses and data[0] >> 6 == RTP:
            self._passed += 1
            return self._passed % self.loses != 0
        return self.open


class Detours:
    def __init__(self) -> None:
        self._ends: list[_End] = []
        self._calls: set[str] = set()
        self._lost_calls: set[str] = set()
        self.made = 0
        self.tasks: list[asyncio.Task[None]] = []

    def cut(self, *, calls: bool = False) -> None:
        """`calls`: the calls of now find no other way either."""
        for end in self._ends:
            end.open = False
        if calls:
            self._lost_calls |= self._calls

    def lose(self, every: int) -> None:
        """Of the calls of now, the so-manieth packet of sound; 0: none any more."""
        for end in self._ends:
            end.loses = every

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for end in self._ends:
            end.transport.close()

    async def from_pbx(self, message: str) -> str:
        """The PBX is to be found at a new socket of ours."""
        found = _PORT.search(message)
        if found is None:
            return message
        front, back = await self._end(), await self._end()
        call = _CALL.findall(message)[0]
        self._calls.add(call)
        front.open = back.open = call not in self._lost_calls
        front.other, back.other, back.peer = back, front, (DOOR, int(found[1]))
        port = front.transport.get_extra_info("sockname")[1]
        self.made += 1
        ours = f"a=candidate:1 1 UDP 2130706431 {DOOR} {port} typ host\r\n"
        return _whole(_CANDIDATE.sub("", message) + ours)

    def from_browser(self, message: str) -> str:
        """The browser is to be found nowhere: it comes by itself."""
        return _whole(_ADDRESS.sub(rf"\g<1>{NOWHERE}", message))

    async def _end(self) -> _End:
        loop = asyncio.get_running_loop()
        _, end = await loop.create_datagram_endpoint(_End, local_addr=(DOOR, 0))
        self._ends.append(end)
        return end


def _whole(message: str) -> str:
    head, _, body = message.partition("\r\n\r\n")
    length = f"Content-Length: {len(body.encode())}\r\n"
    return _LENGTH.sub(length, f"{head}\r\n", count=1) + "\r\n" + body


async def take_detours(page: Page) -> Detours:
    """For all calls after the page's next load."""
    detours = Detours()

    async def route(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        messages: asyncio.Queue[str] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                line.send(await detours.from_pbx(await messages.get()))

        detours.tasks.append(asyncio.create_task(deliver()))
        server.on_message(lambda message: messages.put_nowait(str(message)))
        line.on_message(lambda message: server.send(detours.from_browser(str(message))))

    await page.route_web_socket("**/sip*", route)
    return detours


class Wire:
    """What is between a browser and the program. When it is cut, nobody is told."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._whole = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._dead: list[asyncio.StreamWriter] = []
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, HERE, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._dead:
            writer.close()

    def cut(self) -> None:
        """All that is connected, or connects from now on, is dead for ever."""
        self._whole = False
        for task in self._tasks:
            task.cancel()

    def mend(self) -> None:
        """New connections get through."""
        self._whole = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            self._dead.append(writer)
            return
        there, out = await asyncio.open_connection(HERE, self._port)
        for one, other in ((reader, out), (there, writer)):
            task = asyncio.create_task(self._pass_on(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except asyncio.CancelledError:
            self._dead.append(writer)
            raise
        except ConnectionError:
            pass
        writer.close()


@contextlib.asynccontextmanager
async def wire_to(house: Program) -> AsyncIterator[tuple[Wire, Program]]:
    """The wire, and the house at its other end."""
    port = urlsplit(house.url).port
    assert port is not None
    wire = Wire(port)
    await wire.open()
    wired = copy.copy(house)
    wired.url = f"http://{HERE}:{wire.port}"
    try:
        yield wire, wired
    finally:
        await wire.close()
