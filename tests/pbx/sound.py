"""What is heard in a recording."""

import wave
from pathlib import Path

import numpy as np


def seconds_of(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def loudest_hz(path: Path, last_seconds: float | None = None) -> float:
    """The strongest frequency of a 16-bit mono wav, or of its end."""
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
    if last_seconds is not None:
        samples = samples[-int(last_seconds * rate) :]
    assert len(samples) > rate // 4, f"{path.name} is too short"
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[int(spectrum.argmax())])
