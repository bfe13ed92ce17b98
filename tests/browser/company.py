"""A small company with clients and calls, told to the CRM as the PBX would tell it."""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crm.clients.models import CardType
from crm.clients.views import CardData, CardView
from crm.telephony.views import CallFilter, CallView
from pbx_bridge.calls import events as told
from pbx_bridge.calls.events import Direction, Joined, Outcome, Party, Side, TransferKind
from recordings.audio import combine
from recordings.ports import Source, StoredRecording
from recordings.wav import parse
from tests.unit.recordings.sounds import RATE, write_wav
from tests.unit.web.house import House

NASTY_NAME = ('<img src=x onerror=alert(1)> "Kryštof" & ' + "dlouhé jméno " * 25)[:200]
CONTACTS = 120
FIRST = ("Eva", "Jan", "Petra", "Tomáš", "Alice", "Řehoř", "Lucie", "Martin", "Zdeněk", "Šárka")
LAST = ("Dvořáková", "Novotný", "Johnson", "Černý", "Příbramský", "Veselá", "Horák", "Šťastný")


def micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


class Caller:
    """Tells the CRM's journal of calls. Every `CallEvent` goes the way that the bridge's do."""

    def __init__(self, house: House, first: int = 1) -> None:
        self._house = house
        self._count = itertools.count(first)
        self._told: list[OneCall] = []

    async def end_all(self) -> None:
        """Whatever a test left going on."""
        for call in self._told:
            if not call.over:
                await call.ended()
        self._told.clear()

    async def rings(
        self,
        number: str | None,
        *,
        at: datetime | None = None,
        extensions: Sequence[str] = ("101",),
        line: str = "line1",
        name: str | None = None,
    ) -> "OneCall":
        """An inbound call begins to ring."""
        call = OneCall(self._house, f"main-{next(self._count)}.1", at or self._house.clock())
        call.number, call.line = number, line
        self._told.append(call)
        await call.tell(
            told.CallStarted(
                call=call.key, at=call.micros, key="started", direction=Direction.INBOUND,
                number=number, name=name, line=line, dialled="+420222000001", extension=None,
                withheld=number is None,
            ),
            *(
                told.CallRinging(
                    call=call.key, at=call.micros, key=f"ringing:{one}", party=Party(extension=one)
                )
                for one in extensions
            ),
        )  # fmt: skip
        return call

    async def dials(
        self, extension: str, number: str, *, at: datetime | None = None, line: str = "line1"
    ) -> "OneCall":
        """An employee dials out."""
        call = OneCall(self._house, f"main-{next(self._count)}.1", at or self._house.clock())
        call.number, call.line = number, line
        self._told.append(call)
        us = Party(extension=extension)
        await call.tell(
            told.CallStarted(
                call=call.key, at=call.micros, key="started", direction=Direction.OUTBOUND,
                number=number, name=None, line=line, dialled=number, extension=extension,
            ),
            told.PartyJoined(
                call=call.key, at=call.micros, key=f"joined:{extension}", party=us,
                how=Joined.CALLED,
            ),
            told.CallRinging(
                call=call.key, at=call.micros, key="ringing:out",
                party=Party(number=number, line=line),
            ),
        )  # fmt: skip
        return call


class OneCall:
    """One call going on; its clock moves with `later`."""

    number: str | None
    line: str

    def __init__(self, house: House, key: str, at: datetime) -> None:
        self._house = house
        self.key = key
        self.at = at
        self.over = False

    @property
    def micros(self) -> int:
        return micros(self.at)

    @property
    def client(self) -> Party:
        return Party(number=self.number, line=self.line)

    def later(self, seconds: float) -> "OneCall":
        self.at += timedelta(seconds=seconds)
        return self

    async def tell(self, *events: told.CallEvent) -> None:
        await self._house.crm.journal.append(events)

    async def answered(self, by: str | None = "101") -> "OneCall":
        """By an employee's extension; None: the client answered what we dialled."""
        who = self.client if by is None else Party(extension=by)
        joined = [(who, Joined.ANSWERED)]
        if by is not None:
            joined.append((self.client, Joined.CALLED))
        await self.tell(
            *(
                told.PartyJoined(
                    call=self.key, at=self.micros, key=f"joined:{party.extension or 'out'}",
                    party=party, how=how,
                )
                for party, how in joined
            ),
            told.CallAnswered(call=self.key, at=self.micros, key="answered", party=who),
        )  # fmt: skip
        return self

    async def held(self, by: str) -> "OneCall":
        party = Party(extension=by)
        await self.tell(told.CallHeld(call=self.key, at=self.micros, key=f"held:{by}:1", by=party))
        return self

    async def records(self) -> "OneCall":
        """The recording goes on."""
        channel = self.key.removeprefix("main-")
        key = f"recording_started:{channel}"
        await self.tell(
            told.RecordingStarted(call=self.key, at=self.micros, key=key, channel=channel)
        )
        return self

    async def paused(self, pause: bool) -> "OneCall":
        return await self._recording(told.RecordingPaused if pause else told.RecordingResumed)

    async def stopped(self, stop: bool) -> "OneCall":
        """The recording is ended by hand, or begun again."""
        return await self._recording(told.RecordingStopped if stop else told.RecordingBegunAgain)

    async def _recording(
        self,
        kind: type[
            told.RecordingPaused
            | told.RecordingResumed
            | told.RecordingStopped
            | told.RecordingBegunAgain
        ],
    ) -> "OneCall":
        channel, key = self.key.removeprefix("main-"), f"{kind.type}:{self.micros}"
        await self.tell(kind(call=self.key, at=self.micros, key=key, channel=channel))
        return self

    async def also_rings(self, extension: str) -> "OneCall":
        party, key = Party(extension=extension), f"ringing:more:{extension}"
        await self.tell(told.CallRinging(call=self.key, at=self.micros, key=key, party=party))
        return self

    async def consults(self, by: str, to: str) -> "OneCall":
        us, them = Party(extension=by), Party(extension=to)
        stopped = told.RingingStopped(
            call=self.key, at=self.micros, key=f"ringing_stopped:more:{to}", party=them,
            reason="answered",
        )  # fmt: skip
        key = f"consult:{by}:{to}"
        await self.tell(
            stopped,
            told.ConsultStarted(call=self.key, at=self.micros, key=key, by=us, to=them),
        )
        return self

    async def joins(self, party: Party, how: Joined) -> "OneCall":
        key = f"joined:{party.extension or party.number}"
        await self.tell(
            told.PartyJoined(call=self.key, at=self.micros, key=key, party=party, how=how)
        )
        return self

    async def leaves(self, party: Party) -> "OneCall":
        key = f"left:{party.extension or party.number}"
        await self.tell(told.PartyLeft(call=self.key, at=self.micros, key=key, party=party))
        return self

    async def transferred(self, by: str, to: str) -> "OneCall":
        us, them = Party(extension=by), Party(extension=to)
        await self.tell(
            told.CallTransferred(
                call=self.key, at=self.micros, key=f"transferred:{by}",
                kind=TransferKind.BLIND, by=us, to=them,
            ),
            told.PartyLeft(call=self.key, at=self.micros, key=f"left:{by}", party=us),
            told.PartyJoined(
                call=self.key, at=self.micros, key=f"joined:{to}", party=them, how=Joined.TRANSFER
            ),
        )  # fmt: skip
        return self

    async def ended(
        self, outcome: Outcome = Outcome.ANSWERED, side: Side = Side.CLIENT
    ) -> "OneCall":
        self.over = True
        await self.tell(
            told.CallEnded(
                call=self.key, at=self.micros, key="ended", outcome=outcome, ended_by=side, cause=16
            )
        )
        return self

    async def recorded(self, seconds: float, folder: Path) -> "OneCall":
        """A stored recording of two people who take turns."""
        channel = self.key.removeprefix("main-")
        await self.tell(
            told.RecordingStarted(
                call=self.key, at=self.micros, key=f"recording_started:{channel}", channel=channel
            )
        )
        stored = make_recording(self._house.settings.recordings_dir, folder, self, channel, seconds)
        await self._house.crm.catalogue.attach(stored)
        return self

    async def view(self) -> CallView:
        """The call as an administrator sees it."""
        calls = self._house.crm.calls
        page = await calls.list_calls(self._house.actors["admin"], CallFilter(), limit=200)
        return next(call for call in page.items if call.key == self.key)


def make_recording(
    root: Path, folder: Path, call: OneCall, channel: str, seconds: float
) -> StoredRecording:
    """Both sides as an Opus file in `root`."""
    sides = []
    for number, name in enumerate(("client", "company")):
        path = write_wav(folder / f"{channel}.{name}.wav", turns(seconds, number))
        whole = path.read_bytes()
        sides.append((path, parse(whole[:100], len(whole))))
    parts: list[bytes] = []
    combined = combine(sides[0], sides[1], parts.append)
    content = b"".join(parts)
    digest = hashlib.sha256(content).hexdigest()
    stored = f"2026/11/23/{channel}-1.ogg"
    target = root / stored
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return StoredRecording(
        channel, 1, call.key, stored, combined.seconds, len(content), digest, combined.peaks,
        Source(None, None),
    )  # fmt: skip


def turns(seconds: float, side: int) -> NDArray[np.int16]:
    """Two-second turns of something as uneven as speech; the other side is silent meanwhile."""
    at = np.arange(int(seconds * RATE)) / RATE
    voice = np.sin(2 * np.pi * (180 + 90 * side) * at) * (0.35 + 0.3 * np.sin(2 * np.pi * 3.1 * at))
    mine = (at // 2).astype(int) % 2 == side
    samples: NDArray[np.int16] = (voice * mine * 26000).astype(np.int16)
    return samples


async def furnish(house: House, folder: Path) -> dict[str, CardView]:
    """Clients and a morning of calls. Returns the cards that the tests ask for by name."""
    clients, admin = house.crm.clients, house.actors["admin"]
    cards: dict[str, CardView] = {}
    bakery = await clients.create_card(
        admin,
        CardType.COMPANY,
        {"name": "Pekárna U Mlýna s.r.o.", "phones": [{"number": "+420222333444"}]},
    )
    cards["bakery"] = bakery
    for i in range(CONTACTS):
        data: CardData = {
            "name": f"{FIRST[i % len(FIRST)]} {LAST[i % len(LAST)]} {i:03}",
            "phones": [{"number": f"+420777000{i:03}", "kind": "mobile"}],
        }
        if i % 3 == 0:
            data |= {
                "company_id": bakery.id,
                "position": "Jednatel",
                "emails": [f"c{i}@cz.example"],
            }
        card = await clients.create_card(admin, CardType.CONTACT, data)
        cards[f"contact{i}"] = card
    nasty: CardData = {"name": NASTY_NAME, "phones": [{"number": "+420777999999"}]}
    cards["nasty"] = await clients.create_card(admin, CardType.CONTACT, nasty)
    caller, now = Caller(house), house.clock()
    await _morning(caller, now, folder)
    lead = await house.crm.lookup.cards("+420601000002")
    cards["lead"] = await clients.get_card(admin, CardType.LEAD, lead[0].id)
    return cards


async def _morning(caller: Caller, now: datetime, folder: Path) -> None:
    """Recorded, missed, transferred, refused, withheld: one of each, and enough to page."""
    minute = timedelta(minutes=1)
    call = await caller.rings("+420777000000", at=now - 50 * minute, extensions=("101", "102"))
    await call.later(8).answered("101")
    await call.recorded(24, folder)
    await call.later(40).transferred("101", "102")
    await call.later(60).ended()
    call = await caller.rings("+420601000001", at=now - 40 * minute)
    await call.later(25).ended(Outcome.MISSED)
    call = await caller.rings("+420601000002", at=now - 35 * minute)
    await call.later(5).answered("101")
    await call.recorded(16, folder)
    await call.later(90).ended(side=Side.COMPANY)
    call = await caller.rings(None, at=now - 30 * minute)
    await call.later(12).ended(Outcome.MISSED)
    call = await caller.dials("101", "+420777000001", at=now - 20 * minute)
    await call.later(20).ended(Outcome.NO_ANSWER)
    call = await caller.dials("102", "+420777000002", at=now - 15 * minute)
    await call.later(9).answered(None)
    await call.later(70).ended()
    call = await caller.rings("+420777999999", at=now - 10 * minute, name=NASTY_NAME)
    await call.later(25).ended(Outcome.MISSED)
    for i in range(60):
        call = await caller.rings(f"+420777000{i + 20:03}", at=now - (90 + i) * minute)
        await call.later(6).answered("102")
        await call.later(30 + i).ended()
