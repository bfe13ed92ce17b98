"""What callers of a line hear before any phone rings: a sound that was uploaded for it, or a text,
spoken by espeak-ng into a sound file.

A file's name tells its content, or its text and language, so that one that is there is right. The
dialplan plays a file if it is there, and goes on if it is not.
"""

import hashlib
import re
import shutil
import subprocess
import wave
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import structlog

from pbx_bridge.asterisk.errors import DirectoryError
from pbx_bridge.directory import Announcement

log = structlog.get_logger(__name__)

_RATE: Final = 8000  # Hz, as a call carries it
_SECONDS: Final = 20  # for espeak-ng
_WORDS_A_MINUTE: Final = "150"
_SOUND: Final = re.compile(r"[0-9a-f]{32}")


def sound_name(announcement: Announcement) -> str:
    """Of its file, without the ending. Raises DirectoryError for a sound that is none of ours."""
    if announcement.sound:
        if not _SOUND.fullmatch(announcement.sound):
            raise DirectoryError(f"not a sound: {announcement.sound!r}")
        return f"announcement-{announcement.sound}"
    content = f"{announcement.language}\n{announcement.text}".encode()
    return f"announcement-{hashlib.sha256(content).hexdigest()[:20]}"


def make_sounds(folder: Path, announcements: Iterable[Announcement], uploaded: Path) -> None:
    """Make what is missing, remove what nobody needs. Never raises: calls go on without it.

    `uploaded`: directory of the sounds that are played as they are.
    """
    wanted = {sound_name(it): it for it in announcements}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("announcement-*"):
            if file.stem not in wanted:
                file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("announcement.not_kept", reason=str(error))
        return
    for name, announcement in wanted.items():
        try:
            if not (folder / f"{name}.wav").exists():
                _make(folder / f"{name}.wav", announcement, uploaded)
        except OSError as error:
            log.warning("announcement.not_kept", reason=str(error))


def _make(file: Path, announcement: Announcement, uploaded: Path) -> None:
    part = file.with_suffix(".part")
    if announcement.sound:
        shutil.copyfile(uploaded / f"{announcement.sound}.wav", part)
        part.replace(file)
        return
    samples = _spoken(announcement)
    if samples is None:
        return
    with wave.open(str(part), "wb") as out:
        out.setparams((1, 2, _RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    part.replace(file)


def _spoken(announcement: Announcement) -> "array[int] | None":
    program = shutil.which("espeak-ng")
    if program is None:
        log.warning("announcement.not_made", reason="espeak-ng is not installed")
        return None
    try:
        done = subprocess.run(  # noqa: S603  no shell; the text goes by stdin
            [program, "-v", announcement.language, "-s", _WORDS_A_MINUTE, "--stdin", "--stdout"],
            input=announcement.text.encode(),
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
        return telephone_samples(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.warning("announcement.not_made", reason=str(error))
        return None


def telephone_samples(wav: bytes) -> "array[int]":
    """16-bit mono wav of any rate, brought to 8 kHz. Raises ValueError for anything else.

    espeak-ng writes to a pipe and so cannot fill in the length: what is there is what counts.
    """
    start = wav.find(b"data")
    if wav[:4] != b"RIFF" or start < 0 or wav[22:24] != b"\x01\x00" or wav[34:36] != b"\x10\x00":
        raise ValueError("not a 16-bit mono wav")
    rate = int.from_bytes(wav[24:28], "little")
    body = wav[start + 8 :]
    return resampled(array("h", body[: len(body) // 2 * 2]), rate)


def resampled(samples: "array[int]", rate: int) -> "array[int]":
    """Each output sample is the mean of the input that it covers: enough low-pass for speech."""
    step = rate / _RATE
    sums = [0]
    for sample in samples:
        sums.append(sums[-1] + sample)
    out = array("h")
    for index in range(int(len(samples) / step)):
        first, last = int(index * step), max(int(index * step) + 1, int((index + 1) * step))
        out.append((sums[last] - sums[first]) // (last - first))
    return out
