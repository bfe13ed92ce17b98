"""How far the journal is known to be complete, kept across restarts.

Live events come by AMI, so the rows of CEL are not read while the connection holds. To know from
where to read them later, the end of CEL is noted now and then: whatever happens after such a
moment is written after that position.
"""

import asyncio
import json
import os
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import structlog

_MARKS = 4096

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`position` in the CEL source of that name: of no later row than the first of the oldest call
    that has not ended. `told_until`: all events dated before are in the journal; microseconds, PBX
    clock.
    """

    source: str
    position: str
    told_until: int


class Checkpoints(Protocol):
    """Where the bridge's checkpoint is kept."""

    async def load(self) -> Checkpoint | None: ...

    async def save(self, checkpoint: Checkpoint) -> None: ...


class CheckpointFile:
    """A small file, replaced atomically. One that cannot be read is as none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def load(self) -> Checkpoint | None:
        return await asyncio.to_thread(self._load)

    async def save(self, checkpoint: Checkpoint) -> None:
        """Raises OSError."""
        await asyncio.to_thread(self._save, checkpoint)

    def _load(self) -> Checkpoint | None:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            return Checkpoint(
                str(values["source"]), str(values["position"]), int(values["told_until"])
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("bridge.checkpoint_unreadable", path=str(self._path), error=str(error))
            return None

    def _save(self, checkpoint: Checkpoint) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(asdict(checkpoint), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


class Marks:
    """Ends of CEL, and when they were looked at."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, str]] = deque()

    def note(self, at: int, position: str) -> None:
        """`position` was the end at `at` or before."""
        self._marks.append((at, position))
        if len(self._marks) > _MARKS:
            self._marks = deque(list(self._marks)[::2])  # a call that goes on for hours

    def before(self, at: int) -> str | None:
        """The latest position before which nothing later than `at` is written. Older ones go."""
        while len(self._marks) > 1 and self._marks[1][0] <= at:
            self._marks.popleft()
        return self._marks[0][1] if self._marks and self._marks[0][0] <= at else None
