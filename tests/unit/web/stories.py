"""Calls as the bridge would tell them."""

import asyncio
from pathlib import Path

from crm.columns import to_micros
from crm.telephony.views import CallView
from pbx_bridge.calls.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallRinging,
    CallStarted,
    Direction,
    Joined,
    Outcome,
    Party,
    PartyJoined,
    PartyLeft,
    RecordingFinished,
    RecordingStarted,
    RingingStopped,
    Side,
)
from recordings.ports import Source, StoredRecording
from tests.unit.web.house import House


class Inbound:
    """A call from `number` on line1 to an extension, told step by step, a second apart."""

    def __init__(
        self,
        house: House,
        number: str | None = "+420777123456",
        *,
        key: str = "main-1.1",
        extension: str = "101",
        name: str | None = None,
    ) -> None:
        self.house, self.number, self.key, self.name = house, number, key, name
        self.at = to_micros(house.clock())
        self.client = Party(number=number, line="line1")
        self.employee = Party(extension=extension)

    def _next(self) -> int:
        self.at += 1_000_000
        return self.at

    async def _tell(self, *events: CallEvent) -> None:
        await self.house.crm.journal.append(events)

    async def rings(self) -> "Inbound":
        await self._tell(
            CallStarted(
                call=self.key,
                at=self._next(),
                key="started",
                direction=Direction.INBOUND,
                number=self.number,
                name=self.name,
                line="line1",
                dialled="+420222000001",
                extension=None,
                withheld=self.number is None,
            ),
            CallRinging(call=self.key, at=self.at, key="ringing:a", party=self.employee),
        )
        return self

    async def is_answered(self) -> "Inbound":
        at = self._next()
        call = self.key
        await self._tell(
            RingingStopped(
                call=call, at=at, key="stopped:a", party=self.employee, reason="answered"
            ),
            PartyJoined(call=call, at=at, key="joined:c", party=self.client, how=Joined.CALLED),
            PartyJoined(call=call, at=at, key="joined:e", party=self.employee, how=Joined.ANSWERED),
            CallAnswered(call=call, at=at, key="answered", party=self.employee),
            RecordingStarted(call=call, at=at, key="rec", channel=self.channel),
        )
        return self

    async def ends(self) -> "Inbound":
        at, call = self._next(), self.key
        await self._tell(
            PartyLeft(call=call, at=at, key="left:c", party=self.client),
            PartyLeft(call=call, at=at, key="left:e", party=self.employee),
            RecordingFinished(call=call, at=at, key="recf", channel=self.channel),
            CallEnded(
                call=call, at=at, key="ended", outcome=Outcome.ANSWERED, ended_by=Side.CLIENT
            ),
        )
        return self

    async def is_missed(self) -> "Inbound":
        at, call = self._next(), self.key
        await self._tell(
            RingingStopped(
                call=call, at=at, key="stopped:a", party=self.employee, reason="no_answer"
            ),
            CallEnded(call=call, at=at, key="ended", outcome=Outcome.MISSED, ended_by=Side.CLIENT),
        )
        return self

    @property
    def channel(self) -> str:
        return self.key.removeprefix("main-")

    async def view(self) -> CallView:
        page = await self.house.crm.calls.list_calls(self.house.actor("admin"))
        return next(call for call in page.items if call.key == self.key)

    async def is_recorded(
        self, audio: bytes = bytes(range(256)) * 40, seconds: float = 12.5
    ) -> int:
        """Its recording is stored; the recording's id."""
        path = f"2026/11/23/{self.channel}-1.ogg"
        file = self.house.settings.recordings_dir / path
        await asyncio.to_thread(write, file, audio)
        await self.house.crm.catalogue.attach(
            StoredRecording(
                channel=self.channel,
                part=1,
                call=self.key,
                path=path,
                seconds=seconds,
                size=len(audio),
                sha256="0" * 64,
                peaks=bytes(20),
                source=Source("1" * 64, "2" * 64),
            )
        )
        return (await self.view()).recordings[0].id


def write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
