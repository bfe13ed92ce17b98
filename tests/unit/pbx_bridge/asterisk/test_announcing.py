"""Sounds of the lines' announcements: made once, removed when nobody needs them."""

import wave
from array import array
from pathlib import Path

import pytest

from pbx_bridge.asterisk import announcing
from pbx_bridge.asterisk.announcing import make_sounds, resampled, sound_name, telephone_samples
from pbx_bridge.asterisk.errors import DirectoryError
from pbx_bridge.directory import Announcement

CZECH = Announcement("Tento hovor může být nahráván.", "cs")
SOUND = "0123456789abcdef" * 2
ENGLISH = Announcement("This call may be recorded.", "en")


def names(folder: Path) -> set[str]:
    return {file.stem for file in folder.iterdir()}


def test_a_sound_is_spoken_and_kept_while_it_is_wanted(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    make_sounds(folder, [CZECH, ENGLISH], tmp_path)
    assert names(folder) == {sound_name(CZECH), sound_name(ENGLISH)}
    file = folder / f"{sound_name(CZECH)}.wav"
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert sound.getnframes() > 8000
    before = file.stat().st_mtime_ns
    make_sounds(folder, [CZECH], tmp_path)
    assert names(folder) == {sound_name(CZECH)}
    assert file.stat().st_mtime_ns == before


def test_a_sound_that_was_uploaded_is_played_as_it_is(tmp_path: Path) -> None:
    folder, uploaded = tmp_path / "sounds", tmp_path / "uploaded"
    uploaded.mkdir()
    (uploaded / f"{SOUND}.wav").write_bytes(b"RIFF hello")
    ours, missing = Announcement("", "cs", SOUND), Announcement("Hello.", "en", "f" * 32)
    make_sounds(folder, [missing, ours, ENGLISH], uploaded)
    assert (folder / f"announcement-{SOUND}.wav").read_bytes() == b"RIFF hello"
    assert names(folder) == {f"announcement-{SOUND}", sound_name(ENGLISH)}
    make_sounds(folder, [ENGLISH], uploaded)
    assert names(folder) == {sound_name(ENGLISH)}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 31, "A" * 32, "${SHELL(id)}", "a,b"])
def test_no_other_file_is_played(name: str) -> None:
    with pytest.raises(DirectoryError, match="not a sound"):
        sound_name(Announcement("", "cs", name))


def test_another_text_or_language_is_another_sound() -> None:
    other = Announcement(CZECH.text, "en")
    assert len({sound_name(CZECH), sound_name(ENGLISH), sound_name(other)}) == 3


def test_without_a_voice_there_is_no_sound_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "none"
    monkeypatch.setenv("PATH", "")
    make_sounds(folder, [ENGLISH], tmp_path)
    assert names(folder) == set()
    (tmp_path / "file").write_text("no folder")
    make_sounds(tmp_path / "file", [ENGLISH], tmp_path)


def test_what_is_no_sound_is_refused() -> None:
    for bad in (b"", b"RIFF" + bytes(60), b"RIFF data"):
        with pytest.raises(ValueError, match="not a 16-bit mono wav"):
            telephone_samples(bad)
    assert len(resampled(array("h", [0] * 22050), 22050)) == 8000
    assert announcing.sound_name(ENGLISH).startswith("announcement-")
