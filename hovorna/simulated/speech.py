"""Spoken dialogues as wav files: made once by espeak-ng, kept in a cache.

Each dialogue becomes two tracks of the same length, one for each side, silent while the other
speaks: two who play them to each other from the same moment on talk in turns. Without espeak-ng a
track has tones where the sentences would be.
"""

import asyncio
import hashlib
import math
import shutil
import subprocess
import wave
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import structlog

from hovorna.simulated.dialogues import DIALOGUES, Dialogue
from pbx_bridge.asterisk.announcing import telephone_samples

RATE = 8000  # Hz, as G.711 carries it
_PAUSE = 0.6  # seconds between two sentences
_LETTERS_PER_SECOND = 14  # length of the tone that stands for a sentence
_ESPEAK_SECONDS = 30
_VOICES = {"employee": ("+f3", "155"), "client": ("+m3", "165")}  # variant, words a minute
_HZ = {"employee": 440, "client": 620}
_AMPLITUDE = 6000

Samples: TypeAlias = "array[int]"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Wav files of one dialogue."""

    employee: Path
    client: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Speech:
    tracks: tuple[Tracks, ...]

    def between(self, number: str | None) -> Tracks:
        """The dialogue that both sides know by the client's number, however it is written."""
        digits = "".join(c for c in number or "" if c.isdigit())[-9:]
        return self.tracks[zlib.crc32(digits.encode()) % len(self.tracks)]


async def prepare_speech(cache: Path, dialogues: Sequence[Dialogue] = DIALOGUES) -> Speech:
    """Makes what is missing in `cache`, which is created. Raises OSError."""
    return await asyncio.to_thread(_prepare, cache, dialogues, shutil.which("espeak-ng"))


def _prepare(cache: Path, dialogues: Sequence[Dialogue], program: str | None) -> Speech:
    cache.mkdir(parents=True, exist_ok=True)
    if program is None:
        log.info("speech.tones_only", reason="espeak-ng is not installed")
    return Speech(tuple(_tracks(cache, dialogue, program) for dialogue in dialogues))


def _tracks(cache: Path, dialogue: Dialogue, program: str | None) -> Tracks:
    voice = "tones" if program is None else "espeak"
    content = hashlib.sha256("\n".join(dialogue.lines).encode()).hexdigest()[:8]
    files = {
        side: cache / f"{dialogue.name}-{voice}-{content}.{side}.wav"
        for side in ("employee", "client")
    }
    if not all(file.exists() for file in files.values()):
        sentences = [
            _say(dialogue.language, side, text, program) for side, text in _turns(dialogue)
        ]
        for side, file in files.items():
            _write(file, weave(sentences, side))
    with wave.open(str(files["client"])) as track:
        seconds = track.getnframes() / RATE
    return Tracks(files["employee"], files["client"], seconds)


def _turns(dialogue: Dialogue) -> list[tuple[str, str]]:
    sides = ("employee", "client")
    return [(sides[index % 2], text) for index, text in enumerate(dialogue.lines)]


def weave(sentences: Sequence[Samples], side: str) -> Samples:
    """One side's track: its sentences, and silence as long as the other's."""
    pause = array("h", bytes(2 * int(_PAUSE * RATE)))
    track = array("h")
    for index, sentence in enumerate(sentences):
        speaks = (index % 2 == 0) == (side == "employee")
        track += sentence if speaks else array("h", bytes(2 * len(sentence)))
        track += pause
    return track


def _say(language: str, side: str, text: str, program: str | None) -> Samples:
    if program is not None:
        spoken = _espeak(program, language, side, text)
        if spoken is not None:
            return spoken
    return tone(_HZ[side], max(1.0, len(text) / _LETTERS_PER_SECOND))


def _espeak(program: str, language: str, side: str, text: str) -> "Samples | None":
    variant, speed = _VOICES[side]
    try:
        done = subprocess.run(  # noqa: S603  no shell; the text is ours and goes by stdin
            [program, "-v", language + variant, "-s", speed, "--stdin", "--stdout"],
            input=text.encode(),
            capture_output=True,
            check=True,
            timeout=_ESPEAK_SECONDS,
        )
        return telephone_samples(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.warning("speech.failed", language=language, error=str(error))
        return None


def tone(hz: int, seconds: float) -> Samples:
    """A tone in bursts of 0.4 s with 0.1 s between, so that it is heard to be no fault."""
    count = int(seconds * RATE)
    return array(
        "h",
        (
            int(_AMPLITUDE * math.sin(2 * math.pi * hz * n / RATE)) if n % 4000 < 3200 else 0
            for n in range(count)
        ),
    )


def _write(file: Path, samples: Samples) -> None:
    part = file.with_suffix(".part")
    with wave.open(str(part), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    part.replace(file)
