"""What is stored is what was said, each side on its own side."""

import os
from pathlib import Path

import numpy as np
import pytest

from recordings import audio
from recordings.peaks import VALUES, Envelope
from recordings.wav import HEAD, WavHeader, parse
from tests.unit.recordings.sounds import hear, level_at, loudest_hertz, tone, write_wav

Source = tuple[Path, WavHeader]


def source(path: Path) -> Source:
    return path, parse(path.read_bytes()[:HEAD], path.stat().st_size)


def combine(target: Path, client: Source | None, company: Source | None) -> audio.Combined:
    parts: list[bytes] = []
    combined = audio.combine(client, company, parts.append)
    target.write_bytes(b"".join(parts))
    return combined


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Source, Source]:
    client = write_wav(tmp_path / "client.wav", tone(440, 3))
    company = write_wav(tmp_path / "company.wav", tone(1000, 3))
    return source(client), source(company)


def test_the_client_is_left_and_the_company_right(
    tmp_path: Path, sides: tuple[Source, Source]
) -> None:
    combine(tmp_path / "both.ogg", *sides)
    left, right = hear(tmp_path / "both.ogg")
    assert loudest_hertz(left) == pytest.approx(440, abs=2)
    assert loudest_hertz(right) == pytest.approx(1000, abs=2)
    assert level_at(left, 440) == pytest.approx(0.5, rel=0.1)
    assert level_at(right, 1000) == pytest.approx(0.5, rel=0.1)
    # A listener who switches one side off must not hear the other through: 60 dB apart.
    assert level_at(left, 1000) < 0.0005
    assert level_at(right, 440) < 0.0005


def test_the_shorter_side_is_filled_up_with_silence(tmp_path: Path) -> None:
    client = source(write_wav(tmp_path / "a.wav", tone(440, 1)))
    company = source(write_wav(tmp_path / "b.wav", tone(1000, 3)))
    combined = combine(tmp_path / "both.ogg", client, company)
    assert combined.seconds == 3.0
    left, right = hear(tmp_path / "both.ogg")
    assert np.abs(left[-8000:]).max() < 0.001
    assert level_at(right[-8000:], 1000) == pytest.approx(0.5, rel=0.1)


def test_one_side_alone_leaves_the_other_silent(tmp_path: Path) -> None:
    company = source(write_wav(tmp_path / "b.wav", tone(1000, 1)))
    combined = combine(tmp_path / "both.ogg", None, company)
    left, right = hear(tmp_path / "both.ogg")
    assert loudest_hertz(right) == pytest.approx(1000, abs=2)
    assert np.abs(left).max() < 0.001
    assert combined.peaks[:VALUES] == bytes(VALUES)


@pytest.mark.parametrize(("client_rate", "company_rate"), [(8000, 16000), (44100, 8000)])
def test_sides_of_different_rates_keep_their_pitch_and_length(
    tmp_path: Path, client_rate: int, company_rate: int
) -> None:
    client = source(write_wav(tmp_path / "a.wav", tone(440, 2, client_rate), client_rate))
    company = source(write_wav(tmp_path / "b.wav", tone(1000, 2, company_rate), company_rate))
    combined = combine(tmp_path / "both.ogg", client, company)
    assert combined.seconds == pytest.approx(2.0, abs=0.01)
    left, right = hear(tmp_path / "both.ogg")
    assert loudest_hertz(left) == pytest.approx(440, abs=2)
    assert loudest_hertz(right) == pytest.approx(1000, abs=2)


def test_the_same_sound_gives_the_same_bytes(sides: tuple[Source, Source]) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    audio.combine(*sides, first.append)
    audio.combine(*sides, second.append)
    assert b"".join(first) == b"".join(second)


def test_an_hour_takes_20_megabytes_at_most(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 6000, 8000 * 30).clip(-32768, 32767)
    side = source(write_wav(tmp_path / "a.wav", noise.astype(np.int16)))
    combine(tmp_path / "both.ogg", side, side)
    assert (tmp_path / "both.ogg").stat().st_size * 120 < 20_000_000


def test_verify_accepts_what_was_stored_and_nothing_shorter(
    tmp_path: Path, sides: tuple[Source, Source]
) -> None:
    path = tmp_path / "both.ogg"
    combined = combine(path, *sides)
    audio.verify(path, combined.seconds)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(audio.BadAudioError):
        audio.verify(path, combined.seconds)


def test_verify_refuses_what_is_not_sound(tmp_path: Path) -> None:
    (tmp_path / "x.ogg").write_bytes(b"OggS" + bytes(2000))
    with pytest.raises(audio.BadAudioError):
        audio.verify(tmp_path / "x.ogg", 1.0)


@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_other_formats_sound_the_same(
    tmp_path: Path, sides: tuple[Source, Source], kind: str
) -> None:
    combine(tmp_path / "both.ogg", *sides)
    audio.convert(tmp_path / "both.ogg", tmp_path / f"both.{kind}", kind)
    left, right = hear(tmp_path / f"both.{kind}")
    assert len(left) / 8000 == pytest.approx(3.0, abs=0.2)
    assert loudest_hertz(left) == pytest.approx(440, abs=2)
    assert loudest_hertz(right) == pytest.approx(1000, abs=2)


def test_wav_comes_out_at_the_rate_that_was_recorded(
    tmp_path: Path, sides: tuple[Source, Source]
) -> None:
    combine(tmp_path / "both.ogg", *sides)
    audio.convert(tmp_path / "both.ogg", tmp_path / "both.wav", "wav")
    data = (tmp_path / "both.wav").read_bytes()
    assert int.from_bytes(data[24:28], "little") == 8000


def test_peaks_follow_loudness_in_time(tmp_path: Path) -> None:
    loud_then_quiet = np.concatenate((tone(440, 2, level=1.0), tone(440, 2, level=0.1)))
    client = source(write_wav(tmp_path / "a.wav", loud_then_quiet))
    company = source(write_wav(tmp_path / "b.wav", tone(1000, 4, level=0.5)))
    peaks = combine(tmp_path / "both.ogg", client, company).peaks
    assert len(peaks) == 2 * VALUES
    assert min(peaks[: VALUES // 2 - 1]) >= 250
    assert max(peaks[VALUES // 2 + 1 : VALUES]) <= 26
    assert all(abs(value - 127) <= 3 for value in peaks[VALUES:])


def test_peaks_of_a_blink_and_of_full_scale() -> None:
    envelope = Envelope(8000)
    envelope.add(np.array([-32768], np.int16))
    assert envelope.peaks() == b"\xff" * VALUES
    assert Envelope(8000).peaks() == b""
