"""Listens to a PBX's manager interface and keeps every event whole, in order."""

import asyncio
import contextlib
from collections.abc import Callable

from pbx_bridge.ami.protocol import Message, Parser
from pbx_bridge.asterisk.runner import AmiAccess

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 5.0


class Tap:
    """One manager connection at a time; `connect` again after the PBX was restarted."""

    def __init__(self) -> None:
        self.events: list[dict[str, str]] = []
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answers: dict[str, dict[str, str]] = {}
        self._changed = asyncio.Condition()
        self._actions = 0

    async def connect(self, access: AmiAccess) -> None:
        """Logs in; returns when the PBX has said FullyBooted."""
        seen = len(self.events)
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, self._writer = await asyncio.open_connection(access.host, access.port)
        self._reader = asyncio.create_task(self._read(reader, Parser()))
        await self.act("Login", Username=access.user, Secret=access.secret)
        await self.until(lambda events: _named(events[seen:], "FullyBooted"))

    async def act(self, action: str, variables: tuple[str, ...] = (), **headers: str) -> None:
        """Raises AssertionError when the PBX refuses."""
        assert self._writer is not None
        self._actions += 1
        action_id = f"tap-{self._actions}"
        lines = [f"Action: {action}", f"ActionID: {action_id}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Variable: {value}" for value in variables]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        async with asyncio.timeout(_ANSWER_SECONDS), self._changed:
            await self._changed.wait_for(lambda: action_id in self._answers)
        answer = self._answers.pop(action_id)
        assert answer["Response"] == "Success", answer

    async def until(
        self, happened: Callable[[list[dict[str, str]]], bool], seconds: float = 10.0
    ) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: happened(self.events))

    async def calls_over(self) -> None:
        """Returns when every channel that was made has been hung up."""
        await self.until(lambda events: not open_channels(events))

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        if self._reader is not None:
            await self._reader
        self._writer = self._reader = None

    async def _read(self, reader: asyncio.StreamReader, parser: Parser) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                messages = parser.feed(chunk)
                async with self._changed:
                    for message in messages:
                        self._keep(message)
                    self._changed.notify_all()

    def _keep(self, message: Message) -> None:
        if message.name:
            self.events.append(dict(message.headers))
        else:
            self._answers[message.get("ActionID")] = dict(message.headers)


def made_channels(events: list[dict[str, str]]) -> set[str]:
    """Unique ids of all channels since the PBX was last started."""
    channels: set[str] = set()
    for event in events:
        if event["Event"] == "FullyBooted":
            channels.clear()
        elif event["Event"] == "Newchannel":
            channels.add(event["Uniqueid"])
    return channels


def open_channels(events: list[dict[str, str]]) -> set[str]:
    """Those of them that have not been hung up."""
    ended = {event["Uniqueid"] for event in events if event["Event"] == "Hangup"}
    return made_channels(events) - ended


def _named(events: list[dict[str, str]], name: str) -> bool:
    return any(event["Event"] == name for event in events)
