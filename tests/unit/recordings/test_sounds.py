"""Sounds that are uploaded for callers to hear: made fit for the telephone, or refused."""

import os
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import pytest
from av.audio.resampler import AudioResampler

from recordings.errors import JobError, RecordingMissingError
from recordings.sounds import SoundStore
from recordings.telephone import kind_of, telephone
from tests.unit.recordings.sounds import hear, loudest_hertz, tone, wav_bytes

_CODECS = {
    "wav": ("pcm_s16le", "s16", 44_100),
    "mp3": ("libmp3lame", "s16p", 44_100),
    "ogg": ("libopus", "s16", 48_000),
}


def sound(path: Path, kind: str, hertz: float, seconds: float, layout: str) -> bytes:
    """A file as somebody would have it from a studio."""
    codec, format_, rate = _CODECS[kind]
    samples = tone(hertz, seconds, rate)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    with av.open(str(path), "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.format = format_
        stream.codec_context.open()
        size = stream.codec_context.frame_size or None
        resampler = AudioResampler(format_, layout, rate, size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg"])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_any_of_the_kinds_becomes_what_a_telephone_carries(
    tmp_path: Path, kind: str, layout: str
) -> None:
    content = sound(tmp_path / "studio", kind, 600, 1.5, layout)
    assert kind_of(content[:12]) == kind
    made = tmp_path / "made.wav"
    seconds = telephone(tmp_path / "studio", made, 10)
    assert seconds == pytest.approx(1.5, abs=0.1)
    with wave.open(str(made)) as out:
        assert (out.getframerate(), out.getnchannels(), out.getsampwidth()) == (8000, 1, 2)
    assert loudest_hertz(hear(made)[0]) == pytest.approx(600, abs=5)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_audio"),
        (b"PK\x03\x04 a zip file, or a document", "not_audio"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "not_audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_audio"),
        (b"RIFF\x00\x00\x00\x00WAVE" + b"\x00" * 60, "not_audio"),
        (b"OggS" + b"\x07" * 500, "not_audio"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\x00" * 500, "not_audio"),
        (wav_bytes(tone(440, 12.0)), "too_long"),
        (wav_bytes(tone(440, 0.05)), "too_short"),
        (wav_bytes(tone(440, 1.0, level=0.001)), "silent"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_what_is_no_such_sound_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "uploaded").write_bytes(content)
    with pytest.raises(JobError) as refused:
        telephone(tmp_path / "uploaded", tmp_path / "made.wav", 10)
    assert refused.value.code == code
    assert not (tmp_path / "made.wav").exists()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SoundStore]:
    made = SoundStore(tmp_path / "announcements")
    yield made
    await made.close()


async def test_a_sound_is_kept_by_its_content(store: SoundStore, tmp_path: Path) -> None:
    first = await store.take(wav_bytes(tone(440, 1.0)))
    again = await store.take(wav_bytes(tone(440, 1.0)))
    other = await store.take(wav_bytes(tone(880, 2.0)))
    assert first == again
    assert (first.seconds, other.seconds) == (1.0, 2.0)
    folder = tmp_path / "announcements"
    assert {it.name for it in folder.iterdir()} == {f"{it.name}.wav" for it in (first, other)}
    file = await store.open(first.name)
    assert (file.size, file.mime) == (16_044, "audio/wav")

    await store.drop(first.name)
    with pytest.raises(RecordingMissingError):
        await store.open(first.name)
    assert [it.stem for it in folder.iterdir()] == [other.name]


async def test_what_a_crash_left_over_is_removed_later(store: SoundStore) -> None:
    left = await store.take(wav_bytes(tone(440, 1.0)))
    kept = await store.take(wav_bytes(tone(880, 1.0)))
    path = (await store.open(left.name)).path
    await store.sweep({kept.name})
    assert path.exists()  # it may be of somebody who is about to save it
    long_ago = time.time() - 7200
    os.utime(path, (long_ago, long_ago))
    await store.sweep({kept.name})
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "../secrets", "a" * 31, "a" * 33, "A" * 32, "x/../" * 6])
async def test_only_names_of_the_store_are_opened(store: SoundStore, name: str) -> None:
    with pytest.raises(RecordingMissingError):
        await store.open(name)
