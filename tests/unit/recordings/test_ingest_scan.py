"""What the scan of the spool finds, and what it leaves lying until its time."""

import asyncio
import os
import time
from dataclasses import replace

from recordings.places import QUARANTINE, Places
from recordings.spool import Look, OpenFiles
from tests.unit.recordings.conftest import HURRIED, MakeIngest, Record
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.sounds import tone, write_wav
from tests.unit.recordings.taking import names, take


async def test_the_scan_finds_what_nobody_told_of_once_its_call_has_ended(
    make_ingest: MakeIngest, record: Record, catalogue: MemoryCatalogue, places: Places
) -> None:
    record("1700000000.1")
    catalogue.know(record("1700000000.2"), ended=False)
    ingest = make_ingest()
    await ingest.start()
    await ingest.scan()
    await ingest.idle()
    assert [r.channel for r in catalogue.recordings] == ["1700000000.1"]
    assert len(names(places.spool)) == 2
    catalogue.know("1700000000.2")
    await ingest.scan()
    await ingest.idle()
    assert len(catalogue.recordings) == 2


async def test_the_scan_waits_for_a_file_that_still_grows(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    growing = write_wav(places.spool / f"{channel}.client.wav", tone(440, 1), data_size=0)
    now = [100.0]
    ingest = make_ingest(pace=replace(HURRIED, quiet=20.0))
    ingest._finder._monotonic = lambda: now[0]  # only the finder's clock stands still
    await ingest.scan()
    now[0] += 19
    with growing.open("ab") as file:
        file.write(bytes(1600))
    await ingest.scan()
    now[0] += 19
    await ingest.scan()
    assert ingest.status().waiting == 0
    now[0] += 2
    await ingest.scan()
    assert ingest.status().waiting == 1


async def test_a_file_that_the_recorder_still_has_open_is_not_taken(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    path = write_wav(places.spool / f"{channel}.client.wav", tone(440, 1), data_size=0)
    checked = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Watched(OpenFiles):
        def any_of(self, seen: Look) -> bool:
            found = super().any_of(seen)
            loop.call_soon_threadsafe(checked.set)
            return found

    ingest = make_ingest()
    ingest._open = Watched(places.spool, time.monotonic, fresh=0.0)
    with path.open("ab") as recorder:
        await ingest.start()
        ingest.finished(channel)
        await checked.wait()
        assert catalogue.recordings == []
        recorder.write(bytes(16000))
    await ingest.idle()
    assert [recording.seconds for recording in catalogue.recordings] == [2.0]


async def test_files_of_a_call_nobody_knows_stay_until_they_are_old(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    catalogue.owners.clear()
    ingest = make_ingest()
    await take(ingest, channel)  # told of, but left to the scan after some tries
    assert len(names(places.spool)) == 2
    assert any(channel in problem for problem in ingest.status().problems)
    await ingest.scan()
    assert ingest.status().unowned == 1
    for path in places.spool.iterdir():
        os.utime(path, (0, 0))
    await ingest.scan()
    assert names(places.spool) == []
    assert len(names(places.root / QUARANTINE / "unowned")) == 2


async def test_a_call_that_becomes_known_late_gets_its_recording(
    make_ingest: MakeIngest, record: Record, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    owners, catalogue.owners = catalogue.owners, {}
    ingest = make_ingest()
    await take(ingest, channel)
    await ingest.scan()
    catalogue.owners = owners
    await ingest.scan()
    await ingest.idle()
    assert [r.channel for r in catalogue.recordings] == [channel]
    assert ingest.status().unowned == 0


async def test_names_that_are_no_channels_are_not_looked_for(
    make_ingest: MakeIngest, places: Places
) -> None:
    (places.spool / "notes.txt").write_text("the administrator's")
    ingest = make_ingest()
    await take(ingest, "../../etc/passwd", "", "a/b")
    await ingest.scan()
    assert ingest.status().waiting == 0
    assert names(places.spool) == ["notes.txt"]
