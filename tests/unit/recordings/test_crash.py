"""Killed with -9 at every step, by real signals to real processes."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from recordings.places import TEMPORARY, Places
from tests.unit.recordings.conftest import Record
from tests.unit.recordings.dying_worker import STEPS
from tests.unit.recordings.program import OWN_STEPS, FileCatalogue
from tests.unit.recordings.sounds import hear, loudest_hertz

CHANNEL = "1700000000.9"


def run(directory: Path, step: str) -> int:
    command = [sys.executable, "-m", "tests.unit.recordings.program"]
    done = subprocess.run([*command, str(directory), CHANNEL, step], timeout=40, check=False)
    return done.returncode


def assert_stored_once(directory: Path, places: Places) -> None:
    [recording] = FileCatalogue(directory / "catalogue", "none").recordings
    assert recording.path is not None
    stored = places.root / recording.path
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == recording.sha256
    left, right = hear(stored)
    assert loudest_hertz(left) == pytest.approx(440, abs=2)
    assert loudest_hertz(right) == pytest.approx(1000, abs=2)
    assert [p for p in places.root.rglob("*") if p.is_file()] == [stored]
    assert list(places.spool.iterdir()) == []


@pytest.mark.parametrize("step", STEPS)
def test_the_worker_is_killed(tmp_path: Path, places: Places, record: Record, step: str) -> None:
    record(CHANNEL)
    assert run(tmp_path, step) == 0
    assert (tmp_path / "marker").exists(), "the worker was never killed"
    assert_stored_once(tmp_path, places)


@pytest.mark.parametrize("step", OWN_STEPS)
def test_the_program_is_killed_and_started_again(
    tmp_path: Path, places: Places, record: Record, step: str
) -> None:
    record(CHANNEL)
    assert run(tmp_path, step) == -9
    assert any(places.spool.iterdir()), "removed before it was safe"
    assert run(tmp_path, "none") == 0
    assert_stored_once(tmp_path, places)


def test_what_a_crash_left_half_written_is_swept(
    tmp_path: Path, places: Places, record: Record
) -> None:
    record(CHANNEL)
    (places.root / TEMPORARY).mkdir()
    (places.root / TEMPORARY / f"{CHANNEL}-1.part").write_bytes(b"half")
    (places.root / TEMPORARY / "1600000000.1-1.part").write_bytes(b"of another")
    assert run(tmp_path, "none") == 0
    assert_stored_once(tmp_path, places)
