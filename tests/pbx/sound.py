"""What is said in a call, and what is heard in its recording."""

import math
import struct
import wave
from pathlib import Path

import numpy as np

from pbx_bridge.sip.handles import PhoneCall

_RATE = 8000
_HEARD = 500.0  # a phone's tone is 3000; where three of them are too loud together, a rest of 150


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


def is_tone(path: Path, hz: float, last_seconds: float) -> bool:
    """Whether its end is this tone all the time, and nothing else: music only touches a note."""
    samples, rate = samples_of(path)
    step = rate // 4
    parts = samples[-int(last_seconds * rate) // step * step :].astype(float).reshape(-1, step)
    spectrum = np.abs(np.fft.rfft(parts * np.hanning(step), axis=1)) ** 2
    near = np.abs(np.fft.rfftfreq(step, 1 / rate) - hz) <= 20
    shares = spectrum[:, near].sum(axis=1) / np.maximum(spectrum.sum(axis=1), 1.0)
    return bool(shares.min() > 0.8)


def samples_of(path: Path) -> tuple[np.ndarray, int]:
    """The samples of a 16-bit mono wav, and how many a second has."""
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        frames = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
        return frames, sound.getframerate()


def loudness(path: Path, last_seconds: float | None = None) -> float:
    """Root mean square, of 32767 at most; of all of it or of its end."""
    samples, rate = samples_of(path)
    if last_seconds is not None:
        samples = samples[-int(last_seconds * rate) :]
    return float(np.sqrt(np.mean(np.square(samples.astype(float)))))


def silent_seconds(path: Path) -> float:
    """How long there is nothing at all in it: the samples are zero for half a second or more."""
    samples, rate = samples_of(path)
    step = rate // 10
    quiet = [not samples[i : i + step].any() for i in range(0, len(samples) - step, step)]
    longest = total = 0
    for one in [*quiet, False]:
        longest = longest + 1 if one else 0
        if longest == 5:
            total += 5
        elif longest > 5:
            total += 1
    return total / 10


def tones_in(path: Path, *of: int) -> set[int]:
    """Which of these frequencies (Hz) are clearly heard in it."""
    samples, rate = samples_of(path)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / max(1, len(samples))
    width = rate / max(1, len(samples))

    def strength(hz: int) -> float:
        middle = round(hz / width)
        return float(spectrum[max(0, middle - 3) : middle + 4].max(initial=0.0))

    return {hz for hz in of if strength(hz) > _HEARD}


def sentence(folder: Path, seconds: float) -> Path:
    """A wav in which something sounds for so long."""
    file = folder / f"sentence-{seconds:g}.wav"
    if not file.exists():
        samples = (
            int(9000 * math.sin(2 * math.pi * 700 * n / _RATE)) for n in range(int(seconds * _RATE))
        )
        with wave.open(str(file), "wb") as out:
            out.setparams((1, 2, _RATE, 0, "NONE", ""))
            out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file


async def speak(call: PhoneCall, folder: Path, seconds: float = 1.0) -> None:
    """Say something for so long, whoever hears it; as soon as there is a way for sound."""
    await call.wait("media")
    since = call.process.mark()
    await call.tell("play", file=str(sentence(folder, seconds)))
    await call.wait("played", seconds + 15, since=since)
