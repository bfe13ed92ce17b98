"""One connection to the manager: from the banner through the login to its end."""

import asyncio
import itertools
import ssl
from collections.abc import Iterable

from pbx_bridge.ami.errors import (
    ActionRefused,
    ActionTimeout,
    AmiError,
    NotConnected,
)
from pbx_bridge.ami.login import login
from pbx_bridge.ami.options import AmiOptions, Header
from pbx_bridge.ami.protocol import Message, Parser, encode_action
from pbx_bridge.ami.queue import Batch, EventQueue


class _Pending:
    """An action on its way. A list collects its items until the one that completes it."""

    __slots__ = ("action", "future", "items")

    def __init__(self, action: str, future: asyncio.Future[list[Message]], *, listed: bool) -> None:
        self.action = action
        self.future = future
        self.items: list[Message] | None = [] if listed else None

    def resolve(self, message: Message) -> bool:
        """True when the action is complete."""
        if not self.future.done():
            if not message.name and not message.succeeded:
                self.future.set_exception(ActionRefused(self.action, message.get("Message")))
            elif self.items is None:
                self.future.set_result([message])
            elif message.name and message.get("EventList") == "Complete":
                self.future.set_result(self.items)
            elif message.name:
                self.items.append(message)
        return self.future.done()


class Session(asyncio.Protocol):
    """A logged-in connection. Made by `open_session`; not to be used after it is lost."""

    def __init__(self, options: AmiOptions) -> None:
        self._loop = asyncio.get_running_loop()
        self._options = options
        self._parser = Parser(options.wanted)
        self._transport: asyncio.Transport | None = None
        self._pending: dict[str, _Pending] = {}
        self._ids = itertools.count(1)
        self._paused = False
        self._low_mark = options.hard_limit // 2
        self._last_data = self._loop.time()
        self._keeper: asyncio.Task[None] | None = None
        self._booted = asyncio.Event()
        self.events = EventQueue(
            self._loop.time, options.droppable, options.soft_limit, options.hard_limit
        )
        self.greeted: asyncio.Future[str] = self._loop.create_future()
        self.lost: asyncio.Future[AmiError] = self._loop.create_future()

    @property
    def parser(self) -> Parser:
        """Its counters: unwanted, malformed, oversized."""
        return self._parser

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._last_data = self._loop.time()
        try:
            messages = self._parser.feed(data)
        except AmiError as error:
            self._lose(error)
            return
        if self._parser.banner is not None and not self.greeted.done():
            self.greeted.set_result(self._parser.banner)
        if self._pending and messages:
            messages = [message for message in messages if not self._answers(message)]
        events = [message for message in messages if message.name]
        if events:
            if not self._booted.is_set() and any(e.name == "FullyBooted" for e in events):
                self._booted.set()
            self.events.put(events)
            if self.events.full and not self._paused and self._transport is not None:
                self._transport.pause_reading()
                self._paused = True

    def eof_received(self) -> None:
        self._lose(NotConnected("the PBX closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(NotConnected(f"the connection was lost: {exc}" if exc else "closed"))

    # What the bridge uses

    async def action(
        self, name: str, *headers: Header, limit: float | None = None, key: str = ""
    ) -> Message:
        """The PBX's response, waited for `limit` seconds. `key`: the ActionID, if it matters.

        Raises InvalidAction, ActionRefused, ActionTimeout, NotConnected.
        """
        return (await self._send(name, headers, limit, key, listed=False))[0]

    async def action_list(
        self, name: str, *headers: Header, limit: float | None = None
    ) -> list[Message]:
        """The items of a list, such as CoreShowChannels. Raises as `action`."""
        return await self._send(name, headers, limit, "", listed=True)

    async def take(self) -> Batch:
        """Events, as EventQueue.take. Raises NotConnected once lost and all is delivered."""
        batch = await self.events.take()
        self._resume()
        if batch is None:
            raise self.lost.result()
        return batch

    def take_nowait(self) -> Batch | None:
        """Events that are here already; None if there are none."""
        batch = self.events.take_nowait()
        self._resume()
        return batch

    def _resume(self) -> None:
        if self._paused and self._transport is not None and len(self.events) < self._low_mark:
            self._transport.resume_reading()
            self._paused = False

    async def close(self) -> None:
        """Say goodbye and let go. Never raises."""
        if not self.lost.done() and self._transport is not None:
            self._transport.write(encode_action([("Action", "Logoff")]))
        self._lose(NotConnected("we closed the connection"))

    # Inside

    def _answers(self, message: Message) -> bool:
        """Whether the message belongs to a pending action; then it is given to it."""
        if message.name and not self._parser.correlated:
            return False
        key = message.get("ActionID")
        pending = self._pending.get(key)
        if pending is None or (message.name and pending.items is None):
            return False
        if pending.resolve(message):
            del self._pending[key]
            self._parser.correlated = any(p.items is not None for p in self._pending.values())
        return True

    async def _send(
        self, name: str, headers: Iterable[Header], limit: float | None, key: str, *, listed: bool
    ) -> list[Message]:
        key = key or f"hov-{next(self._ids)}"
        data = encode_action([("Action", name), ("ActionID", key), *headers])
        if self.lost.done() or self._transport is None:
            raise NotConnected(f"{name}: there is no connection to the PBX")
        pending = _Pending(name, self._loop.create_future(), listed=listed)
        self._pending[key] = pending
        self._parser.correlated = self._parser.correlated or listed
        self._transport.write(data)
        seconds = self._options.action_timeout if limit is None else limit
        try:
            async with asyncio.timeout(seconds):
                return await pending.future
        except TimeoutError as error:
            raise ActionTimeout(f"{name}: no answer within {seconds:g} s") from error
        finally:
            self._pending.pop(key, None)

    def _lose(self, reason: AmiError) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        if not self.greeted.done():
            self.greeted.set_exception(reason)
            self.greeted.exception()  # somebody may have stopped waiting
        for pending in self._pending.values():
            if not pending.future.done():
                pending.future.set_exception(NotConnected(f"{pending.action}: {reason}"))
        self._pending.clear()
        self.events.close()
        self._booted.set()  # nobody need wait for it any more
        if self._keeper is not None:
            self._keeper.cancel()
        if self._transport is not None:
            self._transport.close()

    async def wait_booted(self) -> bool:
        """Until the PBX says FullyBooted; False if it does not, as without the right `system`.

        Raises NotConnected when the connection is lost meanwhile.
        """
        try:
            async with asyncio.timeout(self._options.boot_timeout):
                await self._booted.wait()
        except TimeoutError:
            return False
        if self.lost.done():
            raise self.lost.result()
        return True

    def keep_alive(self) -> None:
        """Ping when nothing is heard; a dead line is noticed within twice `ping_interval`."""
        self._keeper = self._loop.create_task(self._ping(), name="ami keep-alive")

    async def _ping(self) -> None:
        interval = self._options.ping_interval
        while True:
            await asyncio.sleep(interval)
            if self._paused or self._loop.time() - self._last_data < interval:
                continue
            try:
                await self.action("Ping", limit=interval)
            except ActionTimeout:
                if self._transport is not None:
                    self._transport.abort()
                self._lose(NotConnected("the PBX does not answer any more"))
            except AmiError:
                return


async def open_session(options: AmiOptions) -> Session:
    """Connect and log in. Raises AmiError, always one with a message for the administrator."""
    loop = asyncio.get_running_loop()
    where = f"{options.host}:{options.port}"
    try:
        async with asyncio.timeout(options.connect_timeout):
            _, session = await loop.create_connection(
                lambda: Session(options), options.host, options.port, ssl=options.tls
            )
    except TimeoutError as error:
        raise NotConnected(f"{where} does not answer") from error
    except (OSError, ssl.SSLError) as error:
        raise NotConnected(f"cannot connect to {where}: {error}") from error
    try:
        try:
            async with asyncio.timeout(options.connect_timeout):
                await session.greeted
        except TimeoutError as error:
            raise NotConnected(f"{where} accepts connections but does not greet") from error
        await login(session, options)
    except BaseException:
        await session.close()
        raise
    session.keep_alive()
    return session
