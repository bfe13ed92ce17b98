"""Spoken dialogues: two tracks that talk in turns."""

import shutil
import wave
from array import array
from pathlib import Path

import pytest

from hovorna.simulated.dialogues import DIALOGUES, Dialogue
from hovorna.simulated.speech import RATE, Speech, Tracks, prepare_speech, weave
from pbx_bridge.asterisk.announcing import telephone_samples

SHORT = Dialogue("short", "en", ("Hello, who is there?", "It is me.", "Come in."))


def _samples(file: Path) -> "array[int]":
    with wave.open(str(file)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        return array("h", sound.readframes(sound.getnframes()))


def _is_heard(part: "array[int]") -> bool:
    return any(abs(sample) > 500 for sample in part)


def test_while_one_speaks_the_other_is_silent() -> None:
    one, two = array("h", [1000] * 100), array("h", [2000] * 50)

    employee, client = weave([one, two], "employee"), weave([one, two], "client")

    assert len(employee) == len(client)
    assert all(not (a and b) for a, b in zip(employee, client, strict=True))
    assert (max(employee), max(client)) == (1000, 2000)


async def test_without_a_speech_program_there_are_tones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    speech = await prepare_speech(tmp_path / "speech", [SHORT])

    (tracks,) = speech.tracks
    employee, client = _samples(tracks.employee), _samples(tracks.client)
    assert len(employee) == len(client)
    assert tracks.seconds == pytest.approx(len(client) / RATE)
    assert _is_heard(employee[: RATE // 2])
    assert not _is_heard(client[: RATE // 2])
    assert _is_heard(client)


async def test_what_was_made_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    first = await prepare_speech(tmp_path, [SHORT])
    times = [file.stat().st_mtime_ns for file in sorted(tmp_path.iterdir())]

    assert await prepare_speech(tmp_path, [SHORT]) == first
    assert [file.stat().st_mtime_ns for file in sorted(tmp_path.iterdir())] == times


async def test_a_program_that_fails_is_made_up_for_by_tones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "espeak-ng"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(broken))

    (tracks,) = (await prepare_speech(tmp_path / "speech", [SHORT])).tracks

    assert _is_heard(_samples(tracks.employee))


def test_sound_of_any_rate_is_brought_to_the_telephones() -> None:
    header = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0"
    header += (22050).to_bytes(4, "little") + (44100).to_bytes(4, "little") + b"\x02\0\x10\0"
    wav = header + b"data\xff\xff\xff\xff" + array("h", [700] * 22050).tobytes()

    samples = telephone_samples(wav)

    assert len(samples) == pytest.approx(RATE, abs=2)
    assert set(samples) == {700}


@pytest.mark.parametrize("wav", [b"", b"RIFF", b"OggS" + bytes(60), b"RIFF" + bytes(60)])
def test_what_is_no_wav_is_refused(wav: bytes) -> None:
    with pytest.raises(ValueError):
        telephone_samples(wav)


def test_both_sides_find_the_same_dialogue_however_the_number_is_written() -> None:
    speech = Speech(tuple(Tracks(Path(str(n)), Path(str(n)), 1.0) for n in range(6)))

    assert speech.between("+420777123456") == speech.between("777 123 456")
    assert speech.between(None) == speech.between("")
    assert len({speech.between(f"77712345{n}") for n in range(10)}) > 3


def test_there_are_sentences_in_both_languages_for_both_sides() -> None:
    assert {dialogue.language for dialogue in DIALOGUES} == {"cs", "en"}
    assert all(len(dialogue.lines) >= 6 for dialogue in DIALOGUES)
    assert len({dialogue.name for dialogue in DIALOGUES}) == len(DIALOGUES)
