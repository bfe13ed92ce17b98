"""Sound for tests, and what an ear would say of it."""

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = 8000


def tone(hertz: float, seconds: float, rate: int = RATE, level: float = 0.5) -> NDArray[np.int16]:
    """A sine wave; `level` 1.0 is full scale."""
    at = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * np.pi * hertz * at) * level * 32767).astype(np.int16)


def wav_bytes(
    samples: NDArray[np.int16], rate: int = RATE, *, data_size: int | None = None
) -> bytes:
    """A wav file as Asterisk writes it. `data_size`: what the header says, if not the truth."""
    data = samples.astype("<i2").tobytes()
    said = len(data) if data_size is None else data_size
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        (said + 36) & 0xFFFFFFFF,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        rate,
        rate * 2,
        2,
        16,
        b"data",
        said,
    )
    return head + data


def write_wav(path: Path, samples: NDArray[np.int16], rate: int = RATE, **header: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(samples, rate, **header))
    return path


def hear(path: Path, rate: int = RATE) -> NDArray[np.float64]:
    """Decode any file: an array of (2, samples), full scale 1.0."""
    resampler = av.AudioResampler("s16", "stereo", rate)
    parts = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            parts += [f.to_ndarray() for f in resampler.resample(frame)]
        parts += [f.to_ndarray() for f in resampler.resample(None)]
    flat = np.concatenate(parts, axis=1).reshape(-1, 2).T
    return flat.astype(np.float64) / 32768


def loudest_hertz(samples: NDArray[np.float64], rate: int = RATE) -> float:
    """The frequency that stands out most."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def level_at(samples: NDArray[np.float64], hertz: float, rate: int = RATE) -> float:
    """Amplitude of one frequency, full scale 1.0."""
    at = np.arange(len(samples)) / rate
    return float(2 * np.abs(np.mean(samples * np.exp(-2j * np.pi * hertz * at))))
