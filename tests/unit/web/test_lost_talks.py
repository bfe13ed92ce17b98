"""How long the talks of a browser that went are kept for it, in a time that is told."""

import asyncio
from collections.abc import Coroutine, Sequence

from aiohttp import WSCloseCode
from structlog.testing import capture_logs

from crm.people.models import Role
from crm.people.permissions import Actor
from crm.telephony.phone import PhoneService
from pbx_bridge.calls.events import Loss
from pbx_bridge.lost_talks import LostTalk, Waiting
from web.sip_links import Link, SipLinks

CLIENT = Waiting("PJSIP/line1-00000001")


class ToldTime(asyncio.SelectorEventLoop):
    """Time passes when it is told to."""

    told = 0.0

    def time(self) -> float:
        return self.told


class PaperPhone(PhoneService):
    def __init__(self) -> None:
        self.back: list[tuple[LostTalk, ...]] = []
        self.fails: Exception | None = None

    async def browser_lost(self, extension: str, port: int, loss: Loss) -> tuple[LostTalk, ...]:
        if self.fails is not None:
            raise self.fails
        return (CLIENT,)

    async def browser_back(self, talks: Sequence[LostTalk], port: int) -> None:
        self.back.append(tuple(talks))


class Browser:
    """Eva's, which goes and comes."""

    def __init__(self) -> None:
        self.phone = PaperPhone()
        self._links = SipLinks(1, self.phone)
        self._actor = Actor(1, "eva", "Eva Malá", Role.EMPLOYEE, extensions=("101",))
        self._link: Link | None = None

    async def _itself(self) -> Actor:
        return self._actor

    async def comes(self) -> None:
        self._link = Link(self._actor, self._itself, "b", 4711, "101")
        self._links.add(self._link)
        self._links.is_registered(self._link)
        await self._settled()

    async def goes(self) -> None:
        assert self._link is not None
        self._link.code = WSCloseCode.OK
        self._links.remove(self._link)
        await self._settled()

    async def _settled(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


def told(story: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=ToldTime) as runner:
        runner.run(story)


async def passes(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ToldTime)
    loop.told += seconds
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_is_lost_again_waits_as_long_as_before() -> None:
    async def story() -> None:
        eva = Browser()
        await eva.comes()
        await eva.goes()
        await passes(2)
        await eva.comes()
        await passes(18)
        await eva.goes()  # at 20 seconds
        await passes(6)
        await eva.comes()
        assert eva.phone.back == [(CLIENT,), (CLIENT,)]

    told(story())


def test_who_has_waited_long_enough_is_not_given_back() -> None:
    async def story() -> None:
        eva = Browser()
        await eva.comes()
        await eva.goes()
        await passes(26)
        await eva.comes()
        assert eva.phone.back == []

    told(story())


def test_what_fails_is_logged() -> None:
    async def story() -> None:
        eva = Browser()
        eva.phone.fails = RuntimeError("of the test")
        await eva.comes()
        await eva.goes()

    with capture_logs() as logs:
        told(story())
    (failed,) = logs
    assert (failed["event"], failed["exc_info"].args) == ("sip_link_failed", ("of the test",))
