"""What a scenario plays on: a PBX with a small company on it, phones, and the outside world."""

import asyncio
import secrets
from pathlib import Path
from typing import Any, Protocol

from pbx_bridge.directory import Announcement, ExtensionEntry, LineEntry, MobileEntry, PbxDirectory
from pbx_bridge.sip.process import Phone, PhoneCall, PhonePool
from tests.pbx.sound import sentence

SALES = ("101", "102", "103", "104")
SERVICE = ("105", "106", "107", "108", "109")
RING_SECONDS = 6
CLIENT = "+420777123456"
OTHER_CLIENT = "+420608765432"
MOBILE = "+420603111222"  # 101's own
PROMPT = Announcement("Press one to be connected.", "en")
COUNTRIES = frozenset({"CZ", "FR", "US"})
MAIN_NUMBER, SERVICE_NUMBER = "+420222333444", "+420222333555"


def company() -> PbxDirectory:
    """Ten extensions, 101-104 one pickup group; line1 rings 101 and 102, line2 rings 105-109."""
    lines = ("line1", "line2")
    extensions = tuple(
        ExtensionEntry(
            number=str(number),
            name=f"Employee {number}",
            password=secrets.token_hex(8),
            pickup_group="sales" if str(number) in SALES else "service",
            default_line="line1",
            lines=lines,
            countries=COUNTRIES,
            web_password=secrets.token_hex(8),
            mobile=MobileEntry(MOBILE, PROMPT) if number == 101 else None,
        )
        for number in range(101, 111)
    )
    return PbxDirectory(
        extensions=extensions,
        lines=(
            _line("line1", MAIN_NUMBER, SALES[:2]),
            _line("line2", SERVICE_NUMBER, SERVICE),
        ),
    )


def _line(name: str, number: str, ring: tuple[str, ...]) -> LineEntry:
    return LineEntry(
        name=name,
        number=number,
        user=name,
        password=secrets.token_hex(8),
        mode="accept",
        ring=ring,
        ring_seconds=RING_SECONDS,
    )


class Channel(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def uniqueid(self) -> str: ...
    @property
    def linkedid(self) -> str: ...


class RealPbx(Protocol):
    """The bundled PBX as a scenario needs it."""

    @property
    def directory(self) -> PbxDirectory: ...

    @property
    def host(self) -> str: ...

    @property
    def sip_port(self) -> int: ...

    async def originate(
        self,
        channel: str,
        channel_id: str,
        *,
        context: str,
        variables: tuple[str, ...],
        **more: str,
    ) -> None:
        """AMI Originate, asynchronous."""
        ...

    async def act(self, action: str, *headers: tuple[str, str]) -> None:
        """Another manager action."""
        ...

    async def channel(self, endpoint: str) -> Channel:
        """The only channel of a phone or a line now."""
        ...

    async def devices(self, extension: str) -> list[str]:
        """Where the extension's desk phones are registered, as Originate's Channel."""
        ...

    async def kill(self) -> None:
        """As a power cut would: no goodbye to anybody."""
        ...

    async def start(self) -> None: ...


class Stage:
    """Phones on demand. Everything that rings or talks is real SIP and RTP."""

    def __init__(self, pbx: RealPbx, folder: Path) -> None:
        self.pbx = pbx
        self.folder = folder
        self._pool = PhonePool()
        self._elsewhere = PhonePool()
        self._phones: dict[str, Phone] = {}

    async def __aenter__(self) -> "Stage":
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.gather(self._pool.stop(), self._elsewhere.stop())

    async def phone(self, extension: str, **behaviour: Any) -> Phone:
        """The desk phone of an employee. It rings until told, or as `behaviour` says."""
        entry = next(it for it in self.pbx.directory.extensions if it.number == extension)
        tone = 300 + int(extension)
        return await self._register(extension, entry.password, tone, behaviour)

    async def phones(self, *extensions: str) -> list[Phone]:
        return [await self.phone(extension) for extension in extensions]

    async def second_phone(self, extension: str) -> Phone:
        """Another device of the same extension."""
        entry = next(it for it in self.pbx.directory.extensions if it.number == extension)
        return await self._elsewhere.register(
            extension, entry.password, self.pbx.host, self.pbx.sip_port, tone=300 + int(extension)
        )

    async def outside(self, line: str = "line1", **behaviour: Any) -> Phone:
        """The world behind a line's provider."""
        entry = next(it for it in self.pbx.directory.lines if it.name == line)
        return await self._register(entry.user, entry.password, 1000, behaviour)

    async def _register(
        self, user: str, password: str, tone: int, behaviour: dict[str, Any]
    ) -> Phone:
        if user not in self._phones:
            self._phones[user] = await self._pool.register(
                user, password, self.pbx.host, self.pbx.sip_port, tone=tone, **behaviour
            )
        return self._phones[user]

    async def call_in(
        self, caller: str | None = CLIENT, line: str = "line1", **fields: Any
    ) -> PhoneCall:
        """A client dials the line's number; None withholds the number."""
        outside = await self.outside(line)
        dialled = MAIN_NUMBER if line == "line1" else SERVICE_NUMBER
        if caller is None:
            return await outside.dial(dialled, caller=CLIENT, withheld=True, **fields)
        return await outside.dial(dialled, caller=caller, **fields)

    async def talk(self, *calls: PhoneCall, seconds: float = 1.5) -> None:
        """All speak for so long: returns when the last sentence has been said."""
        file = sentence(self.folder, seconds)
        since = [call.process.mark() for call in calls]
        for call in calls:
            await call.tell("play", file=str(file))
        await asyncio.gather(
            *(
                call.wait("played", seconds + 5, since=mark)
                for call, mark in zip(calls, since, strict=True)
            )
        )

    async def press(self, endpoint: str, keys: str) -> None:
        """As the CRM does it on an employee's channel."""
        channel = await self.pbx.channel(endpoint)
        for one in keys:
            await self.pbx.act(
                "PlayDTMF", ("Channel", channel.name), ("Digit", one), ("Receive", "true")
            )

    async def wait(self, seconds: float) -> None:
        """Nobody says or does anything for so long: part of the story, not a guess."""
        await asyncio.sleep(seconds)
