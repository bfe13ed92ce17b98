"""A floor of desk phones in a house where the whole program runs, and what the API tells of it."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbx_bridge.asterisk.paths import PbxPaths
from pbx_bridge.sip.events import PhoneEvent
from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.program import Program
from tests.pbx.rows.reader import Reader
from tests.pbx.sound import sentence

_numbers = itertools.count(420799556100)
MOBILE = "777555666"  # as it is dialled
LONG = 60  # what the PBX lets ring for half a minute
SECONDS = 20  # for what a busy machine does late


@dataclass
class Client:
    """Somebody outside, who calls in; `talked` is measured at their own telephone."""

    number: str
    call: PhoneCall

    async def talked(self) -> float:
        began = await self.call.confirmed(SECONDS)
        ended = await self.call.disconnected(SECONDS)
        return ended.at - began.at


class Floor:
    """Its phones are registered once and stay; `new_day` forgets what rang before."""

    def __init__(self, house: Program, pool: PhonePool, folder: Path) -> None:
        self.house = house
        self.number = ""
        self._numbers: list[str] = []
        self.reader = Reader(house)
        self._pool = pool
        self._folder = folder
        self._registered: dict[str, Phone] = {}
        self._phones: dict[str, Phone] = {}
        self._known: set[int] = set()

    async def new_day(self) -> None:
        self._numbers.clear()
        self.next_client()
        self._phones = {}
        self._known = {call["id"] for call in await self._calls()}

    def next_client(self) -> None:
        """Who calls in from now on is another one."""
        self.number = f"+{next(_numbers)}"
        self._numbers.append(self.number)

    async def everybody_goes(self) -> None:
        """Nothing of a day is left for the next, even if it ended badly."""
        for process in self._pool.processes:
            await process.tell("hangup-all")
        await self.until(lambda live: not live, state="live")

    async def token(self, login: str) -> str:
        """Of the API, with which one acts as this employee."""
        return (await self.house.output("token", "create", login)).strip()

    async def phone(self, user: str) -> Phone:
        if user not in self._registered:
            tone = 1000 if user.startswith("line") else 300 + int(user)
            self._registered[user] = await self.house.phone(self._pool, user, tone=tone)
        if user not in self._phones:
            known = self._registered[user]
            self._phones[user] = Phone(known.process, known.account)
        return self._phones[user]

    async def phones(self, *users: str) -> list[Phone]:
        return [await self.phone(user) for user in users]

    async def rings_in(self, line: str = "line1") -> Client:
        provider = await self.phone(line)
        call = await provider.dial(self.house.number_of(line), caller=self.number)
        return Client(self.number, call)

    async def client_with_101(self) -> tuple[Client, PhoneCall]:
        """They talk, and have said something to each other."""
        eva = await self.phone("101")
        client = await self.rings_in()
        desk = await eva.incoming(SECONDS)
        await desk.answer()
        await self.is_(lambda call: call["state"] == "talking")
        await self.speak(client.call, desk)
        return client, desk

    async def mobile(self, number: str = MOBILE) -> PhoneCall:
        """What rings outside."""
        return await (await self.phone("line1")).incoming(SECONDS, dialled=f"+420{number}")

    async def speak(self, *calls: PhoneCall, seconds: float = 1.0) -> None:
        """All speak for so long, once each hears the other side."""
        since = [call.process.mark() for call in calls]
        for call in calls:
            await call.confirmed(SECONDS)
            await call.tell("play", file=str(sentence(self._folder, seconds)))
        for call, mark in zip(calls, since, strict=True):
            await call.wait("played", seconds + SECONDS, since=mark)

    async def is_(self, wanted: Any) -> dict[str, Any]:
        """The call, once it is as wanted."""
        return await self.house.call_with(self.number, wanted, SECONDS)

    async def until(self, wanted: Any, **query: str) -> list[dict[str, Any]]:
        """The calls, once they are as wanted."""
        found: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(SECONDS):
                while not wanted(found := await self._calls(**query)):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not as wanted after {SECONDS} s: {found}") from None
        return found

    async def _calls(self, **query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.house.get("/calls", limit="100", **query))[
            "items"
        ]
        return items

    async def becomes(
        self,
        client: Client,
        *,
        owner: str,
        parties: list[tuple[str, str]],
        transfers: list[tuple[str, str, str, bool]] | None = None,
        words: Sequence[str] = (),
        internal: int = 0,
    ) -> dict[str, Any]:
        """One call with the client's number, as it is told after its end; its recording is whole.

        `transfers`: kind, by, to, whether returned. `words`: of its story as the page has it, in
        this order. `internal`: calls of colleagues beside it.
        """
        seconds = await client.talked()
        call = await self.house.call_with(client.number, _is_complete, SECONDS)
        assert (call["number"], call["outcome"], call["owner"]) == (
            client.number,
            "answered",
            owner,
        )
        took_part = [(it["extension"] or it["number"], it["how"]) for it in call["parties"]]
        assert took_part == [
            (client.number, "called"),
            *parties,
        ]
        handed = [(it["kind"], it["by"], it["to"], it["returned"]) for it in call["transfers"]]
        assert handed == (transfers or [])
        tells(await self.reader.steps(call["id"]), words)
        await self._is_whole(call, seconds)
        await self._is_the_only_one(call, internal)
        return call

    async def _is_whole(self, call: dict[str, Any], seconds: float) -> None:
        """Its length is the client's, and so is the recording's; no other file is left."""
        (recording,) = call["recordings"]
        assert abs(call["talk_seconds"] - seconds) < 0.7, (call["talk_seconds"], seconds)
        assert abs(recording["seconds"] - seconds) < 1, (recording["seconds"], seconds)
        assert (recording["channels"], recording["gaps"]) == (2, [])
        monitor = PbxPaths((self.house.data / "pbx").absolute()).monitor
        async with asyncio.timeout(SECONDS):
            while any(monitor.iterdir()):
                await asyncio.sleep(0.05)

    async def _is_the_only_one(self, call: dict[str, Any], internal: int) -> None:
        assert call["number"] in self._numbers
        new = [it for it in await self._calls() if it["id"] not in self._known]
        others = [it for it in new if it["number"] not in self._numbers]
        assert [it["direction"] for it in others] == ["internal"] * internal, others


def tells(steps: Sequence[str], words: Sequence[str]) -> None:
    """The words are among the steps, in this order."""
    rest = iter(steps)
    missing = [word for word in words if word not in rest]
    assert not missing, f"{missing} in {chr(10).join(steps)}"


def _is_complete(call: dict[str, Any]) -> bool:
    return call["state"] == "ended" and any(it["url"] for it in call["recordings"])


async def gone(*calls: PhoneCall) -> list[PhoneEvent]:
    return [await call.disconnected(SECONDS) for call in calls]
