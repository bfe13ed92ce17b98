"""A key with a lamp, as a desk phone has it: SUBSCRIBE to a colleague's state, over plain UDP.

RFC 6665 (events), RFC 4235 (dialog-info). Written by hand: pjsua2 does not speak dialog-info.
"""

import asyncio
import contextlib
import hashlib
import re
import secrets
import xml.etree.ElementTree as Xml
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"
_SECONDS = 10.0


class Refused(AssertionError):
    def __init__(self, code: int) -> None:
        super().__init__(f"SUBSCRIBE was answered {code}")
        self.code = code


@dataclass
class Lamp:
    """What the PBX said of the watched extension, in order: "" (idle), early, confirmed..."""

    states: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def shows(self, state: str) -> None:
        """Until the last state told is this one."""
        try:
            async with asyncio.timeout(_SECONDS), self.changed:
                await self.changed.wait_for(lambda: self.states[-1:] == [state])
        except TimeoutError:
            raise AssertionError(f"no {state!r}; there was {self.states}") from None


class _Phone(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.messages: asyncio.Queue[str] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        self.messages.put_nowait(data.decode())

    def send(self, text: str) -> None:
        self.transport.sendto(text.replace("\n", "\r\n").encode())


@contextlib.asynccontextmanager
async def lamp(host: str, port: int, user: str, password: str, watched: str) -> AsyncIterator[Lamp]:
    """`user`'s phone watches `watched`. Raises Refused."""
    loop = asyncio.get_running_loop()
    transport, phone = await loop.create_datagram_endpoint(_Phone, remote_addr=(host, port))
    phone.transport = transport
    own = transport.get_extra_info("sockname")
    request = _Request(f"{host}:{port}", f"{own[0]}:{own[1]}", user, password, watched)
    shown = Lamp()
    try:
        phone.send(request.text())
        answer = await _answer(phone)
        if code_of(answer) == 401:
            phone.send(request.text(answer))
            answer = await _answer(phone)
        if code_of(answer) >= 300:
            raise Refused(code_of(answer))
        reader = asyncio.create_task(_follow(phone, shown))
        try:
            yield shown
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
    finally:
        transport.close()


@dataclass
class _Request:
    server: str
    own: str
    user: str
    password: str
    watched: str
    number: int = 0
    call: str = field(default_factory=lambda: secrets.token_hex(8))

    def text(self, challenge: str = "") -> str:
        self.number += 1
        uri = f"sip:{self.watched}@{self.server}"
        return (
            f"SUBSCRIBE {uri} SIP/2.0\n"
            f"Via: SIP/2.0/UDP {self.own};branch=z9hG4bK{secrets.token_hex(6)};rport\n"
            f"From: <sip:{self.user}@{self.server}>;tag={self.call}\n"
            f"To: <{uri}>\n"
            f"Call-ID: {self.call}\n"
            f"CSeq: {self.number} SUBSCRIBE\n"
            f"Contact: <sip:{self.user}@{self.own}>\n"
            "Event: dialog\nAccept: application/dialog-info+xml\nExpires: 300\n"
            f"{self._proof(challenge, uri)}Max-Forwards: 70\nContent-Length: 0\n\n"
        )

    def _proof(self, challenge: str, uri: str) -> str:
        if not challenge:
            return ""
        given = dict(re.findall(r'(\w+)="([^"]*)"', header(challenge, "WWW-Authenticate")))
        realm, nonce = given["realm"], given["nonce"]
        cnonce = secrets.token_hex(8)
        first = _md5(f"{self.user}:{realm}:{self.password}")
        response = _md5(f"{first}:{nonce}:00000001:{cnonce}:auth:{_md5(f'SUBSCRIBE:{uri}')}")
        opaque = f', opaque="{given["opaque"]}"' if "opaque" in given else ""
        return (
            f'Authorization: Digest username="{self.user}", realm="{realm}", nonce="{nonce}",'
            f' uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001,'
            f' cnonce="{cnonce}"{opaque}\n'
        )


async def _answer(phone: _Phone) -> str:
    """The final response; a NOTIFY that overtook it is put back."""
    early: list[str] = []
    async with asyncio.timeout(_SECONDS):
        while True:
            message = await phone.messages.get()
            if message.startswith("SIP/2.0") and code_of(message) >= 200:
                for one in early:
                    phone.messages.put_nowait(one)
                return message
            early.append(message)


async def _follow(phone: _Phone, shown: Lamp) -> None:
    while True:
        message = await phone.messages.get()
        if not message.startswith("NOTIFY"):
            continue
        copied = [
            line
            for line in message.partition("\r\n\r\n")[0].split("\r\n")
            if line.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        phone.send("\n".join(["SIP/2.0 200 OK", *copied, "Content-Length: 0", "", ""]))
        body = message.partition("\r\n\r\n")[2].strip("\0")
        if body.strip():
            async with shown.changed:
                shown.bodies.append(body)
                shown.states.append(state_of(body))
                shown.changed.notify_all()


def state_of(body: str) -> str:
    """The dialog's state; "" without a dialog, or with one that has ended."""
    dialog = Xml.fromstring(body).find(f"{_DIALOG}dialog/{_DIALOG}state")
    found = (dialog.text or "") if dialog is not None else ""
    return "" if found == "terminated" else found


def code_of(response: str) -> int:
    return int(response.split(" ", 2)[1])


def header(message: str, name: str) -> str:
    return next(
        line.partition(":")[2].strip()
        for line in message.split("\r\n")
        if line.partition(":")[0].lower() == name.lower()
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
