"""A small Asterisk manager on a real socket: logs in, answers, says what a test tells it to."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from pbx_bridge.ami.options import AmiOptions

Headers = list[tuple[str, str]]
Answer = Callable[[dict[str, str]], Iterable[Headers]]

USER, SECRET, CHALLENGE = "hovorna", "open sesame", "199262746"
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def block(headers: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers) + b"\r\n"


def event(name: str, **headers: str) -> bytes:
    return block([("Event", name), *headers.items()])


def parse(data: bytes) -> Headers:
    lines = (line.partition(":") for line in data.decode().split("\r\n") if line)
    return [(name, value.removeprefix(" ")) for name, _, value in lines]


def success(**headers: str) -> Headers:
    return [("Response", "Success"), *headers.items()]


def error(message: str) -> Headers:
    return [("Response", "Error"), ("Message", message)]


def listing(item: str, rows: Sequence[dict[str, str]]) -> list[Headers]:
    return [
        success(EventList="start"),
        *([("Event", item), *row.items()] for row in rows),
        [("Event", f"{item}sComplete"), ("EventList", "Complete"), ("ListItems", str(len(rows)))],
    ]


@dataclass
class FakeManager:
    """Use as `async with FakeManager() as manager`. `answers` may be given or changed per action;
    an answer of no blocks is silence."""

    challenge: bool = True
    booted: bool = True
    uptime: str = "86400"
    banner: bytes = BANNER
    tls: ssl.SSLContext | None = None
    channels: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    actions: list[Headers] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        self._changed = asyncio.Condition()
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        await self.listen()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.shut()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, ssl=self.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Stop listening and cut whoever is connected, as a PBX that is killed."""
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def options(self, **changes: object) -> AmiOptions:
        values: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "secret": SECRET,
            **changes,
        }
        return AmiOptions(**values)  # type: ignore[arg-type]

    def send(self, data: bytes) -> None:
        assert self._writer is not None, "nobody is connected"
        self._writer.write(data)

    def cut(self) -> None:
        """End the connection at once, in the middle of whatever was being said."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def until(self, predicate: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(predicate)

    async def received(self, action: str, times: int = 1) -> Headers:
        """The last of `times` such actions, waited for."""
        await self.until(lambda: len(self._named(action)) >= times)
        return self._named(action)[times - 1]

    def _named(self, action: str) -> list[Headers]:
        return [headers for headers in self.actions if headers[0] == ("Action", action)]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writer = writer
        writer.write(self.banner)
        await self._tell(lambda: setattr(self, "connections", self.connections + 1))
        try:
            while True:
                headers = parse(await reader.readuntil(b"\r\n\r\n"))
                await self._handle(headers, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._tasks.discard(task)

    async def _handle(self, headers: Headers, writer: asyncio.StreamWriter) -> None:
        known = dict(headers)
        for answer in self._answer(known):
            writer.write(block([answer[0], ("ActionID", known.get("ActionID", "")), *answer[1:]]))
        if known["Action"] == "Login" and self._accepts(known) and self.booted:
            writer.write(event("FullyBooted", Privilege="system,all", Uptime=self.uptime))
        await self._tell(lambda: self.actions.append(headers))

    async def _tell(self, change: Callable[[], object]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()

    def _answer(self, headers: dict[str, str]) -> Iterable[Headers]:
        action = headers["Action"]
        if action in self.answers:
            return self.answers[action](headers)
        match action:
            case "Challenge" if self.challenge:
                return [success(Challenge=CHALLENGE)]
            case "Challenge":
                return [error("Must specify AuthType")]
            case "Login" if self._accepts(headers):
                return [success(Message="Authentication accepted")]
            case "Login":
                return [error("Authentication failed")]
            case "CoreShowChannels":
                return listing("CoreShowChannel", self.channels)
            case "CoreSettings":
                return [success(AsteriskVersion="22.10.1")]
            case "Ping":
                return [success(Ping="Pong", Timestamp="1795439381.572626")]
            case "Logoff":
                return [[("Response", "Goodbye")]]
        return [success()]

    def _accepts(self, headers: dict[str, str]) -> bool:
        digest = hashlib.md5((CHALLENGE + SECRET).encode()).hexdigest()
        proof = headers.get("Key") == digest or headers.get("Secret") == SECRET
        return headers.get("Username") == USER and proof
