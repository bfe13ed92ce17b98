"""Both sides into one Opus file, and out of it again. Runs in the audio worker only.

Opus in Ogg: RFC 7845. `audio` rather than `voip`, because the encoder then takes CELT, and at
40 kbit/s codes the sides independently of each other: 80 dB apart, where 32 kbit/s leave 30 dB and
the silent side of a listener's headphones whispers. Complexity 1 and frames of 60 ms, because a
recording has no latency to save: 500 seconds of 8 kHz stereo per second of one core.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Literal

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from recordings.peaks import Envelope
from recordings.wav import WavHeader

Samples = NDArray[np.int16]
Sink = Callable[[bytes], None]

_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
_OPUS = {"application": "audio", "compression_level": "1", "frame_duration": "60"}
_BIT_RATE = 40_000
_BLOCK_SECONDS = 10
_DURATION_SLACK = 0.13  # seconds: two frames of padding and the codec's delay


class BadAudioError(Exception):
    """This file cannot be decoded, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Combined:
    """`peaks`: the client's, then the company's."""

    seconds: float
    peaks: bytes


class _Written:
    """What the muxer writes to; not seekable, so it only ever appends."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def drain(self, sink: Sink) -> None:
        parts, self._parts = self._parts, []
        if parts:
            sink(b"".join(parts))


class _Side:
    """Samples of one side at the wanted rate; a side that is missing has none."""

    def __init__(self, source: tuple[IO[bytes], WavHeader] | None, rate: int) -> None:
        self._source = source
        self._left = source[1].length if source else 0
        self._buffer: Samples = np.empty(0, np.int16)
        self._resampler: AudioResampler | None = None
        if source:
            source[0].seek(source[1].offset)
            if source[1].rate != rate:
                self._resampler = AudioResampler("s16", "mono", rate)

    def read(self, count: int) -> Samples:
        """`count` samples; fewer only at the end."""
        while len(self._buffer) < count and (more := self._more(count)) is not None:
            self._buffer = np.concatenate((self._buffer, more))
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _more(self, count: int) -> Samples | None:
        if self._source is None:
            return None
        file, header = self._source
        data = file.read(min(self._left, count * 2))
        self._left -= len(data)
        samples: Samples = np.frombuffer(data[: len(data) & ~1], "<i2").astype(np.int16)
        if not len(samples):
            self._source = None
            return self._resample(None) if self._resampler else None
        return self._resample(_frame(samples, "mono", header.rate)) if self._resampler else samples

    def _resample(self, frame: av.AudioFrame | None) -> Samples:
        assert self._resampler is not None
        parts = [f.to_ndarray().reshape(-1) for f in self._resampler.resample(frame)]
        return np.concatenate(parts).astype(np.int16) if parts else np.empty(0, np.int16)


def _frame(samples: Samples, layout: str, rate: int, at: int | None = None) -> av.AudioFrame:
    packed = np.ascontiguousarray(samples).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = at
    return frame


def opus_rate(rate: int) -> int:
    """The smallest rate that Opus codes and that loses nothing of `rate`."""
    return next((r for r in _OPUS_RATES if r >= rate), _OPUS_RATES[-1])


def combine(
    client: tuple[Path, WavHeader] | None, company: tuple[Path, WavHeader] | None, sink: Sink
) -> Combined:
    """Encode both sides, client left and company right; the shorter is filled up with silence.

    `sink` is given the bytes of the Ogg file in order; what it raises comes out unchanged. Raises
    OSError when a source cannot be read.
    """
    rate = opus_rate(max(side[1].rate for side in (client, company) if side))
    with ExitStack() as files:
        sources = [
            (files.enter_context(side[0].open("rb")), side[1]) if side else None
            for side in (client, company)
        ]
        readers = [_Side(source, rate) for source in sources]
        envelopes = (Envelope(rate), Envelope(rate))
        count = _encode(_stereo(readers, envelopes, rate), rate, sink)
    return Combined(count / rate, b"".join(envelope.peaks() for envelope in envelopes))


def _stereo(
    sides: list[_Side], envelopes: tuple[Envelope, Envelope], rate: int
) -> Iterator[Samples]:
    while True:
        blocks = [side.read(rate * _BLOCK_SECONDS) for side in sides]
        length = max(len(block) for block in blocks)
        if not length:
            return
        both = np.zeros((length, 2), np.int16)
        for number, block in enumerate(blocks):
            both[: len(block), number] = block
            envelopes[number].add(both[:, number])
        yield both


def _encode(blocks: Iterator[Samples], rate: int, sink: Sink) -> int:
    """Returns the number of samples per channel."""
    written = _Written()
    count = 0
    # bitexact: the same input gives the same bytes, so doing it again after a crash is harmless.
    with av.open(written, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=rate, options=_OPUS, layout="stereo")
        stream.bit_rate = _BIT_RATE
        stream.codec_context.format = "s16"
        for block in blocks:
            container.mux(stream.encode(_frame(block, "stereo", rate, at=count)))
            count += len(block)
            written.drain(sink)
        container.mux(stream.encode(None))
    written.drain(sink)
    return count


def _decoded(path: Path) -> Iterator[av.AudioFrame]:
    try:
        with av.open(str(path), "r") as container:
            if not container.streams.audio or container.streams.audio[0].channels != 2:
                raise BadAudioError("no stereo sound in the file")
            yield from container.decode(container.streams.audio[0])
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and not isinstance(error, av.error.InvalidDataError):
            raise
        raise BadAudioError(f"cannot be decoded: {error}") from error


def verify(path: Path, seconds: float) -> None:
    """Decode the whole file. Raises BadAudioError unless it lasts `seconds`."""
    found = sum(frame.samples / frame.sample_rate for frame in _decoded(path))
    if abs(found - seconds) > _DURATION_SLACK:
        raise BadAudioError(f"lasts {found:.3f} s instead of {seconds:.3f} s")


@dataclass(frozen=True, slots=True)
class _Target:
    container: str
    codec: Literal["libmp3lame", "pcm_s16le"]
    format: str
    bit_rate: int | None
    rate: int | None  # None: the rate that was recorded
    options: dict[str, str]


# LAME's level 7 takes half of the usual time, and speech sounds the same.
_TARGETS = {
    "mp3": _Target("mp3", "libmp3lame", "s16p", 48_000, 16_000, {"compression_level": "7"}),
    "wav": _Target("wav", "pcm_s16le", "s16", None, None, {}),
}


def convert(source: Path, target: Path, kind: str) -> None:
    """Make a stored file into `mp3` or `wav`, both stereo. Raises BadAudioError, OSError."""
    wanted = _TARGETS[kind]
    rate = wanted.rate or _recorded_rate(source)
    with av.open(str(target), "w", format=wanted.container) as container:
        stream = container.add_stream(
            wanted.codec, rate=rate, options=wanted.options, layout="stereo"
        )
        if wanted.bit_rate:
            stream.bit_rate = wanted.bit_rate
        stream.codec_context.format = wanted.format
        resampler = AudioResampler(wanted.format, "stereo", rate, _frame_size(stream.codec_context))
        for frame in _decoded(source):
            _put(container, stream, resampler.resample(frame))
        _put(container, stream, resampler.resample(None))
        container.mux(stream.encode(None))


def _frame_size(codec: AudioCodecContext) -> int:
    codec.open()  # a codec knows its frame size only then
    return codec.frame_size or 0


def _put(container: Any, stream: Any, frames: list[av.AudioFrame]) -> None:
    for frame in frames:
        container.mux(stream.encode(frame))


def _recorded_rate(path: Path) -> int:
    """The rate before encoding, which OpusHead carries (RFC 7845, 5.1)."""
    with av.open(str(path), "r") as container:
        head = bytes(container.streams.audio[0].codec_context.extradata or b"")
    rate = int.from_bytes(head[12:16], "little") if head[:8] == b"OpusHead" else 0
    return rate if rate in _OPUS_RATES else 48_000
