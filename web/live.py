"""`/live`: events as JSON over a WebSocket, each only to those who may see it.

Messages are `{"type","at","data"}`; the first is `{"type":"hello",...}`: what came before it must
be fetched by the API. A client that is too slow is closed with 4008 and should connect again; one
whose session or token has ended with 4001; a server that stops closes with 1001.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from crm.bus import BusEvent
from crm.people import permissions
from crm.people.permissions import Actor
from web.auth import CREDENTIALS, PROOF
from web.background import Background
from web.context import ACTOR, CONTEXT
from web.errors import HttpError, Problem
from web.metrics import Metrics

log = structlog.get_logger("web.live")

# Bytes a socket may be behind: some 3,000 call events, for what gathered in a busy moment is told
# at once.
MAX_BEHIND = 8_000_000
HEARTBEAT = 20.0  # seconds
RECHECK_SECONDS = 60.0
CLOSE_ENDED = 4001
CLOSE_SLOW = 4008
MAX_INCOMING = 4096  # bytes; clients have nothing to say here

Resolve = Callable[[], Awaitable[Actor | None]]


def encode(type_: str, at: datetime, data: object) -> bytes:
    message = {"type": type_, "at": at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


@dataclass(eq=False, slots=True)
class Listener:
    """One socket. `resolve` asks anew who it belongs to, None when that has ended."""

    actor: Actor
    resolve: Resolve
    queue: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    behind: int = 0  # bytes in the queue
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = WSCloseCode.OK
    reason: bytes = b""

    def put(self, message: bytes) -> bool:
        """Never waits. False: the client is too far behind to be told of it."""
        if self.behind + len(message) > MAX_BEHIND:
            return False
        self.behind += len(message)
        self.queue.put_nowait(message)
        return True

    async def get(self) -> bytes:
        message = await self.queue.get()
        self.behind -= len(message)
        return message

    def close(self, code: int, reason: bytes) -> None:
        if not self.closing.is_set():
            self.code, self.reason = code, reason
            self.closing.set()


class LiveHub:
    """Hands each bus event, serialised once, to the sockets that may have it."""

    def __init__(self, metrics: Metrics) -> None:
        self._listeners: set[Listener] = set()
        self._metrics = metrics

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        self._listeners.add(listener)
        self._metrics.live_sockets.set(len(self._listeners))

    def remove(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        self._metrics.live_sockets.set(len(self._listeners))

    def publish(self, event: BusEvent) -> None:
        """Never waits: too much in a queue closes its socket."""
        self._metrics.events.labels(event.type).inc()
        message: bytes | None = None
        for listener in self._listeners:
            if not permissions.may_see_event(listener.actor, event):
                continue
            if message is None:
                message = encode(event.type, event.at, event.data)
            if not listener.put(message):
                self._metrics.live_dropped.inc()
                listener.close(CLOSE_SLOW, b"too slow, connect again")

    async def recheck(self) -> None:
        """Rights may have changed, sessions ended: ask again for every socket."""
        for listener in list(self._listeners):
            actor = await listener.resolve()
            if actor is None:
                listener.close(CLOSE_ENDED, b"signed out")
            else:
                listener.actor = actor

    def close_all(self) -> None:
        for listener in list(self._listeners):
            listener.close(WSCloseCode.GOING_AWAY, b"restarting, connect again")


LIVE = web.AppKey("live", LiveHub)
RIGHTS_EVENTS = ("user.", "token.", "session.", "department.", "directory.")


async def follow_bus(app: web.Application) -> AsyncIterator[None]:
    """Between start and end of the application: from the bus to the sockets."""
    hub, credentials = app[LIVE], app[CREDENTIALS]
    rechecks = Background("live_recheck_failed")

    def receive(event: BusEvent) -> None:
        if event.type.startswith(RIGHTS_EVENTS) and event.type != "user.presence":
            credentials.forget()
            rechecks.start(hub.recheck())
        hub.publish(event)

    stop = app[CONTEXT].crm.bus.listen(receive)
    expiry = asyncio.create_task(_recheck_forever(hub))
    yield
    stop()
    expiry.cancel()
    await asyncio.gather(expiry, rechecks.stop(), return_exceptions=True)


async def _recheck_forever(hub: LiveHub) -> None:
    """Sessions and tokens also end by themselves, which nobody announces."""
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        try:
            await hub.recheck()
        except Exception:
            log.exception("live_recheck_failed")


async def live(request: web.Request) -> web.StreamResponse:
    check_origin(request)
    hub = request.app[LIVE]
    context = request.app[CONTEXT]
    listener = Listener(request[ACTOR], resolver(request))
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT, compress=False, max_msg_size=MAX_INCOMING, timeout=1.0
    )
    await socket.prepare(request)
    listener.put(encode("hello", context.clock(), {"user": listener.actor.id}))
    hub.add(listener)
    try:
        await _serve(socket, listener)
    finally:
        hub.remove(listener)
    await _close(socket, listener, request)
    return socket


async def _serve(socket: web.WebSocketResponse, listener: Listener) -> None:
    """Until the client goes, or `listener.close` was called."""
    tasks = {
        asyncio.create_task(_send(socket, listener)),
        asyncio.create_task(_drain(socket)),
        asyncio.create_task(listener.closing.wait()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(socket: web.WebSocketResponse, listener: Listener) -> None:
    while True:
        await socket.send_frame(await listener.get(), WSMsgType.TEXT)


async def _drain(socket: web.WebSocketResponse) -> None:
    """Reading answers pings and notices that the client went; what it says means nothing."""
    async for _ in socket:
        pass


async def _close(socket: web.WebSocketResponse, listener: Listener, request: web.Request) -> None:
    """A client that does not read cannot be waited for: its transport is cut."""
    try:
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(2.0):
                await socket.close(code=listener.code, message=listener.reason)
    finally:
        transport = request.transport
        if transport is not None and transport.get_write_buffer_size() > 0:
            transport.abort()


def check_origin(request: web.Request) -> None:
    """A foreign page must not listen with the user's cookie; a token is proof in itself."""
    if request[PROOF].kind == "token":
        return
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).netloc != request.host:
        raise HttpError(Problem(403, "origin", "This address may not be used from that page."))


def resolver(request: web.Request) -> Resolve:
    """Asks anew who this request's proof belongs to."""
    credentials, proof = request.app[CREDENTIALS], request[PROOF]

    async def resolve() -> Actor | None:
        return await credentials.find(proof)

    return resolve
