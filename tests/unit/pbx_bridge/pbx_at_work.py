"""A recorded call, told again by a fake manager and a CEL file, as far as a test wants it told."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pbx_bridge.bridge import Bridge, Timings
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.cel.lines import json_row
from pbx_bridge.cel.tail import TailedFile
from pbx_bridge.checkpoint import Checkpoint
from pbx_bridge.ports import OpenCall
from tests.replay.replaying import LAYOUT, LOGS
from tests.replay.replaying import Journal as Told
from tests.unit.pbx_bridge.ami.fake_manager import FakeManager, block, success

QUICK = Timings(settle=0.01, grace=0.02, reconcile=60.0, checkpoint=0.02)


class Journal:
    """Keeps events as the database does, and can be told to refuse."""

    def __init__(self) -> None:
        self._told = Told()
        self._appended = asyncio.Condition()
        self.batches: list[list[CallEvent]] = []
        self.refuse: Callable[[Sequence[CallEvent]], bool] = lambda events: False
        self.refused = asyncio.Event()

    async def settle(self) -> None:
        """It keeps nothing on a disk."""

    async def append(self, events: Sequence[CallEvent]) -> None:
        if self.refuse(events):
            self.refused.set()
            raise ConnectionError("the database does not answer")
        async with self._appended:
            self._told.append(events)
            self.batches.append(list(events))
            self._appended.notify_all()

    @property
    def events(self) -> list[CallEvent]:
        return [event for batch in self.batches for event in batch]

    @property
    def records(self) -> list[CallRecord]:
        return list(self._told.records().values())

    async def until(self, so: Callable[[list[CallRecord]], bool]) -> list[CallRecord]:
        async with self._appended:
            await self._appended.wait_for(lambda: so(self.records))
        return self.records

    async def all_in_state(self, state: str) -> list[CallRecord]:
        return await self.until(lambda records: {it.state for it in records} == {state})

    async def open_calls(self) -> Sequence[OpenCall]:
        """As the CRM would find them in its database."""
        return [
            OpenCall(record.call, record.direction, self._last(record.call))
            for record in self.records
            if record.end is None and record.direction is not None
        ]

    def _last(self, call: str) -> int:
        return max(event.at for event in self.events if event.call == call)


class Checkpoints:
    """In memory; outlives a bridge, as the file does."""

    def __init__(self) -> None:
        self.kept: Checkpoint | None = None
        self._saved = asyncio.Condition()

    async def load(self) -> Checkpoint | None:
        return self.kept

    async def save(self, checkpoint: Checkpoint) -> None:
        async with self._saved:
            self.kept = checkpoint
            self._saved.notify_all()

    async def until(self, so: Callable[[Checkpoint], bool]) -> None:
        async with self._saved:
            await self._saved.wait_for(lambda: self.kept is not None and so(self.kept))


class PbxAtWork:
    """Tells the recorded call `name`: by AMI to whoever is connected, and always by CEL."""

    def __init__(self, manager: FakeManager, name: str, folder: Path) -> None:
        self.manager = manager
        self.cel = folder / "cel.jsonl"
        self._ami = _load(LOGS / f"{name}.ami.jsonl")
        self._rows = _load(LOGS / f"{name}.cel.jsonl")
        self._place = self._written = 0
        self.checkpoints = Checkpoints()
        self.now = datetime.fromtimestamp(float(self._rows[-1]["eventtime"]), UTC)
        self.now += timedelta(seconds=30)
        manager.answers["Ping"] = lambda headers: [success(Timestamp=str(self.now.timestamp()))]

    def clock(self) -> datetime:
        return self.now

    def tell(self, until: str | None = None, *, ami: bool = True, cel: bool = True) -> None:
        """What happens up to and with the first event of that name, or all that is left."""
        while self._place < len(self._ami):
            message = self._ami[self._place]
            self._place += 1
            self._track(message)
            if ami and "Timestamp" in message:
                self.manager.send(block(message.items()))
            if cel and "Timestamp" in message:
                self._write(float(message["Timestamp"]))
            if message["Event"] == until:
                return
        if cel:
            self._write(float("inf"))

    def tell_again(self, since: str) -> None:
        """Go back to the last event of that name: AMI was late."""
        names = [message["Event"] for message in self._ami]
        self._place = len(names) - 1 - names[::-1].index(since)

    def half_a_message(self) -> None:
        whole = block(self._ami[self._place].items())
        self.manager.send(whole[: len(whole) // 2])

    def die(self) -> None:
        """As when power fails: connection and channels gone, nobody hung up."""
        self.manager.cut()
        self.manager.channels.clear()
        self.manager.uptime = "1"

    def _track(self, message: dict[str, str]) -> None:
        """The channels that exist, for CoreShowChannels."""
        channels = self.manager.channels
        if message["Event"] == "Newchannel":
            channels.append(dict(message))
        elif message["Event"] == "Hangup":
            channels[:] = [it for it in channels if it["Uniqueid"] != message["Uniqueid"]]

    def _write(self, until: float) -> None:
        with self.cel.open("a", encoding="utf-8") as file:
            while self._written < len(self._rows):
                row = self._rows[self._written]
                if float(row["eventtime"]) > until:
                    return
                file.write(json.dumps(row) + "\n")
                self._written += 1

    def bridge(
        self,
        journal: Journal,
        *,
        cel: bool = True,
        start_at: Literal["beginning", "end"] = "beginning",
    ) -> Bridge:
        """A new one, with the state that the one before has left."""
        bridge = Bridge(
            self.manager.options(),
            journal,
            self.checkpoints,
            TailedFile(self.cel, json_row) if cel else None,
            pbx_id="main",
            jitter=lambda: 0.0,
            open_calls=journal,
            start_at=start_at,
            clock=self.clock,
            timings=QUICK,
        )
        bridge.set_layout(LAYOUT)
        return bridge


def _load(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
