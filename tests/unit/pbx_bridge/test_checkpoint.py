"""From where CEL must be read again, and how that is kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pbx_bridge.catching_up import CelFollower
from pbx_bridge.cel.source import CelBatch, CelUnavailable, Row
from pbx_bridge.checkpoint import Checkpoint, CheckpointFile, Marks

SECOND = 1_000_000


async def test_a_checkpoint_survives(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    assert await CheckpointFile(path).load() is None
    for position in ("7:0", "7:100"):
        await CheckpointFile(path).save(Checkpoint("file:/x", position, 5))
    assert await CheckpointFile(path).load() == Checkpoint("file:/x", "7:100", 5)
    assert [it.name for it in tmp_path.iterdir()] == ["checkpoint.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"source": 1}', '{"source":1,"position":2}'])
async def test_a_spoilt_checkpoint_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text(text, encoding="utf-8")
    assert await CheckpointFile(path).load() is None


def test_the_latest_mark_that_is_not_too_late() -> None:
    marks = Marks()
    assert marks.before(100) is None
    for at, position in ((10, "a"), (20, "b"), (30, "c")):
        marks.note(at, position)
    assert marks.before(9) is None
    assert marks.before(10) == "a"
    assert marks.before(29) == "b"
    assert marks.before(15) is None  # asked backwards: what went is gone
    assert marks.before(99) == "c"


class Kept:
    def __init__(self, checkpoint: Checkpoint | None = None) -> None:
        self.checkpoint = checkpoint

    async def load(self) -> Checkpoint | None:
        return self.checkpoint

    async def save(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint


class Source:
    """Ten rows at a time out of `size`; a position is a count of rows."""

    name = "source"

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self.fails = ""
        self.forgotten = ""

    async def read(self, since: str | None) -> CelBatch:
        self._check()
        start = int(since or 0)
        rows: Sequence[Row] = [{"row": n} for n in range(start, min(start + 10, self.size))]
        return CelBatch(rows, str(start + len(rows)))

    async def end(self) -> str:
        self._check()
        return str(self.size)

    async def forget(self, before: str) -> None:
        self._check()
        self.forgotten = before

    def _check(self) -> None:
        if self.fails:
            raise CelUnavailable(self.fails)


async def read_all(follower: CelFollower) -> list[int]:
    found: list[int] = []
    while rows := await follower.more():
        found += [row["row"] for row in rows]
    return found


async def test_the_first_start_reads_from_the_beginning() -> None:
    follower = CelFollower(Source(25), Kept(), start_at="beginning")
    assert await follower.begin()
    assert await read_all(follower) == list(range(25))


async def test_or_from_the_end_and_says_so_at_once() -> None:
    kept, source = Kept(), Source(25)
    assert await CelFollower(source, kept, start_at="end").begin()
    assert kept.checkpoint == Checkpoint("source", "25", 0)
    source.size = 27  # killed before it read anything
    follower = CelFollower(source, kept, start_at="end")
    await follower.begin()
    assert await read_all(follower) == [25, 26]


async def test_another_sources_checkpoint_is_not_ours() -> None:
    kept = Kept(Checkpoint("file:/elsewhere", "9", 5))
    follower = CelFollower(Source(12), kept, start_at="beginning")
    await follower.begin()
    assert await read_all(follower) == list(range(12))


async def test_every_connection_reads_from_the_checkpoint() -> None:
    follower = CelFollower(Source(12), Kept(Checkpoint("source", "8", 0)), start_at="end")
    for _ in range(2):
        await follower.begin()
        assert await read_all(follower) == [8, 9, 10, 11]


async def test_the_checkpoint_stays_behind_the_oldest_call_and_the_present() -> None:
    source = Source(5)
    follower = CelFollower(source, Kept(), start_at="beginning")
    await follower.begin()
    assert await follower.look(100 * SECOND, None) is None
    source.size = 9
    second = await follower.look(120 * SECOND, 115 * SECOND)
    assert second == Checkpoint("source", "5", 60 * SECOND)
    source.size = 20
    third = await follower.look(500 * SECOND, 115 * SECOND)  # that call goes on and on
    assert third == Checkpoint("source", "5", 440 * SECOND)
    fourth = await follower.look(520 * SECOND, None)
    assert fourth == Checkpoint("source", "20", 460 * SECOND)


def test_marks_of_a_call_that_goes_on_for_days_are_few() -> None:
    marks = Marks()
    for at in range(50_000):
        marks.note(at, str(at))
        assert marks.before(100) == str(min(at, 100))
    assert len(marks._marks) <= 4096


async def test_what_was_told_is_told() -> None:
    source = Source(5)
    follower = CelFollower(source, Kept(), start_at="beginning")
    await follower.begin()
    assert not follower.is_told(0)
    await follower.keep(Checkpoint("source", "5", 100))
    assert source.forgotten == "5"
    assert follower.is_told(99)
    assert not follower.is_told(100)


async def test_cel_that_comes_and_goes_is_said_to() -> None:
    source = Source(5)
    source.fails = "the disk is gone"
    follower = CelFollower(source, Kept(), start_at="beginning")
    assert not await follower.begin()
    assert follower.problem == "CEL is not available: the disk is gone"
    source.fails = ""
    assert await follower.begin()
    assert follower.problem == ""
    source.fails = "the disk is gone"
    assert await follower.more() == ()
    assert await follower.look(SECOND, None) is None
    assert follower.problem


async def test_a_pbx_that_writes_nothing_although_calls_end_is_found_out() -> None:
    source = Source(5)
    follower = CelFollower(source, Kept(), start_at="beginning")
    await follower.begin()
    await follower.look(100 * SECOND, None)
    follower.call_ended(120 * SECOND)
    await follower.look(121 * SECOND, None)
    assert follower.problem == ""
    follower.call_ended(140 * SECOND)
    await follower.look(141 * SECOND, None)
    assert "writes no rows although there are calls" in follower.problem
    source.size = 6
    await follower.look(143 * SECOND, None)
    assert follower.problem == ""


async def test_a_quiet_pbx_is_not_blamed() -> None:
    follower = CelFollower(Source(5), Kept(), start_at="beginning")
    await follower.begin()
    for second in range(100, 10_000, 100):
        await follower.look(second * SECOND, None)
    assert follower.problem == ""
