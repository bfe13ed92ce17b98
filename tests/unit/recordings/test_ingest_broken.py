"""Recordings that are cut off, missing, empty, or no sound at all."""

import sys

import numpy as np
import pytest

from recordings.places import QUARANTINE, TEMPORARY, Places
from recordings.ports import Condition
from recordings.process import AudioWorker
from tests.unit.recordings.conftest import MakeIngest, Problems, Record
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.sounds import hear, loudest_hertz, tone, wav_bytes, write_wav
from tests.unit.recordings.taking import names, take


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
