"""Any sound file that somebody uploads, as a telephone carries it: 8 kHz, mono, 16 bit.

Runs in the audio worker only: what comes from outside is decoded in no other process. The kind is
told by the file's first bytes and said to the library, which would otherwise also try formats that
name other files or addresses to be read.
"""

import wave
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from recordings.errors import JobError

RATE: Final = 8000
_SHORTEST: Final = 0.2  # seconds
_SILENT: Final = 100  # of 32767: nobody hears what is below it


def kind_of(head: bytes) -> str | None:
    """Of a file, by its first 12 bytes: wav, mp3, ogg; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS":
        return "ogg"
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2  # MPEG layer III
    return "mp3" if head[:3] == b"ID3" or is_frame else None


def telephone(source: Path, target: Path, longest: float) -> float:
    """Make `target`; its length in seconds. Raises OSError, and JobError with code `not_audio`,
    `too_long` (longer than `longest` seconds), `too_short` or `silent`.
    """
    with source.open("rb") as file:
        kind = kind_of(file.read(12))
    if kind is None:
        raise JobError("neither WAV nor MP3 nor Ogg", "not_audio")
    try:
        samples = _decoded(source, kind, longest)
    except av.error.FFmpegError as error:
        raise JobError(f"cannot be decoded: {error}", "not_audio") from error
    if len(samples) < _SHORTEST * RATE:
        raise JobError("there is hardly any sound in it", "too_short")
    if np.abs(samples.astype(np.int32)).max() < _SILENT:
        raise JobError("it is silent", "silent")
    with wave.open(str(target), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return len(samples) / RATE


def _decoded(source: Path, kind: str, longest: float) -> NDArray[np.int16]:
    parts = [np.empty(0, np.int16)]
    count = 0
    with av.open(str(source), "r", format=kind) as container:
        if not container.streams.audio:
            raise JobError("no sound in the file", "not_audio")
        resampler = AudioResampler("s16", "mono", RATE)
        for frame in container.decode(container.streams.audio[0]):
            made = _samples(resampler, frame)
            parts.append(made)
            count += len(made)
            if count > longest * RATE:
                raise JobError(f"longer than {longest:g} s", "too_long")
        parts.append(_samples(resampler, None))
    return np.concatenate(parts)


def _samples(resampler: AudioResampler, frame: av.AudioFrame | None) -> NDArray[np.int16]:
    made = [it.to_ndarray().reshape(-1) for it in resampler.resample(frame)]
    return np.concatenate(made).astype(np.int16) if made else np.empty(0, np.int16)
