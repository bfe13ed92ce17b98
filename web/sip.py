"""`/sip`: SIP over WebSocket (RFC 7118) between an employee's browser and the PBX.

For signed-in users on our own pages only. The PBX is dialled first: while it is down the answer is
502, and the browser tries again. A message that is no SIP, or whose From is not the user's own
browser endpoint, closes with 1008; one over 64 kB with 1009; the end of the session with 4001; a
browser that is registered on a newer connection with 4002; a PBX that went, or a server that stops,
with 1001. CR LF CR LF is answered with CR LF (RFC 5626,
4.4.1), so that a browser notices a dead network within seconds.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from crm.bus import BusEvent
from crm.people.permissions import Actor
from crm.telephony.phone import PhoneService
from pbx_bridge.calls.events import Loss
from pbx_bridge.directory import extension_of, web_endpoint
from pbx_bridge.lost_talks import LostTalk
from web.auth import PROOF
from web.context import ACTOR, CONTEXT
from web.errors import HttpError, Problem, not_available
from web.live import (
    CLOSE_ENDED,
    HEARTBEAT,
    RECHECK_SECONDS,
    RIGHTS_EVENTS,
    Resolve,
    check_origin,
    resolver,
)
from web.sip_message import is_registered, sender_of

log = structlog.get_logger("web.sip")

MAX_MESSAGE = 64 * 1024  # bytes
WAITING_SECONDS = 25.0  # somewhat longer than the dialplan waits
MAX_LINKS = 20  # of one user: tabs hand one registration to each other
DIAL_SECONDS = 2.0
CLOSING = aiohttp.ClientWSTimeout(ws_close=0.5)
CLOSE_REPLACED = 4002
PING, PONG = "\r\n\r\n", "\r\n"

Client = aiohttp.ClientWebSocketResponse


@dataclass(eq=False, slots=True)
class Link:
    """One browser's connection. `port`: ours towards the PBX, part of its contact there."""

    actor: Actor
    resolve: Resolve
    browser: str
    port: int
    extension: str = ""  # whose phone it is: of the first message's sender
    registered: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    loss: Loss = Loss.UNKNOWN  # once it has ended
    code: int = WSCloseCode.OK
    reason: bytes = b""

    def close(self, code: int, reason: bytes) -> None:
        if not self.closing.is_set():
            self.code, self.reason = code, reason
            self.closing.set()

    def is_own(self, user: str) -> bool:
        return any(user == web_endpoint(one) for one in self.actor.extensions)


class SipLinks:
    """All connections of this process, and the way to the PBX."""

    def __init__(self, port: int, phone: PhoneService) -> None:
        self._phone = phone
        self._lost_talks: dict[tuple[int, str], tuple[LostTalk, ...]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._url = f"http://127.0.0.1:{port}/ws"
        self._links: list[Link] = []  # the newest last
        self._http: aiohttp.ClientSession | None = None

    def __len__(self) -> int:
        return len(self._links)

    async def open(self) -> None:
        self._http = aiohttp.ClientSession()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def dial(self) -> Client:
        """Raises HttpError 502."""
        assert self._http is not None
        try:
            async with asyncio.timeout(DIAL_SECONDS):
                return await self._http.ws_connect(
                    self._url, protocols=("sip",), max_msg_size=MAX_MESSAGE, timeout=CLOSING
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise HttpError(Problem(502, "pbx_down", "The PBX does not answer.")) from error

    def add(self, link: Link) -> None:
        self._links.append(link)

    def remove(self, link: Link) -> None:
        self._links.remove(link)
        # A server that stops, or a PBX that went, leaves the talks alone.
        if link.registered and link.code != WSCloseCode.GOING_AWAY:
            self._do(self._lost(link))

    def is_registered(self, link: Link) -> None:
        """Whoever waits for this browser gets it back. Its connection of before is dead, if not yet
        for us: a network that fails says nothing.
        """
        if not link.registered:
            link.registered = True
            for other in self.of(link.actor.id):
                if other is not link and other.registered and other.browser == link.browser != "":
                    other.close(CLOSE_REPLACED, b"connected anew")
            self._do(self._give_back(link))

    async def _lost(self, link: Link) -> None:
        talks = await self._phone.browser_lost(link.extension, link.port, link.loss)
        if not talks:
            return
        place = (link.actor.id, link.browser)
        self._lost_talks[place] = (*self._lost_talks.get(place, ()), *talks)
        asyncio.get_running_loop().call_later(WAITING_SECONDS, self._lost_talks.pop, place, None)
        for other in self.of(link.actor.id):
            if other.browser == link.browser and other.registered:
                await self._give_back(other)  # it was faster than the old connection's end

    async def _give_back(self, link: Link) -> None:
        talks = self._lost_talks.pop((link.actor.id, link.browser), ())
        if talks:
            await self._phone.browser_back(talks, link.port)

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def of(self, user_id: int) -> list[Link]:
        return [link for link in self._links if link.actor.id == user_id]

    def port_of(self, user_id: int, browser: str) -> int | None:
        """Of the newest connection of the user's browser that names itself so."""
        ports = [link.port for link in self.of(user_id) if link.browser == browser]
        return ports[-1] if browser and ports else None

    async def recheck(self) -> None:
        """Sessions may have ended, extensions changed hands: ask again for every connection."""
        for link in list(self._links):
            actor = await link.resolve()
            if actor is None or actor.extensions != link.actor.extensions:
                link.close(CLOSE_ENDED, b"signed out, or another phone now")
            else:
                link.actor = actor

    def close_all(self) -> None:
        for link in list(self._links):
            link.close(WSCloseCode.GOING_AWAY, b"restarting, connect again")


SIP = web.AppKey("sip", SipLinks)


async def follow_rights(app: web.Application) -> AsyncIterator[None]:
    """Between start and end of the application: whoever lost the right to a phone is cut off."""
    links = app[SIP]
    await links.open()
    news = asyncio.Event()

    def receive(event: BusEvent) -> None:
        if event.type.startswith(RIGHTS_EVENTS) and event.type != "user.presence":
            news.set()

    stop = app[CONTEXT].crm.bus.listen(receive)
    task = asyncio.create_task(_recheck_forever(links, news))
    yield
    stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await links.close()


async def _recheck_forever(links: SipLinks, news: asyncio.Event) -> None:
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), RECHECK_SECONDS)
        news.clear()
        try:
            await links.recheck()
        except Exception:
            log.exception("sip_recheck_failed")


async def sip(request: web.Request) -> web.StreamResponse:
    """GET /sip"""
    links = request.app[SIP]
    _check(request, links)
    pbx = await links.dial()
    try:
        link = _link(request, pbx)
        links.add(link)
        try:
            return await _serve(request, link, pbx)
        finally:
            links.remove(link)
    finally:
        await pbx.close()


def _check(request: web.Request, links: SipLinks) -> None:
    if request[PROOF].kind != "session":
        raise HttpError(Problem(403, "forbidden", "Only the pages of a signed-in user phone here."))
    check_origin(request)
    if not request[ACTOR].extensions:
        raise HttpError(Problem(403, "forbidden", "You have no extension."))
    if request.app[CONTEXT].settings.pbx != "bundled":
        raise not_available("This PBX has no telephone for browsers.")
    if len(links.of(request[ACTOR].id)) >= MAX_LINKS:
        raise HttpError(Problem(429, "too_many", "Too many browsers of yours are connected."))
    if "sip" not in request.headers.get("Sec-WebSocket-Protocol", "").replace(" ", "").split(","):
        raise HttpError(Problem(400, "subprotocol", "The subprotocol must be sip."))


def _link(request: web.Request, pbx: Client) -> Link:
    port = int(pbx.get_extra_info("sockname", ("", 0))[1])
    browser = request.query.get("browser", "")[:64]
    return Link(request[ACTOR], resolver(request), browser, port)


async def _serve(request: web.Request, link: Link, pbx: Client) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(
        protocols=("sip",), heartbeat=HEARTBEAT, compress=False, max_msg_size=MAX_MESSAGE, timeout=1
    )
    await socket.prepare(request)
    tasks = {
        asyncio.create_task(_from_browser(socket, pbx, link)),
        asyncio.create_task(_from_pbx(pbx, socket, link, request.app[SIP])),
        asyncio.create_task(link.closing.wait()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        link.loss = _loss(socket, link)
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(2.0):
            await socket.close(code=link.code, message=link.reason)
    return socket


def _loss(socket: web.WebSocketResponse, link: Link) -> Loss:
    """A page that goes says so. One that gives a dead connection up gives no reason with it."""
    if link.code == CLOSE_REPLACED or isinstance(socket.exception(), TimeoutError):
        return Loss.NETWORK
    if link.closing.is_set():
        return Loss.UNKNOWN
    match socket.close_code:
        case WSCloseCode.OK | WSCloseCode.GOING_AWAY:
            return Loss.CLOSED
        case 0:
            return Loss.NETWORK
        case _:
            return Loss.UNKNOWN


async def _from_browser(socket: web.WebSocketResponse, pbx: Client, link: Link) -> None:
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            link.close(WSCloseCode.POLICY_VIOLATION, b"SIP is text")
            return
        if message.data == PING:
            await socket.send_str(PONG)
            continue
        if message.data == PONG:
            continue
        try:
            sender = sender_of(message.data)
        except ValueError as error:
            link.close(WSCloseCode.POLICY_VIOLATION, str(error).encode())
            return
        if sender is not None and not link.is_own(sender):
            log.warning("sip_of_another", user=link.actor.id)
            link.close(WSCloseCode.POLICY_VIOLATION, b"not your phone")
            return
        if sender is not None and not link.extension:
            link.extension = extension_of(sender)
        await pbx.send_str(message.data)


async def _from_pbx(
    pbx: Client, socket: web.WebSocketResponse, link: Link, links: SipLinks
) -> None:
    async for message in pbx:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
            if is_registered(message.data):
                links.is_registered(link)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    link.close(WSCloseCode.GOING_AWAY, b"the PBX went, connect again")
