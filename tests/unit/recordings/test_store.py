"""Recordings are opened in three formats, deleted in all of them, and only recordings are."""

import asyncio
import os
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recordings.errors import ConversionError, RecordingMissingError
from recordings.export import export
from recordings.places import CACHE, Places
from recordings.process import AudioWorker
from recordings.store import AudioFile, Format, RecordingStore
from tests.unit.recordings.conftest import MakeIngest, Record
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.sounds import hear, loudest_hertz


class CountingWorker(AudioWorker):
    """Does everything the real one does, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[str] = []

    async def run(self, op: str, seconds: float, **job: Any) -> dict[str, Any]:
        self.jobs.append(op)
        return await super().run(op, seconds, **job)


@dataclass
class Kept:
    """A store with one recording in it."""

    store: RecordingStore
    worker: CountingWorker
    path: str
    root: Path


@pytest.fixture
async def kept(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> AsyncIterator[Kept]:
    ingest = make_ingest()
    await ingest.start()
    ingest.finished(record())
    await ingest.idle()
    worker = CountingWorker()
    store = RecordingStore(places.root, worker)
    assert catalogue.recordings[0].path is not None
    yield Kept(store, worker, catalogue.recordings[0].path, places.root)
    await store.stop()


async def test_as_it_is_stored(kept: Kept) -> None:
    file = await kept.store.open(kept.path)
    assert file.path == kept.root / kept.path
    assert (file.size, file.mime) == (file.path.stat().st_size, "audio/ogg")
    assert kept.worker.jobs == []


@pytest.mark.parametrize(
    ("format", "mime", "magic"),
    [(Format.WAV, "audio/wav", b"RIFF"), (Format.MP3, "audio/mpeg", b"ID3")],
)
async def test_in_another_format_once_made_and_kept(
    kept: Kept, format: Format, mime: str, magic: bytes
) -> None:
    first = await kept.store.open(kept.path, format)
    again = await kept.store.open(kept.path, format)
    assert first == again
    assert kept.worker.jobs == ["convert"]
    assert first.mime == mime
    assert first.path.read_bytes()[: len(magic)] == magic
    left, right = hear(first.path)
    assert loudest_hertz(left) == pytest.approx(440, abs=3)
    assert loudest_hertz(right) == pytest.approx(1000, abs=3)


async def test_the_tag_names_the_content(kept: Kept) -> None:
    tags = {(await kept.store.open(kept.path, format)).etag for format in Format}
    assert len(tags) == 3


async def test_five_who_ask_at_once_wait_for_one_conversion(kept: Kept) -> None:
    files: list[AudioFile] = await asyncio.gather(
        *(kept.store.open(kept.path, Format.WAV) for _ in range(5))
    )
    assert len({file.path for file in files}) == 1
    assert kept.worker.jobs == ["convert"]


async def test_one_who_goes_away_does_not_spoil_it_for_the_other(kept: Kept) -> None:
    impatient = asyncio.create_task(kept.store.open(kept.path, Format.WAV))
    patient = asyncio.create_task(kept.store.open(kept.path, Format.WAV))
    while not kept.worker.jobs:
        await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).size > 0
    assert kept.worker.jobs == ["convert"]


async def test_deleted_it_is_gone_in_every_format(kept: Kept) -> None:
    await kept.store.open(kept.path, Format.WAV)
    await kept.store.delete(kept.path)
    await kept.store.delete(kept.path)
    assert [path for path in kept.root.rglob("*") if path.is_file()] == []
    for format in Format:
        with pytest.raises(RecordingMissingError):
            await kept.store.open(kept.path, format)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "2026/11/23/none-1.ogg", ""])
async def test_nothing_else_is_opened(kept: Kept, path: str) -> None:
    with pytest.raises(RecordingMissingError):
        await kept.store.open(path)


async def test_a_stored_file_that_rotted_cannot_be_converted_and_leaves_nothing(kept: Kept) -> None:
    (kept.root / kept.path).write_bytes(b"OggS" + bytes(500))
    with pytest.raises(ConversionError):
        await kept.store.open(kept.path, Format.MP3)
    assert list((kept.root / CACHE).iterdir()) == []


@pytest.mark.parametrize(("format", "ending"), [(Format.OGG, ".ogg"), (Format.MP3, ".mp3")])
async def test_exported_into_one_archive(kept: Kept, format: Format, ending: str) -> None:
    archive = await export(kept.store, kept.root, [kept.path], format)
    with zipfile.ZipFile(archive.path) as content:
        [name] = content.namelist()
        assert name == kept.path.replace(".ogg", ending)
        assert content.read(name) == (await kept.store.open(kept.path, format)).path.read_bytes()
    assert archive.size == archive.path.stat().st_size


async def test_an_export_of_what_is_gone_leaves_no_half_archive(kept: Kept) -> None:
    with pytest.raises(RecordingMissingError):
        await export(kept.store, kept.root, [kept.path, "2026/11/23/none-1.ogg"])
    assert list(kept.root.rglob("*.zip")) == []


async def test_the_cache_keeps_what_was_wanted_last(kept: Kept) -> None:
    small = RecordingStore(kept.root, kept.worker, cache_bytes=100)
    old = kept.root / CACHE / "2020-01-01-1.1-1.ogg.wav"
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(bytes(200))
    os.utime(old, (0, 0))
    wanted = await small.open(kept.path, Format.WAV)
    assert wanted.path.exists()
    assert not old.exists()
