"""From the spool to the catalogue, told as what happened at the PBX."""

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recordings.ingest import Ingest
from recordings.places import QUARANTINE, TEMPORARY, Places
from recordings.ports import Condition
from recordings.process import AudioWorker
from recordings.spool import Look, OpenFiles
from tests.unit.recordings.conftest import HURRIED, MakeIngest, Problems, Record
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.sounds import hear, level_at, loudest_hertz, tone, wav_bytes, write_wav


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


async def take(ingest: Ingest, *channels: str) -> None:
    """Start, tell of these channels, wait until all is done."""
    await ingest.start()
    for channel in channels:
        ingest.finished(channel)
    await ingest.idle()


async def test_a_finished_recording_is_stored_attached_and_gone_from_the_spool(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    ingest = make_ingest()
    await take(ingest, record("1700000000.7"))
    [recording] = catalogue.recordings
    assert recording.call == "main-1700000000.7"
    assert recording.path == "2026/11/23/1700000000.7-1.ogg"
    assert (recording.condition, recording.problems) == (Condition.WHOLE, ())
    assert recording.seconds == pytest.approx(1.0, abs=0.01)
    assert len(recording.peaks) == 800
    stored = places.root / recording.path
    assert recording.size == stored.stat().st_size
    left, right = hear(stored)
    assert loudest_hertz(left) == pytest.approx(440, abs=2)
    assert loudest_hertz(right) == pytest.approx(1000, abs=2)
    assert names(places.spool) == []
    assert names(places.root) == ["1700000000.7-1.ogg"]
    status = ingest.status()
    assert (status.stored, status.waiting, status.problems) == (1, 0, ())


@pytest.mark.parametrize(
    ("before", "talked", "left"),
    [
        (1.0, 2.0, 2.0),
        (1.0, 2.5, 2.5),  # the PBX heard nothing for a while: all of the talk stays
        (1.0, 9.0, 3.0),
        (0.0, 0.0, 3.0),
    ],
)
async def test_what_nobody_was_there_to_hear_is_left_out(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    before: float,
    talked: float,
    left: float,
) -> None:
    waiting, talk = tone(600, 1.0), tone(440, 2.0)
    channel = record(client=np.concatenate((waiting, talk)), company=tone(1000, 3.0))
    catalogue.know(channel, before=before, talked=talked)
    await take(make_ingest(), channel)
    [recording] = catalogue.recordings
    assert recording.seconds == pytest.approx(left, abs=0.01)
    assert recording.condition is Condition.WHOLE
    client, company = hear(places.root / str(recording.path))
    quiet = level_at(client[:2000], 600) < 0.01
    assert quiet == (left == 2.0)
    assert loudest_hertz(company) == pytest.approx(1000, abs=2)
    assert names(places.spool) == []


async def test_of_a_caller_with_whom_nobody_spoke_nothing_is_kept(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    catalogue.know(channel, before=1e9)
    await take(make_ingest(), channel)
    [recording] = catalogue.recordings
    assert (recording.condition, recording.path, recording.seconds) == (Condition.EMPTY, None, 0)
    assert names(places.spool) == []
    assert names(places.root) == []


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


async def test_a_recording_started_again_on_the_same_channel_is_a_second_part(
    make_ingest: MakeIngest, record: Record, catalogue: MemoryCatalogue
) -> None:
    ingest = make_ingest()
    await take(ingest, record(seconds=1.0))
    ingest.finished(record(seconds=2.0))
    await ingest.idle()
    assert [(r.part, round(r.seconds)) for r in catalogue.recordings] == [(1, 1), (2, 2)]
    assert len({r.path for r in catalogue.recordings}) == 2


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


@pytest.mark.parametrize("cut", [0, 45, 1000, 15_999])
async def test_a_side_that_was_cut_off_is_saved_as_far_as_it_goes(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue, cut: int
) -> None:
    channel = record()
    client = places.spool / f"{channel}.client.wav"
    whole = wav_bytes(tone(440, 1), data_size=0)
    client.write_bytes(whole[: 44 + cut])
    await take(make_ingest(), channel)
    [recording] = catalogue.recordings
    if cut == 0:  # a header and not a sample: nothing is broken, nobody spoke
        assert (recording.condition, recording.problems) == (Condition.WHOLE, ("client_empty",))
        assert names(places.root / QUARANTINE) == []
    else:
        assert recording.condition is Condition.DAMAGED
        assert recording.problems == ("client_truncated",)
        assert names(places.root / QUARANTINE) == [client.name]
    assert recording.path is not None
    assert loudest_hertz(hear(places.root / recording.path)[1]) == pytest.approx(1000, abs=2)
    assert names(places.spool) == []


async def test_a_killed_recorder_leaves_the_whole_sound_behind_a_header_of_zero(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    write_wav(places.spool / f"{channel}.client.wav", tone(440, 3), data_size=0)
    await take(make_ingest(), channel)
    [recording] = catalogue.recordings
    assert recording.path is not None
    assert recording.seconds == 3.0
    left, _ = hear(places.root / recording.path)
    assert loudest_hertz(left) == pytest.approx(440, abs=2)


async def test_one_side_missing_the_other_is_saved(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    (places.spool / f"{channel}.company.wav").unlink()
    await take(make_ingest(), channel)
    [recording] = catalogue.recordings
    assert (recording.condition, recording.problems) == (Condition.DAMAGED, ("company_missing",))
    assert recording.seconds == 1.0
    assert names(places.spool) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"not a wav at all" * 10, "not_wav"),
        (b"RIFF\x10\0\0\0WAVEfmt \x10\0\0\0" + b"\7" * 40, "unsupported"),
    ],
)
async def test_what_is_not_sound_goes_into_quarantine_and_is_told(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    content: bytes,
    problem: str,
) -> None:
    channel = record()
    for side in ("client", "company"):
        (places.spool / f"{channel}.{side}.wav").write_bytes(content)
    ingest = make_ingest()
    await take(ingest, channel)
    [recording] = catalogue.recordings
    assert recording.condition is Condition.LOST
    assert recording.problems == (f"client_{problem}", f"company_{problem}")
    assert recording.path is None
    assert names(places.spool) == []
    assert len(names(places.root / QUARANTINE)) == 2
    assert (places.root / QUARANTINE / f"{channel}.client.wav").read_bytes() == content
    assert ingest.status().lost == 1


@pytest.mark.parametrize("content", [b"", wav_bytes(np.empty(0, np.int16))])
async def test_a_call_nobody_answered_leaves_an_empty_recording_and_no_file(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    content: bytes,
) -> None:
    channel = record()
    for side in ("client", "company"):
        (places.spool / f"{channel}.{side}.wav").write_bytes(content)
    await take(make_ingest(), channel)
    [recording] = catalogue.recordings
    assert (recording.condition, recording.path) == (Condition.EMPTY, None)
    assert names(places.spool) == names(places.root) == []


async def test_a_side_that_stays_unreadable_is_given_up_and_the_other_saved(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    channel = record()
    client = places.spool / f"{channel}.client.wav"
    client.unlink()
    client.mkdir()  # reading it is an error, whoever we are
    ingest = make_ingest()
    await take(ingest, channel)
    [recording] = catalogue.recordings
    assert (recording.condition, recording.problems) == (Condition.DAMAGED, ("client_unreadable",))
    assert recording.path is not None
    assert list(places.spool.iterdir()) == []
    assert (places.root / QUARANTINE / client.name).exists()


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


async def test_a_file_that_kills_the_worker_again_and_again_is_put_aside(
    make_ingest: MakeIngest, record: Record, places: Places, catalogue: MemoryCatalogue
) -> None:
    poison, good = record("1700000000.13"), record("1700000000.14")
    worker = AudioWorker(
        (sys.executable, "-m", "tests.unit.recordings.dying_worker", "always", poison)
    )
    ingest = make_ingest(worker)
    await take(ingest, poison, good)
    by_channel = {r.channel: r for r in catalogue.recordings}
    assert by_channel[good].condition is Condition.WHOLE
    assert by_channel[poison].condition is Condition.LOST
    assert by_channel[poison].problems == ("client_unusable", "company_unusable")
    assert len(names(places.root / QUARANTINE)) == 2
    assert names(places.spool) == names(places.root / TEMPORARY) == []


async def test_a_worker_that_cannot_live_loses_nothing_and_says_so(
    make_ingest: MakeIngest,
    record: Record,
    places: Places,
    catalogue: MemoryCatalogue,
    problems: Problems,
) -> None:
    channel = record()
    ingest = make_ingest(AudioWorker((sys.executable, "-c", "raise SystemExit(1)")))
    await ingest.start()
    ingest.finished(channel)
    assert "audio worker does not run" in await problems.get()
    assert catalogue.recordings == []
    assert len(names(places.spool)) == 2


async def test_names_that_are_no_channels_are_not_looked_for(
    make_ingest: MakeIngest, places: Places
) -> None:
    (places.spool / "notes.txt").write_text("the administrator's")
    ingest = make_ingest()
    await take(ingest, "../../etc/passwd", "", "a/b")
    await ingest.scan()
    assert ingest.status().waiting == 0
    assert names(places.spool) == ["notes.txt"]
