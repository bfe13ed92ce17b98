"""A plain manager session for tests: independent of the bridge's own client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from pbx_bridge.asterisk.runner import AmiAccess

Message = dict[str, str]
_SECONDS = 10.0


class ManagerError(AssertionError):
    """The PBX refused an action, or what was awaited did not come."""


class Manager:
    """Events are kept in `events`, in order; headers that repeat keep their last value."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._happened = asyncio.Condition()
        self._responses: dict[str, Message] = {}
        self._numbered = 0
        self.events: list[Message] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, access: AmiAccess) -> AsyncIterator["Manager"]:
        reader, writer = await asyncio.open_connection(access.host, access.port)
        await reader.readline()  # Asterisk Call Manager/x.y.z
        manager = cls(reader, writer)
        task = asyncio.create_task(manager._read())
        try:
            await manager.act("Login", ("Username", access.user), ("Secret", access.secret))
            yield manager
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def act(self, action: str, *headers: tuple[str, str]) -> Message:
        """The response. Raises ManagerError if it is not Success."""
        self._numbered += 1
        identity = str(self._numbered)
        lines = [("Action", action), ("ActionID", identity), *headers]
        self._writer.write("".join(f"{k}: {v}\r\n" for k, v in lines).encode() + b"\r\n")
        await self._writer.drain()
        await self._until(lambda: identity in self._responses, action)
        response = self._responses.pop(identity)
        if response["Response"] != "Success":
            raise ManagerError(f"{action}: {response.get('Message')}")
        return response

    async def wait(self, event: str, seconds: float = _SECONDS, **headers: str) -> Message:
        """The first event of that name with these headers; it may be past."""

        def found() -> Message | None:
            return next((it for it in self.events if _is(it, event, headers)), None)

        await self._until(lambda: found() is not None, f"{event} {headers}", seconds)
        message = found()
        assert message is not None
        return message

    def all(self, event: str, **headers: str) -> list[Message]:
        return [it for it in self.events if _is(it, event, headers)]

    async def _until(
        self, happened: Callable[[], bool], what: str, seconds: float = _SECONDS
    ) -> None:
        try:
            async with asyncio.timeout(seconds), self._happened:
                await self._happened.wait_for(happened)
        except TimeoutError:
            seen = ", ".join(it["Event"] for it in self.events[-30:])
            raise ManagerError(f"no {what} within {seconds:g} s; last: {seen}") from None

    async def _read(self) -> None:
        message: Message = {}
        while line := await self._reader.readline():
            name, colon, value = line.decode(errors="replace").strip("\r\n").partition(": ")
            if colon:
                message[name] = value
            elif message:
                async with self._happened:
                    if "Event" in message:
                        self.events.append(message)
                    elif "ActionID" in message:
                        self._responses[message["ActionID"]] = message
                    self._happened.notify_all()
                message = {}


def _is(message: Message, event: str, headers: dict[str, str]) -> bool:
    return message["Event"] == event and all(message.get(k) == v for k, v in headers.items())
