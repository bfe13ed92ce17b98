"""A disk without room, met for real: a limit of the kernel's, and a file system that is full."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from recordings.places import Places
from recordings.process import AudioWorker
from tests.unit.recordings.conftest import MakeIngest, Problems, Record
from tests.unit.recordings.fakes import MemoryCatalogue


def limited(size: int) -> AudioWorker:
    """A worker to whom the kernel refuses every byte of a file after `size`; it may be lifted."""
    limit = f"--fsize={size}:unlimited"
    return AudioWorker(("prlimit", limit, sys.executable, "-m", "recordings.worker"))


def lift(worker: AudioWorker) -> None:
    subprocess.run(["prlimit", f"--pid={worker.pid}", "--fsize=unlimited"], check=True)


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, 300, 3000])
async def test_refused_at_any_byte_it_waits_and_is_stored_once_there_is_room(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    problems: Problems,
    size: int,
) -> None:
    channel = record(seconds=2.0)
    worker = limited(size)
    ingest = make_ingest(worker)
    await ingest.start()
    ingest.finished(channel)
    assert "No room for recordings" in await problems.get()
    assert catalogue.recordings == []
    assert len(files(places.spool)) == 2
    assert files(places.root) == []
    lift(worker)
    await ingest.idle()
    assert len(catalogue.recordings) == 1
    assert files(places.spool) == []
    assert ingest.status().problems == ()


@dataclass
class SmallDisk:
    """A store without room, and how to make some."""

    root: Path
    worker: AudioWorker
    make_room: Callable[[], None]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A file system of 9 MB that is full; where we may not mount one, a limit instead of it."""
    directory = tmp_path / "small"
    directory.mkdir()
    ballast = directory / "ballast"
    mount = ["mount", "-t", "tmpfs", "-o", "size=9m", "none", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        ballast.write_bytes(bytes(8_000_000))
        yield SmallDisk(directory / "store", AudioWorker(), ballast.unlink)
        subprocess.run(["umount", "-l", str(directory)], check=True)
    else:
        worker = limited(0)
        yield SmallDisk(directory / "store", worker, lambda: lift(worker))


async def test_a_full_file_system_is_told_and_overcome(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    problems: Problems,
    small_disk: SmallDisk,
) -> None:
    ingest = make_ingest(small_disk.worker, at=Places(places.spool, small_disk.root))
    channel = record()
    await ingest.start()
    ingest.finished(channel)
    assert "recordings_keep_days" in await problems.get()
    assert len(files(places.spool)) == 2
    small_disk.make_room()
    await ingest.idle()
    assert len(catalogue.recordings) == 1
    assert files(places.spool) == []
    await ingest.stop()  # before its disk goes


async def test_the_reserve_is_kept_on_another_disk(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    problems: Problems,
) -> None:
    shared = Path("/dev/shm") / f"hovorna-test-{os.getpid()}"
    assert shared.parent.stat().st_dev != places.spool.stat().st_dev
    ingest = make_ingest(at=Places(places.spool, shared, 10**15))
    channel = record()
    try:
        await ingest.start()
        ingest.finished(channel)
        told = {await problems.get(), await problems.get()}
        assert any("MB needed" in it for it in told)
        assert catalogue.recordings == []
    finally:
        await ingest.stop()
        shutil.rmtree(shared)


async def test_a_disk_that_will_soon_be_full_is_told_before_the_pbx_records_nothing(
    make_ingest: MakeIngest, places: Places, problems: Problems
) -> None:
    free = shutil.disk_usage(places.spool).free
    ingest = make_ingest(at=replace(places, reserve=free * 2))
    await ingest.start()
    told = await problems.get()
    assert "soon nothing will be recorded" in told
    assert str(places.spool) in told
    assert ingest.status().problems == (told,)


async def test_a_disk_with_room_is_no_problem(make_ingest: MakeIngest, places: Places) -> None:
    ingest = make_ingest(at=replace(places, reserve=1))
    await ingest.start()
    await ingest.scan()
    assert ingest.status().problems == ()
