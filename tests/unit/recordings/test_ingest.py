"""From the spool to the catalogue, told as what happened at the PBX."""

import numpy as np
import pytest

from recordings.places import Places
from recordings.ports import Condition
from tests.unit.recordings.conftest import MakeIngest, Record
from tests.unit.recordings.fakes import MemoryCatalogue
from tests.unit.recordings.sounds import hear, level_at, loudest_hertz, tone
from tests.unit.recordings.taking import names, take


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


async def test_a_recording_started_again_on_the_same_channel_is_a_second_part(
    make_ingest: MakeIngest, record: Record, catalogue: MemoryCatalogue
) -> None:
    ingest = make_ingest()
    await take(ingest, record(seconds=1.0))
    ingest.finished(record(seconds=2.0))
    await ingest.idle()
    assert [(r.part, round(r.seconds)) for r in catalogue.recordings] == [(1, 1), (2, 2)]
    assert len({r.path for r in catalogue.recordings}) == 2
