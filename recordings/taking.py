"""One recording's way from the spool into the store and the catalogue.

Every step can be done again: a crash leaves files in the spool, and the next try finds out by
their digests how far the last one came. The order is what keeps recordings safe: stored and
verified, attached and committed, and only then removed from the spool.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

from recordings import spool
from recordings.errors import RecordingError
from recordings.names import CLIENT, COMPANY, SIDES, resolve, spool_name, stored_path
from recordings.places import QUARANTINE, TEMPORARY, Places
from recordings.ports import Catalogue, Condition, Owner, Source, StoredRecording
from recordings.process import AudioWorker
from recordings.wav import Problem

_BROKEN = tuple(
    f"_{problem}"
    for problem in (
        Problem.TRUNCATED,
        Problem.NOT_WAV,
        Problem.UNSUPPORTED,
        Problem.UNREADABLE,
        Problem.UNUSABLE,
    )
)


class NotYetError(RecordingError):
    """Nothing is wrong, it is only too early: ask again after about `seconds`.

    `elsewhere`: somebody else must bring what is missing, and may never do so.
    """

    def __init__(self, reason: str, seconds: float, *, elsewhere: bool = False) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.elsewhere = elsewhere


class SpoolError(RecordingError):
    """`recording` is stored and attached (None: was before), but the spool cannot be cleared."""

    def __init__(self, message: str, recording: StoredRecording | None) -> None:
        super().__init__(message)
        self.recording = recording


class Taking:
    """Takes one channel's files at a time from the spool; several may be under way at once."""

    def __init__(self, places: Places, catalogue: Catalogue, worker: AudioWorker) -> None:
        self._places = places
        self._catalogue = catalogue
        self._worker = worker

    async def take(
        self, channel: str, seen: spool.Look, *, unreadable: bool = False, unusable: bool = False
    ) -> StoredRecording | None:
        """Store what was seen, attach it, clear the spool. None: there was nothing new.

        `unreadable`: a side that cannot be read is given up; `unusable`: all that was seen is.
        Raises NotYetError, JobError, WorkerError, SpoolError, OSError, and what the catalogue
        raises; all but SpoolError mean that the spool's files are as they were.
        """
        owner = await self._catalogue.owner(channel)
        if owner is None:
            raise NotYetError("its call is not known", 1.0, elsewhere=True)
        parts = await self._catalogue.attached(channel)
        if not seen.files:
            if parts:
                return None
            raise NotYetError("its files are not in the spool", 1.0, elsewhere=True)
        part = len(parts) + 1
        if parts and (known := self._same(parts, await self._digest(channel))):
            if await self._is_kept(known):
                await self._clear(seen, known, news=False)
                return None
            part = known.part
        recording = await self._make(channel, owner, part, seen, unreadable, unusable)
        await self._catalogue.attach(recording)
        await self._clear(seen, recording, news=True)
        return recording

    async def _make(
        self,
        channel: str,
        owner: Owner,
        part: int,
        seen: spool.Look,
        unreadable: bool,
        unusable: bool,
    ) -> StoredRecording:
        if unusable:
            return await self._lost(channel, owner, part, seen)
        path = stored_path(channel, part, owner.started_at)
        result = await self._worker.run(
            "encode",
            _limit(seen),
            **self._sides(channel),
            target=str(resolve(self._places.root, path)),
            temporary=str(self._places.root / TEMPORARY / f"{channel}-{part}.part"),
            root=str(self._places.root),
            reserve=self._places.reserve,
            give_up=unreadable,
            before=owner.before,
            talked=owner.talked,
        )
        return StoredRecording(
            channel=channel,
            part=part,
            call=owner.call,
            path=path if result["size"] else None,
            seconds=result["seconds"],
            size=result["size"],
            sha256=result["sha256"],
            peaks=base64.b64decode(result["peaks"]),
            source=_source(result["source"]),
            condition=Condition(result["condition"]),
            problems=tuple(
                f"{side}_{result['sides'][side]}" for side in SIDES if result["sides"][side]
            ),
        )

    async def _lost(
        self, channel: str, owner: Owner, part: int, seen: spool.Look
    ) -> StoredRecording:
        return StoredRecording(
            channel=channel,
            part=part,
            call=owner.call,
            path=None,
            seconds=0.0,
            size=0,
            sha256="",
            peaks=b"",
            source=await self._digest(channel),
            condition=Condition.LOST,
            problems=tuple(f"{file.side}_{Problem.UNUSABLE}" for file in seen.files),
        )

    def _sides(self, channel: str) -> dict[str, Any]:
        return {side: str(self._places.spool / spool_name(channel, side)) for side in SIDES}

    async def _digest(self, channel: str) -> Source:
        return _source(await self._worker.run("digest", 300.0, **self._sides(channel)))

    @staticmethod
    def _same(parts: Sequence[StoredRecording], source: Source) -> StoredRecording | None:
        """The part that was made from these files; one of them may have been removed already."""
        for part in parts:
            pairs = ((source.client, part.source.client), (source.company, part.source.company))
            there = [(now, then) for now, then in pairs if now is not None]
            unreadable = any(p.endswith(f"_{Problem.UNREADABLE}") for p in part.problems)
            if all(now == then for now, then in there) if there else unreadable:
                return part
        return None

    async def _is_kept(self, recording: StoredRecording) -> bool:
        """Whether the store still has the file, if it should."""
        if recording.path is None:
            return True
        path = resolve(self._places.root, recording.path)

        def size() -> int:
            return path.stat().st_size if path.is_file() else -1

        return await asyncio.to_thread(size) == recording.size

    async def _clear(self, seen: spool.Look, recording: StoredRecording, *, news: bool) -> None:
        await self._catalogue.settle()
        broken = {p.split("_", 1)[0] for p in recording.problems if p.endswith(_BROKEN)}
        try:
            await asyncio.to_thread(spool.clear, seen, broken, self._places.root / QUARANTINE)
        except OSError as error:
            raise SpoolError(
                f"{error.filename}: {error.strerror}", recording if news else None
            ) from error


def _source(digests: dict[str, str | None]) -> Source:
    return Source(client=digests[CLIENT], company=digests[COMPANY])


def _limit(seen: spool.Look) -> float:
    """Seconds that storing may take: a hundred times what it needs on a free core."""
    return 60.0 + sum(file.identity[1] for file in seen.files) / 100_000
