"""A small program that takes in one recording, to be killed by a test at a chosen step.

`python -m tests.unit.recordings.program DIRECTORY CHANNEL STEP`: the catalogue is a file in the
directory. Steps: none; a step of `dying_worker`; or of this process: attaching, attached, removed.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recordings.ingest import Ingest
from recordings.places import Places
from recordings.ports import Condition, Source, StoredRecording
from recordings.process import AudioWorker
from tests.unit.recordings.conftest import HURRIED
from tests.unit.recordings.dying_worker import STEPS
from tests.unit.recordings.fakes import MemoryCatalogue

OWN_STEPS = ("attaching", "attached", "removed")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class FileCatalogue(MemoryCatalogue):
    """Survives the program: one line of JSON for every commit."""

    def __init__(self, path: Path, step: str) -> None:
        super().__init__()
        self._path = path
        self._step = step
        if path.exists():
            self.recordings = [revive(json.loads(line)) for line in path.read_text().splitlines()]

    async def attach(self, recording: StoredRecording) -> None:
        if self._step == "attaching":
            die()
        known: Sequence[StoredRecording] = list(self.recordings)
        await super().attach(recording)
        if len(self.recordings) > len(known):
            body = asdict(recording) | {"peaks": recording.peaks.hex()}
            with self._path.open("a") as file:
                file.write(json.dumps(body) + "\n")
        if self._step == "attached":
            die()


def revive(body: dict[str, Any]) -> StoredRecording:
    """A recording from its line."""
    return StoredRecording(
        **body
        | {
            "peaks": bytes.fromhex(body["peaks"]),
            "source": Source(**body["source"]),
            "condition": Condition(body["condition"]),
            "problems": tuple(body["problems"]),
        }
    )


def die_after_the_first_removal() -> None:
    original = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        original(path, missing_ok)
        if path.suffix == ".wav":
            die()

    Path.unlink = unlink  # type: ignore[method-assign, assignment]


async def run(directory: Path, channel: str, step: str) -> None:
    catalogue = FileCatalogue(directory / "catalogue", step)
    catalogue.know(channel)
    worker = None
    if step in STEPS:
        module = "tests.unit.recordings.dying_worker"
        marker = str(directory / "marker")
        worker = AudioWorker((sys.executable, "-m", module, step, channel, marker))
    if step == "removed":
        die_after_the_first_removal()
    places = Places(directory / "spool", directory / "store")
    ingest = Ingest(places, catalogue, worker, pace=HURRIED)
    await ingest.start()
    async with asyncio.timeout(20):
        while any(places.spool.iterdir()):
            await ingest.scan()
            await ingest.idle()
    await ingest.stop()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
