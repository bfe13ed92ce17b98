"""Old recordings are deleted, and it is written down."""

import os
from datetime import UTC, datetime, timedelta

from recordings.places import QUARANTINE, Places
from recordings.ports import Source, StoredRecording
from recordings.retention import Retention
from recordings.store import RecordingStore
from tests.unit.recordings.fakes import STARTED, MemoryCatalogue


def kept(places: Places, catalogue: MemoryCatalogue, number: int) -> str:
    """A recording of the `number`th day."""
    path = f"2026/11/23/170000000{number}.1-1.ogg"
    (places.root / path).parent.mkdir(parents=True, exist_ok=True)
    (places.root / path).write_bytes(b"sound")
    catalogue.recordings.append(
        StoredRecording("1.1", number, "main-1.1", path, 1.0, 5, "", b"", Source(None, None))
    )
    return path


def retention(places: Places, catalogue: MemoryCatalogue, days: int, now: datetime) -> Retention:
    return Retention(RecordingStore(places.root), catalogue, places.root, days, lambda: now)


async def test_only_what_is_older_than_its_days_goes(
    places: Places, catalogue: MemoryCatalogue
) -> None:
    paths = [kept(places, catalogue, number) for number in range(3)]
    now = STARTED + timedelta(days=31, hours=1)
    assert await retention(places, catalogue, 30, now).run_once() == 2
    assert [(places.root / path).exists() for path in paths] == [False, False, True]
    assert catalogue.forgotten == [(0, "older than 30 days"), (1, "older than 30 days")]


async def test_broken_off_between_file_and_catalogue_the_next_run_ends_it(
    places: Places, catalogue: MemoryCatalogue
) -> None:
    (places.root / kept(places, catalogue, 0)).unlink()
    await retention(places, catalogue, 1, STARTED + timedelta(days=9)).run_once()
    assert catalogue.forgotten == [(0, "older than 1 days")]


async def test_nothing_goes_without_a_limit(places: Places, catalogue: MemoryCatalogue) -> None:
    path = kept(places, catalogue, 0)
    forever = retention(places, catalogue, 0, STARTED + timedelta(days=9999))
    assert await forever.run_once() == 0
    assert (places.root / path).exists()


async def test_quarantine_is_emptied_by_the_same_rule(
    places: Places, catalogue: MemoryCatalogue
) -> None:
    now = datetime.now(UTC)
    for name, age in (("old.client.wav", 40), ("new.client.wav", 20)):
        file = places.root / QUARANTINE / "unowned" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
        at = (now - timedelta(days=age)).timestamp()
        os.utime(file, (at, at))
    await retention(places, catalogue, 30, now).run_once()
    assert [p.name for p in (places.root / QUARANTINE / "unowned").iterdir()] == ["new.client.wav"]
