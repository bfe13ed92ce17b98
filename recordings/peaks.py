"""The shape of a waveform in a few hundred bytes. Used in the audio worker only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

VALUES = 400  # per side: one for two pixels of a wide player
_PER_SECOND = 100


class Envelope:
    """Loudest sample of every 10 ms of one side, gathered block by block."""

    def __init__(self, rate: int) -> None:
        self._window = max(rate // _PER_SECOND, 1)
        self._parts: list[NDArray[np.int32]] = []

    def add(self, samples: NDArray[np.int16]) -> None:
        """Blocks but the last must be whole numbers of 10 ms, or the picture drifts a little."""
        short = -len(samples) % self._window
        if short:
            samples = np.pad(samples, (0, short))
        rows = np.abs(samples.astype(np.int32)).reshape(-1, self._window)
        self._parts.append(rows.max(axis=1))

    def peaks(self) -> bytes:
        """`VALUES` bytes, 255 for full scale, evenly over the whole length; empty if no sample."""
        if not self._parts:
            return b""
        loudest: NDArray[Any] = np.concatenate(self._parts)
        if not len(loudest):
            return b""
        edges = np.arange(VALUES) * len(loudest) // VALUES
        # reduceat gives the element itself where two edges fall together: short files stretch.
        values: NDArray[Any] = np.maximum.reduceat(loudest, edges)
        scaled: NDArray[np.uint8] = np.minimum(values * 255 // 32767, 255).astype(np.uint8)
        return scaled.tobytes()
