"""The sound of a client on a bare socket: says a tone without pause, and notes when it hears one.

RTP (RFC 3550) with A-law (G.711) in packets of 20 ms.
"""

import asyncio
import contextlib
import secrets
import struct
import time
from collections.abc import AsyncIterator
from typing import Final, cast

import av
import numpy as np

_HOST: Final = "127.0.0.1"
RATE: Final = 8000  # samples a second
_SAMPLES: Final = 160  # of a packet
_PACKET_SECONDS: Final = _SAMPLES / RATE
_ALAW: Final = 8  # payload type, RFC 3551
_HEADER: Final = 12  # bytes
_LOUD: Final = 1000  # of 32767: no noise of a codec
_TONE_HZ: Final = 1000


class Voice(asyncio.DatagramProtocol):
    """`port`: where it hears. `heard`: resolved with time.time() of the first sound."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.DatagramTransport | None = None
        self._loud = _loud_bytes()

    @classmethod
    @contextlib.asynccontextmanager
    async def on(cls) -> AsyncIterator["Voice"]:
        loop = asyncio.get_running_loop()
        transport, voice = await loop.create_datagram_endpoint(cls, local_addr=(_HOST, 0))
        try:
            yield voice
        finally:
            transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: object) -> None:
        now = time.time()
        payload = data[_HEADER:]
        if not self.heard.done() and any(byte in self._loud for byte in payload[::7]):
            self.heard.set_result(now)

    async def speak(self, port: int) -> None:
        """To the PBX's port, until cancelled."""
        assert self._transport is not None
        source, stamp = secrets.randbits(32), 0
        tone = alaw_tone(_TONE_HZ, 1.0)
        due = time.monotonic()
        for sequence in range(1, 2**16):
            header = struct.pack("!BBHII", 0x80, _ALAW, sequence, stamp, source)
            start = (sequence * _SAMPLES) % (len(tone) - _SAMPLES + 1)
            self._transport.sendto(header + tone[start : start + _SAMPLES], (_HOST, port))
            stamp += _SAMPLES
            due += _PACKET_SECONDS
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def alaw_tone(hz: int, seconds: float) -> bytes:
    """A sine of a third of the greatest loudness."""
    at = np.arange(int(seconds * RATE)) / RATE
    samples = (np.sin(2 * np.pi * hz * at) * 12000).astype(np.int16)
    codec = av.CodecContext.create("pcm_alaw", "w")
    codec.sample_rate, codec.layout, codec.format = RATE, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = RATE
    return b"".join(bytes(packet) for packet in codec.encode(frame))


def _loud_bytes() -> frozenset[int]:
    """The A-law codes of samples that somebody can hear."""
    codec = av.CodecContext.create("pcm_alaw", "r")
    codec.sample_rate, codec.layout = RATE, "mono"
    (frame,) = codec.decode(av.Packet(bytes(range(256))))
    values = np.abs(frame.to_ndarray().reshape(-1).astype(int))
    return frozenset(int(code) for code in np.flatnonzero(values > _LOUD))
