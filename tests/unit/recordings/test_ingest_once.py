"""Whatever fails on the way, a recording is attached once, and not lost."""

from pathlib import Path

import pytest

from recordings.places import Places
from tests.unit.recordings.conftest import MakeIngest, Record
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.taking import names, take


async def test_told_of_ten_times_it_is_attached_once(
    make_ingest: MakeIngest, record: Record, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    ingest = make_ingest()
    await take(ingest, *[channel] * 5)
    for _ in range(5):
        ingest.finished(channel)
    await ingest.idle()
    assert len(catalogue.recordings) == 1
    assert ingest.status().problems == ()


async def test_a_database_that_refuses_is_asked_again(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    catalogue.fail_before = [RuntimeError("database is locked")] * 3
    await take(make_ingest(), record())
    assert len(catalogue.recordings) == 1
    assert names(places.spool) == []


async def test_the_spool_keeps_what_a_power_cut_could_take_from_the_database(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    lying: list[int] = []
    catalogue.settling = lambda: lying.append(len(names(places.spool)))
    catalogue.fail_settling = [OSError("the disk does not answer")]
    await take(make_ingest(), record())
    assert lying == [2, 2]  # tried again, and only then cleared
    assert names(places.spool) == []
    assert len(catalogue.recordings) == 1


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    catalogue.fail_after = [ConnectionError("connection reset")]
    await take(make_ingest(), record())
    assert len(catalogue.recordings) == 1
    assert names(places.spool) == []
    assert len(names(places.root)) == 1


async def test_stored_again_where_the_attached_file_has_vanished(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    saved = {path: path.read_bytes() for path in places.spool.iterdir()}
    ingest = make_ingest()
    await take(ingest, channel)
    [recording] = catalogue.recordings
    assert recording.path is not None
    (places.root / recording.path).unlink()
    for path, content in saved.items():
        path.write_bytes(content)
    ingest.finished(channel)
    await ingest.idle()
    assert (places.root / recording.path).stat().st_size == recording.size
    assert len(catalogue.recordings) == 1


async def test_a_deleted_recording_does_not_come_back(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    saved = {path: path.read_bytes() for path in places.spool.iterdir()}
    ingest = make_ingest()
    await take(ingest, channel)
    (places.root / str(catalogue.recordings[0].path)).unlink()
    await catalogue.forget(0, "by hand")
    for path, content in saved.items():
        path.write_bytes(content)
    ingest.finished(channel)
    await ingest.idle()
    assert names(places.root) == names(places.spool) == []
    assert len(catalogue.recordings) == 1


async def test_a_spool_that_may_not_be_emptied_is_told_and_nothing_doubles(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = record()

    def refused(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("recordings.spool.Path.unlink", refused)
        ingest = make_ingest()
        await take(ingest, channel)
        await ingest.scan()
        await ingest.idle()
    assert len(catalogue.recordings) == 1
    assert "cannot be removed" in ingest.status().problems[0]
    assert len(names(places.spool)) == 2
