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

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from pbx_bridge.calls.events import Loss
from pbx_bridge.directory import extension_of
from web.auth import PROOF
from web.context import ACTOR, CONTEXT
from web.errors import HttpError, Problem, not_available
from web.live import HEARTBEAT, check_origin, resolver
from web.sip_links import CLOSE_REPLACED, MAX_MESSAGE, SIP, Client, Link, SipLinks
from web.sip_message import is_registered, sender_of

log = structlog.get_logger("web.sip")

MAX_LINKS = 20  # of one user: tabs hand one registration to each other
PING, PONG = "\r\n\r\n", "\r\n"


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
