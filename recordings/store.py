"""Keeps the files and opens them for those who may hear them. Who may is decided in `crm`."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recordings.errors import ConversionError, JobError, RecordingMissingError, WorkerError
from recordings.names import BadNameError, resolve
from recordings.places import CACHE
from recordings.process import AudioWorker

_CACHE_BYTES = 500_000_000
_IDLE_SECONDS = 60.0
_BYTES_PER_SECOND = 20_000  # of Opus that are converted even on a slow, busy machine


class Format(StrEnum):
    """How a recording is given out. All are stereo, client left, company right."""

    OGG = "ogg"  # Opus, as it is stored
    MP3 = "mp3"
    WAV = "wav"

    @property
    def mime(self) -> str:
        return _MIME[self]


_MIME = {Format.OGG: "audio/ogg", Format.MP3: "audio/mpeg", Format.WAV: "audio/wav"}


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file to be served whole or in ranges. It does not change; `etag` names its content."""

    path: Path
    size: int
    mime: str
    etag: str


class RecordingStore:
    """`path` is always a StoredRecording's path. Its worker starts when a conversion is asked for,
    apart from the one that takes recordings in, so that a listener does not wait behind those.
    """

    def __init__(
        self, root: Path, worker: AudioWorker | None = None, cache_bytes: int = _CACHE_BYTES
    ) -> None:
        self._root = root
        self._worker = worker or AudioWorker()
        self._cache_bytes = cache_bytes
        self._making: dict[Path, asyncio.Task[None]] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def open(self, path: str, format: Format = Format.OGG) -> AudioFile:
        """Find the file, converting it first if need be; the result of that is kept for a while.

        Raises RecordingMissingError, ConversionError.
        """
        source = self._resolve(path)
        stored = await asyncio.to_thread(_size, source)
        if stored is None:
            raise RecordingMissingError("the recording is no longer there")
        if format is Format.OGG:
            return AudioFile(source, stored, format.mime, source.stem)
        target = self._cached(path, format)
        size = await asyncio.to_thread(_use, target)
        if size is None:
            await self._convert_once(source, target, format, stored)
            size = await asyncio.to_thread(_use, target)
        if size is None:
            raise ConversionError("the converted file is not there")
        return AudioFile(target, size, format.mime, f"{source.stem}-{format}")

    async def delete(self, path: str) -> None:
        """Remove the file in every format. One that is not there is no error."""
        files = [self._resolve(path), *(self._cached(path, f) for f in Format)]
        for file in files:
            await asyncio.to_thread(file.unlink, missing_ok=True)

    async def stop(self) -> None:
        """Break off conversions and end the worker."""
        if self._idle:
            self._idle.cancel()
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        await self._worker.stop()

    def _resolve(self, path: str) -> Path:
        try:
            return resolve(self._root, path)
        except BadNameError as error:
            raise RecordingMissingError("there is no such recording") from error

    def _cached(self, path: str, format: Format) -> Path:
        return self._root / CACHE / f"{path.replace('/', '-')}.{format}"

    async def _convert_once(self, source: Path, target: Path, format: Format, size: int) -> None:
        """Several who ask for the same wait for one conversion, which survives any of them."""
        task = self._making.get(target)
        if task is None:
            task = asyncio.create_task(self._convert(source, target, format, size))
            self._making[target] = task
            task.add_done_callback(lambda _: self._making.pop(target, None))
        await asyncio.shield(task)

    async def _convert(self, source: Path, target: Path, format: Format, size: int) -> None:
        try:
            await self._worker.run(
                "convert",
                60.0 + size / _BYTES_PER_SECOND,
                source=str(source),
                target=str(target),
                temporary=str(target.with_name(f".{target.name}")),
                kind=format.value,
            )
        except JobError as error:
            reason = "the disk is full" if error.full else "the recording cannot be decoded"
            raise ConversionError(reason) from error
        except WorkerError as error:
            raise ConversionError("the audio worker failed") from error
        finally:
            self._rest_later()
        await asyncio.to_thread(trim, target.parent, self._cache_bytes, target)

    def _rest_later(self) -> None:
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._rest)

    def _rest(self) -> None:
        if self._making:
            self._rest_later()
        else:
            self._ending = asyncio.create_task(self._worker.stop())


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _use(path: Path) -> int | None:
    """The size of a cached file, which is marked as wanted now."""
    with suppress(FileNotFoundError):
        os.utime(path)
    return _size(path)


def trim(cache: Path, limit: int, keep: Path | None = None) -> None:
    """Remove the files longest not wanted until `limit` bytes are left, but never `keep`."""
    with suppress(FileNotFoundError):
        entries = sorted(
            ((e.stat().st_mtime, e.stat().st_size, e.path) for e in os.scandir(cache)), reverse=True
        )
        total = 0
        for _, size, path in entries:
            total += size
            if total > limit and Path(path) != keep:
                Path(path).unlink(missing_ok=True)
