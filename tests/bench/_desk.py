"""A desk phone on a bare socket: notes when an INVITE comes, and says that it is busy.

Beside sipp because the moment at which it rings must be known for every single call.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from tests.bench._sip import Account, Server, register, udp_port

_HOST = "127.0.0.1"
_COPIED = ("Via", "From", "To", "Call-ID", "CSeq")


class DeskPhone(asyncio.DatagramProtocol):
    """`rang`: time.time() of each new call's INVITE, in order."""

    def __init__(self) -> None:
        self.rang: asyncio.Queue[float] = asyncio.Queue()
        self._calls: set[str] = set()
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    @asynccontextmanager
    async def on(cls, server: Server, account: Account) -> AsyncIterator["DeskPhone"]:
        """Registered for as long as the block lasts."""
        port = udp_port()
        await asyncio.to_thread(register, server, account, port)
        loop = asyncio.get_running_loop()
        transport, phone = await loop.create_datagram_endpoint(cls, local_addr=(_HOST, port))
        try:
            yield phone
        finally:
            transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        now = time.time()
        text = data.decode(errors="replace")
        if text.startswith("INVITE "):
            call = _header(text, "Call-ID")
            if call not in self._calls:
                self._calls.add(call)
                self.rang.put_nowait(now)
            self._answer(text, "180 Ringing", addr)
            self._answer(text, "486 Busy Here", addr)
        elif text.startswith("OPTIONS "):
            self._answer(text, "200 OK", addr)

    def _answer(self, request: str, status: str, addr: tuple[str, int]) -> None:
        lines = [line for line in request.split("\r\n") if line.split(":", 1)[0] in _COPIED]
        lines = [
            f"{it};tag=desk" if it.startswith("To:") and ";tag=" not in it else it for it in lines
        ]
        message = "\r\n".join([f"SIP/2.0 {status}", *lines, "Content-Length: 0", "", ""])
        assert self._transport is not None
        self._transport.sendto(message.encode(), addr)


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.+?)\r?$", message, re.MULTILINE)
    assert found is not None
    return found[1]
