"""The wav header: what recorders write, what they leave when killed, and anything else."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.wav import HEAD, NotAudioError, Problem, WavHeader, parse
from tests.unit.recordings.sounds import tone, wav_bytes

SECOND = wav_bytes(tone(440, 1))


def parse_all(data: bytes) -> WavHeader:
    return parse(data[:HEAD], len(data))


def verdict(data: bytes) -> Problem | None:
    """The problem, by whichever road it is told."""
    try:
        return parse_all(data).problem
    except NotAudioError as error:
        return error.problem


def problem_of(data: bytes) -> Problem:
    with pytest.raises(NotAudioError) as caught:
        parse_all(data)
    return caught.value.problem


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def fmt(tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    size = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * size, size, bits))


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_whole_file() -> None:
    header = parse_all(SECOND)
    assert header == WavHeader(8000, 44, 16000, None)
    assert header.seconds == 1.0


def test_a_killed_writer_leaves_sizes_of_zero_and_all_is_taken() -> None:
    assert parse_all(wav_bytes(tone(440, 1), data_size=0)) == WavHeader(
        8000, 44, 16000, Problem.TRUNCATED
    )


def test_a_stream_of_unknown_length_is_taken_as_far_as_it_goes() -> None:
    data = wav_bytes(tone(440, 1), data_size=0xFFFFFFFF)
    assert parse_all(data) == WavHeader(8000, 44, 16000, Problem.TRUNCATED)


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert parse_all(SECOND[:-1]) == WavHeader(8000, 44, 15998, Problem.TRUNCATED)


def test_what_follows_the_samples_is_not_sound() -> None:
    data = riff(fmt(), chunk(b"data", bytes(320)), chunk(b"LIST", b"INFOISFT"))
    assert parse_all(data).length == 320
    assert parse_all(data).problem is None


def test_chunks_before_the_samples_are_passed_over() -> None:
    data = riff(chunk(b"JUNK", b"odd"), fmt(), chunk(b"fact", bytes(4)), chunk(b"data", b"12"))
    assert parse_all(data).samples == 1


def test_extensible_format_is_read_by_its_subformat() -> None:
    extra = struct.pack("<HHIH", 22, 16, 4, 1) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    body = struct.pack("<HHIIHH", 0xFFFE, 1, 16000, 32000, 2, 16) + extra
    assert parse_all(riff(chunk(b"fmt ", body), chunk(b"data", b"1234"))).rate == 16000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        wav_bytes(np.empty(0, np.int16)),
        riff(fmt()),
        SECOND[:40],
    ],
    ids=["nothing", "a header and no sample", "no data chunk", "cut before data"],
)
def test_files_without_a_sample_are_empty(data: bytes) -> None:
    assert verdict(data) is Problem.EMPTY


def test_a_header_that_promises_samples_which_are_not_there_is_cut_off() -> None:
    assert parse_all(SECOND[:44]).problem is Problem.TRUNCATED


@pytest.mark.parametrize(
    "data", [b"ID3\x03not a wav", b"RIFF", b"RIFF\0\0\0\0AVI LIST", b"\0" * 99]
)
def test_other_files_are_not_wav(data: bytes) -> None:
    assert problem_of(data) is Problem.NOT_WAV


@pytest.mark.parametrize(
    "format_chunk",
    [fmt(tag=7, bits=8), fmt(channels=2), fmt(bits=24), fmt(rate=4000), fmt(rate=192000)],
    ids=["mu-law", "stereo", "24 bits", "4 kHz", "192 kHz"],
)
def test_wav_of_another_kind_is_unsupported(format_chunk: bytes) -> None:
    assert problem_of(riff(format_chunk, chunk(b"data", bytes(8)))) is Problem.UNSUPPORTED


@given(st.binary(max_size=300))
def test_any_bytes_are_understood_or_refused(data: bytes) -> None:
    sound_or_refusal(data)


@given(cut=st.integers(0, len(SECOND)), at=st.integers(0, 43), byte=st.integers(0, 255))
def test_any_cut_and_any_broken_byte_of_the_header(cut: int, at: int, byte: int) -> None:
    broken = bytearray(SECOND)
    broken[at] = byte
    sound_or_refusal(bytes(broken[:cut]))


@given(
    before=st.lists(st.binary(max_size=40), max_size=5),
    samples=st.integers(0, 200),
    said=st.one_of(st.none(), st.integers(0, 0xFFFFFFFF)),
)
def test_samples_are_found_wherever_they_begin(
    before: list[bytes], samples: int, said: int | None
) -> None:
    data = bytes(range(200))[:samples]
    length = struct.pack("<I", len(data) if said is None else said)
    file = riff(fmt(), *(chunk(b"note", text) for text in before)) + b"data" + length + data
    header = parse_all(file)
    assert header.offset == len(file) - len(data)
    if said is None and samples > 1:
        assert (header.length, header.problem) == (samples & ~1, None)


def sound_or_refusal(data: bytes) -> None:
    if verdict(data) in (Problem.EMPTY, Problem.NOT_WAV, Problem.UNSUPPORTED):
        return
    header = parse_all(data)
    assert header.length % 2 == 0
    assert 8000 <= header.rate <= 48000
    assert header.samples == 0 or header.offset + header.length <= len(data)
    assert header.samples > 0 or header.problem is Problem.TRUNCATED
