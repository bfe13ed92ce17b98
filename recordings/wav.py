"""Reading the header of a wav file that may have been cut off, or not be a wav file at all. Pure.

Asterisk writes the sizes into the header when it closes the file (`formats/format_wav.c`), so a
file whose writer was killed says 0 there, with the audio behind it. RIFF: Multimedia Programming
Interface and Data Specifications 1.0, IBM and Microsoft, 1991.
"""

import struct
from dataclasses import dataclass, replace
from enum import StrEnum

HEAD = 4096  # bytes at the start of a file that `parse` wants to see
_PCM, _EXTENSIBLE = 1, 0xFFFE
_RATES = range(8000, 48001)
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)


class Problem(StrEnum):
    """What is wrong with one side's file."""

    MISSING = "missing"
    EMPTY = "empty"  # no sample in it
    TRUNCATED = "truncated"  # its writer did not finish; what is there is used
    NOT_WAV = "not_wav"
    UNSUPPORTED = "unsupported"  # a wav file, but not 16-bit mono PCM
    UNREADABLE = "unreadable"
    UNUSABLE = "unusable"  # the audio worker failed on it again and again


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Where the samples are: `length` bytes (an even number) from `offset`, at `rate` per second.

    `problem` is EMPTY, TRUNCATED or None.
    """

    rate: int
    offset: int
    length: int
    problem: Problem | None = None

    @property
    def samples(self) -> int:
        return self.length // 2

    @property
    def seconds(self) -> float:
        return self.samples / self.rate

    def after(self, seconds: float) -> "WavHeader":
        """Without the first so many seconds."""
        skipped = min(self.length, 2 * round(seconds * self.rate))
        return replace(self, offset=self.offset + skipped, length=self.length - skipped)


class NotAudioError(ValueError):
    """No samples can be taken from this file. `problem` is EMPTY, NOT_WAV or UNSUPPORTED."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse(head: bytes, size: int) -> WavHeader:
    """Understand a file of `size` bytes from its first `HEAD` bytes. Raises NotAudioError."""
    if size == 0:
        raise NotAudioError(Problem.EMPTY)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise NotAudioError(Problem.NOT_WAV)
    rate: int | None = None
    at = 12
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"data":
            if rate is None:
                raise NotAudioError(Problem.NOT_WAV)
            return _data(rate, at, length, size)
        if name == b"fmt ":
            rate = _format(head[at : at + length])
        at += length + length % 2
    # Cut off in the header, or filled with chunks that no recorder writes.
    raise NotAudioError(Problem.EMPTY if size <= len(head) else Problem.NOT_WAV)


def _format(chunk: bytes) -> int:
    if len(chunk) < 16:
        raise NotAudioError(Problem.NOT_WAV)
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    if tag != _PCM or channels != 1 or bits != 16 or rate not in _RATES:
        raise NotAudioError(Problem.UNSUPPORTED)
    return int(rate)


def _data(rate: int, offset: int, length: int, size: int) -> WavHeader:
    there = max(size - offset, 0)
    if there < 2:
        cut = length > 0 and length not in _UNKNOWN_SIZES
        return WavHeader(rate, offset, 0, Problem.TRUNCATED if cut else Problem.EMPTY)
    if length in _UNKNOWN_SIZES or length > there:
        return WavHeader(rate, offset, there & ~1, Problem.TRUNCATED)
    return WavHeader(rate, offset, length & ~1, None if length > 1 else Problem.EMPTY)
