"""101's mobile, which the line's simulated provider plays, and calls placed on it.

Import the fixtures into a module of tests, beside those of `softphones`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest_asyncio

from crm.telephony.views import StoryItem
from hovorna.sample import ADMINS_MOBILE
from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program
from tests.unit.web.test_story import a_call
from web.formats import Formats
from web.rendering import load_catalogue
from web.story import tell

MOBILE = ADMINS_MOBILE


@dataclass(frozen=True, slots=True)
class Outside:
    """The provider of line1: whoever is called by it. `client`: a number of this test alone."""

    phone: Phone
    client: str

    async def incoming(self) -> PhoneCall:
        return await self.phone.incoming()


async def employee(program: Program, extension: str) -> dict[str, Any]:
    users = (await program.get("/users"))["items"]
    return next(user for user in users if extension in user["extensions"])


@pytest_asyncio.fixture(loop_scope="module")
async def provider(house: Program, pool: PhonePool, number: str) -> Outside:
    """101 has a mobile in the sample company, and the line's provider is there."""
    return Outside(await house.phone(pool, "line1", tone=1000), number)


class Placed:
    """A call of 101 from the mobile, as the API has it."""

    def __init__(self, program: Program, call_id: int) -> None:
        self.program = program
        self.id = call_id

    async def once(
        self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 15
    ) -> dict[str, Any]:
        call: dict[str, Any] = {}
        try:
            async with asyncio.timeout(seconds):
                while True:
                    call = await self.program.get(f"/calls/{self.id}")
                    if wanted(call):
                        return call
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not as wanted after {seconds} s: {call}") from None

    async def is_(self, state: str, seconds: float = 15) -> dict[str, Any]:
        return await self.once(lambda call: call["state"] == state, seconds)

    async def does(self, verb: str, **body: Any) -> None:
        status, said = await self.program.post(f"/calls/{self.id}/{verb}", body)
        assert status == 204, said

    async def words(self, language: str) -> list[str]:
        """The story as people read it."""
        items = (await self.program.get(f"/calls/{self.id}/story"))["items"]
        story = [StoryItem(**it | {"at": datetime.fromisoformat(it["at"])}) for it in items]
        fmt = Formats(language, ZoneInfo("Europe/Prague"), "CZ", datetime.now(UTC))
        number = (await self.program.get(f"/calls/{self.id}"))["number"]
        call = a_call(direction="outbound", number=number, ended_by_side="company")
        gettext = load_catalogue(language).gettext if language != "en" else str
        return [step.text for step in tell(call, story, fmt, gettext).steps]

    async def told(self) -> list[tuple[str, str | None]]:
        """Of the story, what is told and why."""
        items = (await self.program.get(f"/calls/{self.id}/story"))["items"]
        return [(it["type"], it["body"].get("reason")) for it in items]


async def ask(program: Program, provider: Outside, **body: Any) -> tuple[int, Any]:
    wanted = {"from": "101", "to": provider.client, "device": "mobile"} | body
    return await program.post("/calls", wanted)


async def mobile_rings(program: Program, provider: Outside) -> tuple[Placed, PhoneCall]:
    status, said = await ask(program, provider)
    assert status == 202, said
    mobile = await provider.incoming()
    assert mobile.invitation is not None
    assert mobile.invitation["dialled"] == MOBILE
    assert mobile.invitation["number"] == program.number_of("line1")
    return Placed(program, said["id"]), mobile


async def connected(program: Program, provider: Outside) -> tuple[Placed, PhoneCall, PhoneCall]:
    """The mobile's key was pressed, and the client's phone rings."""
    call, mobile = await mobile_rings(program, provider)
    await mobile.answer()
    await mobile.digits("1")
    client = await provider.incoming()
    assert client.invitation is not None
    assert client.invitation["dialled"] == provider.client
    assert client.invitation["number"] == program.number_of("line1")
    return call, mobile, client


async def talk(program: Program, provider: Outside) -> tuple[Placed, PhoneCall, PhoneCall]:
    call, mobile, client = await connected(program, provider)
    await client.answer()
    await call.is_("talking")
    return call, mobile, client


async def leads(program: Program, number: str) -> int:
    return int((await program.get("/leads", q=number))["total"])
