"""Which browsers are telephones now, by which connection, and what each comes back to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import aiohttp
import structlog
from aiohttp import WSCloseCode, web

from crm.bus import BusEvent
from crm.people.permissions import Actor
from crm.telephony.phone import PhoneService
from pbx_bridge.calls.events import Loss
from pbx_bridge.directory import web_endpoint
from pbx_bridge.lost_talks import LostTalk
from web.background import Background
from web.context import CONTEXT
from web.errors import HttpError, Problem
from web.live import CLOSE_ENDED, RECHECK_SECONDS, RIGHTS_EVENTS, Resolve

log = structlog.get_logger("web.sip")

MAX_MESSAGE = 64 * 1024  # bytes
CLOSE_REPLACED = 4002
_WAITING_SECONDS = 25.0  # somewhat longer than the dialplan waits
_DIAL_SECONDS = 2.0
_CLOSING = aiohttp.ClientWSTimeout(ws_close=0.5)

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
        self._lost_talks: dict[tuple[int, str], list[LostTalk]] = {}
        self._work = Background("sip_link_failed")
        self._url = f"http://127.0.0.1:{port}/ws"
        self._links: list[Link] = []  # the newest last
        self._http: aiohttp.ClientSession | None = None

    def __len__(self) -> int:
        return len(self._links)

    async def open(self) -> None:
        self._http = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._work.stop()
        if self._http is not None:
            await self._http.close()

    async def dial(self) -> Client:
        """Raises HttpError 502."""
        assert self._http is not None
        try:
            async with asyncio.timeout(_DIAL_SECONDS):
                return await self._http.ws_connect(
                    self._url, protocols=("sip",), max_msg_size=MAX_MESSAGE, timeout=_CLOSING
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise HttpError(Problem(502, "pbx_down", "The PBX does not answer.")) from error

    def add(self, link: Link) -> None:
        self._links.append(link)

    def remove(self, link: Link) -> None:
        self._links.remove(link)
        # A server that stops, or a PBX that went, leaves the talks alone.
        if link.registered and link.code != WSCloseCode.GOING_AWAY:
            self._work.start(self._lost(link))

    def is_registered(self, link: Link) -> None:
        """Whoever waits for this browser gets it back. Its connection of before is dead, if not yet
        for us: a network that fails says nothing.
        """
        if not link.registered:
            link.registered = True
            for other in self.of(link.actor.id):
                if other is not link and other.registered and other.browser == link.browser != "":
                    other.close(CLOSE_REPLACED, b"connected anew")
            self._work.start(self._give_back(link))

    async def _lost(self, link: Link) -> None:
        talks = await self._phone.browser_lost(link.extension, link.port, link.loss)
        if not talks:
            return
        place = (link.actor.id, link.browser)
        kept = self._lost_talks.setdefault(place, [])
        kept += talks
        asyncio.get_running_loop().call_later(_WAITING_SECONDS, self._give_up, place, kept, talks)
        for other in self.of(link.actor.id):
            if other.browser == link.browser and other.registered:
                await self._give_back(other)  # it was faster than the old connection's end

    def _give_up(
        self, place: tuple[int, str], kept: list[LostTalk], talks: Sequence[LostTalk]
    ) -> None:
        """Only these: what was lost again meanwhile, the same talk too, still waits."""
        if self._lost_talks.get(place) is not kept:
            return  # given back
        del kept[: len(talks)]  # the oldest are given up first
        if not kept:
            del self._lost_talks[place]

    async def _give_back(self, link: Link) -> None:
        talks = self._lost_talks.pop((link.actor.id, link.browser), [])
        if talks:
            await self._phone.browser_back(talks, link.port)

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
