"""Sounds that the PBX plays to callers: uploaded, made fit for the telephone, kept.

A sound's name tells its content, so that a file that is there is right, and the same sound of two
lines is one file.
"""

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recordings.errors import RecordingMissingError
from recordings.process import AudioWorker
from recordings.store import AudioFile

LARGEST = 20_000_000  # bytes of an uploaded file
LONGEST = 120.0  # seconds

_SECONDS = 60.0  # for the worker
_STALE = 3600.0  # after so many seconds what no line has is left over
_UPLOADED = "uploaded"
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Sound:
    """`name`: in the store. `seconds`: how long it is."""

    name: str
    seconds: float


class SoundStore:
    """Its worker runs while a sound is taken in, which is seldom."""

    def __init__(self, root: Path, worker: AudioWorker | None = None) -> None:
        self._root = root
        self._worker = worker or AudioWorker()

    async def take(self, content: bytes) -> Sound:
        """Keep what was uploaded. Raises JobError (see `recordings.telephone`), WorkerError."""
        scratch = await asyncio.to_thread(_laid_down, content)
        made = scratch / "made.wav"
        try:
            answer = await self._worker.run(
                "telephone",
                _SECONDS,
                source=str(scratch / _UPLOADED),
                target=str(made),
                longest=LONGEST,
            )
            name = await asyncio.to_thread(self._keep, made)
        finally:
            await self._worker.stop()
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        return Sound(name, answer["seconds"])

    async def open(self, name: str) -> AudioFile:
        """Raises RecordingMissingError."""
        path = self._path(name)
        if path is None or not await asyncio.to_thread(path.is_file):
            raise RecordingMissingError("this sound is no longer there")
        size = (await asyncio.to_thread(path.stat)).st_size
        return AudioFile(path, size, "audio/wav", name)

    async def drop(self, name: str) -> None:
        """Remove it, if it is there."""
        if (path := self._path(name)) is not None:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def sweep(self, wanted: Collection[str]) -> None:
        """Remove what is left over: none of `wanted`, and older than somebody takes to save it."""
        await asyncio.to_thread(self._sweep, wanted)

    async def close(self) -> None:
        await self._worker.stop()

    def _path(self, name: str) -> Path | None:
        return self._root / f"{name}.wav" if _NAME.fullmatch(name) else None

    def _keep(self, made: Path) -> str:
        content = made.read_bytes()
        name = hashlib.sha256(content).hexdigest()[:32]
        self._root.mkdir(parents=True, exist_ok=True)
        part = self._root / f".{name}.{os.getpid()}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._root / f"{name}.wav")
        return name

    def _sweep(self, wanted: Collection[str]) -> None:
        for file in self._root.glob("*.wav"):
            with suppress(OSError):
                if file.stem not in wanted and time.time() - file.stat().st_mtime > _STALE:
                    file.unlink()


def _laid_down(content: bytes) -> Path:
    """A new directory with the upload in it."""
    scratch = Path(tempfile.mkdtemp(prefix="hovorna-sound-"))
    (scratch / _UPLOADED).write_bytes(content)
    return scratch
