"""Names of files are made from ids, and nothing else passes for one."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.names import (
    BadNameError,
    channels_in,
    is_channel,
    resolve,
    spool_name,
    stored_path,
)

LATE = datetime(2026, 11, 24, 0, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize("channel", ["1700000000.12", "pbx-1700000000.12", "c0ffee-key.2"])
def test_a_uniqueid_names_its_files(channel: str) -> None:
    assert spool_name(channel, "client") == f"{channel}.client.wav"
    assert channels_in([f"{channel}.client.wav", f"{channel}.company.wav"]) == {channel}


def test_the_folder_is_the_day_in_utc() -> None:
    assert stored_path("1700000000.12", 1, LATE) == "2026/11/23/1700000000.12-1.ogg"


@pytest.mark.parametrize(
    "channel", ["", "../etc/passwd", "a/b", ".hidden", "a\nb", "a\0b", "č.1", "x" * 121, "a b"]
)
def test_other_text_names_nothing(channel: str) -> None:
    assert not is_channel(channel)
    with pytest.raises(BadNameError):
        spool_name(channel, "client")
    with pytest.raises(BadNameError):
        stored_path(channel, 1, LATE)


def test_strangers_in_the_spool_are_not_seen() -> None:
    assert channels_in(["notes.txt", "1.client.wav.part", ".1.client.wav", "1.both.wav"]) == set()


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "2026/11/23/../../x-1.ogg", "2026/11/23/a-1.wav", "a-1.ogg", "2026/11/23/"],
)
def test_only_own_paths_are_opened(path: str) -> None:
    with pytest.raises(BadNameError):
        resolve(Path("/store"), path)


@given(channel=st.text(min_size=1, max_size=130), part=st.integers(1, 9999))
def test_what_is_stored_can_be_opened_and_stays_inside(channel: str, part: int) -> None:
    root = Path("/store")
    if not is_channel(channel):
        return
    path = resolve(root, stored_path(channel, part, datetime(2026, 1, 2, tzinfo=UTC)))
    assert path.parent == root / "2026/01/02"
