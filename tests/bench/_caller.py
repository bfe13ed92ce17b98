"""A client who calls, and gives up or talks, with the time of each step to the millisecond.

Beside sipp because the moment at which INVITE leaves must be known for every single call.
"""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from tests.bench._sip import Account, Server, authorization
from tests.bench._voice import Voice

_HOST = "127.0.0.1"


class Caller(asyncio.DatagramProtocol):
    """The provider's side of one line: one call at a time."""

    def __init__(self, server: Server, line: Account, dialled: str) -> None:
        self._server = server
        self._line = line
        self._uri = f"sip:{dialled}@{server.host}:{server.port}"
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._port = 0
        self._sound = 9  # the port that the SDP names; 9 discards
        self._last = b""
        self._heard = False

    @classmethod
    @asynccontextmanager
    async def on(cls, server: Server, line: Account, dialled: str) -> AsyncIterator["Caller"]:
        loop = asyncio.get_running_loop()
        transport, caller = await loop.create_datagram_endpoint(
            lambda: cls(server, line, dialled),
            local_addr=(_HOST, 0),
            remote_addr=(server.host, server.port),
        )
        try:
            yield caller
        finally:
            transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: object) -> None:
        text = data.decode(errors="replace")
        if text.startswith("SIP/2.0"):
            self._answers.put_nowait(text)

    async def ring(self, number: str, until: asyncio.Event) -> float:
        """Call from `number`, give up when `until` is set. Returns the time of the first INVITE."""
        began, call, branch = await self._invite(number)
        await self._answer(call, 180)
        async with asyncio.timeout(10):
            await until.wait()
        self._request("CANCEL", 2, call, number, branch)
        ended = await self._answer(call, 487)
        self._request("ACK", 2, call, number, branch, to=_to(ended))
        return began

    async def talk(self, number: str, voice: Voice, until: asyncio.Event) -> None:
        """Call from `number`, speak with `voice` once answered, hang up when `until` is set."""
        self._sound = voice.port
        _, call, _ = await self._invite(number)
        answer = await self._answer(call, 200)
        self._request("ACK", 2, call, number, to=_to(answer))
        port = re.search(r"^m=audio (\d+)", answer, re.MULTILINE)
        assert port is not None
        speaking = asyncio.create_task(voice.speak(int(port[1])))
        try:
            await until.wait()
        finally:
            speaking.cancel()
            self._request("BYE", 3, call, number, to=_to(answer))
            await self._answer(call, 200)
            self._sound = 9

    async def _invite(self, number: str) -> tuple[float, str, str]:
        """When the first INVITE left, the Call-ID, and the branch of the second."""
        call = secrets.token_hex(8)
        began = time.time()
        branch = self._request("INVITE", 1, call, number)
        challenge = await self._answer(call, 401)
        self._request("ACK", 1, call, number, branch, to=_to(challenge))
        proof = authorization(challenge, self._line, "INVITE", self._uri)
        return began, call, self._request("INVITE", 2, call, number, extra=proof)

    def _request(
        self,
        method: str,
        cseq: int,
        call: str,
        number: str,
        branch: str = "",
        *,
        to: str = "",
        extra: str = "",
    ) -> str:
        """Send it; the branch of its Via."""
        branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        body = ""
        if method == "INVITE":
            body = (
                f"v=0\r\no=- 1 1 IN IP4 {_HOST}\r\ns=-\r\nc=IN IP4 {_HOST}\r\nt=0 0\r\n"
                f"m=audio {self._sound} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
            )
            extra += (
                f"Contact: <sip:{self._line.user}@{_HOST}:{self._port}>\r\n"
                f"P-Asserted-Identity: <sip:{number}@{self._server.host}>\r\n"
                "Content-Type: application/sdp\r\n"
            )
        message = (
            f"{method} {self._uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {_HOST}:{self._port};branch={branch}\r\n"
            f"From: <sip:{self._line.user}@{self._server.host}>;tag={call[:8]}\r\n"
            f"{to or f'To: <{self._uri}>'}\r\n"
            f"Call-ID: {call}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._heard = False
        self._last = message.encode()
        self._send(self._last)
        return branch

    def _send(self, message: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(message)

    async def _answer(self, call: str, status: int) -> str:
        """The next answer of this call with that status; others are passed over.

        Until something comes, the last request is sent again every 500 ms, as RFC 3261 wants.
        """
        async with asyncio.timeout(15):
            while True:
                try:
                    text = await asyncio.wait_for(self._answers.get(), 0.5)
                except TimeoutError:
                    if not self._heard:
                        self._send(self._last)
                    continue
                if f"Call-ID: {call}" not in text:
                    continue
                self._heard = True
                code = int(text[8:11])
                if code == status:
                    return text
                if code >= 400:
                    raise RuntimeError(text.split("\r\n", 1)[0])


def _to(answer: str) -> str:
    found = re.search(r"^To:.*$", answer, re.MULTILINE)
    assert found is not None
    return found[0].strip()
