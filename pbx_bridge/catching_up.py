"""CEL as the bridge uses it: read from the checkpoint on, and watched for the next checkpoint."""

from collections.abc import Sequence
from typing import Literal

import structlog

from pbx_bridge.cel.source import CelSource, CelUnavailable, Row
from pbx_bridge.checkpoint import Checkpoint, Checkpoints, Marks

log = structlog.get_logger(__name__)

# Microseconds. How far behind the present a checkpoint stays, for what is on its way; and how long
# the PBX may write nothing though calls end before we say that it writes nothing.
_MARGIN = 10_000_000
_TOLD_MARGIN = 60_000_000
_SILENCE = 30_000_000


class CelFollower:
    """One CEL source, or none. No method raises: `problem` says why nothing is read."""

    def __init__(
        self,
        source: CelSource | None,
        checkpoints: Checkpoints,
        *,
        start_at: Literal["beginning", "end"],
    ) -> None:
        self._source = source
        self._checkpoints = checkpoints
        self._start_at = start_at
        self._checkpoint: Checkpoint | None = None
        self._position: str | None = None
        self._marks = Marks()
        self._end: str | None = None
        self._moved_at = 0  # when CEL was last seen to have grown
        self._ended_at = 0  # when a call last ended; PBX clock, both
        self._said = False
        self.problem = "" if source else "CEL is not available: no source is set (cel_source)"

    async def begin(self) -> bool:
        """Go to the checkpoint. False when there is no CEL to read."""
        if self._source is None:
            if not self._said:
                log.warning("bridge.no_cel", reason=self.problem)
            self._said = True
            return False
        try:
            end = await self._source.end()
        except CelUnavailable as error:
            self._fail(error)
            return False
        if self._checkpoint is None:
            self._checkpoint = await self._first(self._source, end)
        self._position = self._checkpoint.position or None
        self._marks = Marks()
        self._recover()
        return True

    async def more(self) -> Sequence[Row]:
        """The next rows; none at the end."""
        if self._source is None or self.problem:
            return ()
        try:
            batch = await self._source.read(self._position)
        except CelUnavailable as error:
            self._fail(error)
            return ()
        self._position = batch.position
        return batch.rows

    def is_told(self, at: int) -> bool:
        """Whether the journal has all events dated `at` already."""
        return self._checkpoint is not None and at < self._checkpoint.told_until

    def call_ended(self, at: int) -> None:
        """AMI told of it, so CEL must grow as well."""
        self._ended_at = max(self._ended_at, at)

    async def look(self, now: int, resume_from: int | None) -> Checkpoint | None:
        """Note the present end of CEL; the checkpoint that may be kept once all until now is in
        the journal. `resume_from`: since when the calls go on that go on.
        """
        if self._source is None:
            return None
        try:
            end = await self._source.end()
        except CelUnavailable as error:
            self._fail(error)
            return None
        self._watch(end, now)
        self._marks.note(now, end)
        position = self._marks.before(min(now, resume_from or now) - _MARGIN)
        if position is None:
            return None
        return Checkpoint(self._source.name, position, now - _TOLD_MARGIN)

    async def keep(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        try:
            await self._checkpoints.save(checkpoint)
        except OSError as error:
            log.warning("bridge.checkpoint_not_saved", error=str(error))
            return
        if self._source is not None:
            try:
                await self._source.forget(checkpoint.position)
            except CelUnavailable as error:
                log.warning("bridge.cel_not_tidied", error=str(error))

    async def _first(self, source: CelSource, end: str) -> Checkpoint:
        kept = await self._checkpoints.load()
        if kept is not None and kept.source == source.name:
            return kept
        checkpoint = Checkpoint(source.name, end if self._start_at == "end" else "", 0)
        await self.keep(checkpoint)
        return checkpoint

    def _watch(self, end: str, now: int) -> None:
        if end != self._end:
            self._end, self._moved_at = end, now
            self._recover()
        elif self._ended_at > self._moved_at + _SILENCE:
            self._complain("CEL is not available: the PBX writes no rows although there are calls")

    def _fail(self, error: CelUnavailable) -> None:
        self._complain(f"CEL is not available: {error}")

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("bridge.no_cel", reason=problem)
        self.problem = problem

    def _recover(self) -> None:
        if self.problem:
            log.info("bridge.cel_back")
        self.problem = ""
