"""Finding a tone in sound. Pure."""

import math
from collections.abc import Sequence

_LONGEST = 4.0  # seconds looked at


def tone_share(samples: Sequence[int], rate: int, hz: float) -> float:
    """Share of the energy that lies at `hz` (Goertzel's algorithm), 0.0 to 1.0; 0.0 for silence."""
    part = samples[: int(_LONGEST * rate)]
    windows = [part[start : start + rate // 10] for start in range(0, len(part), rate // 10)]
    total = at_tone = 0.0
    for window in windows:
        energy = sum(sample * sample for sample in window)
        total += energy
        at_tone += _goertzel(window, rate, hz)
    # Below one step of sound in 16 bits there is nothing to be found but rounding.
    return min(1.0, at_tone / total) if total > len(part) * 64 else 0.0


def _goertzel(window: Sequence[int], rate: int, hz: float) -> float:
    """Energy at `hz`, on the scale of the window's sum of squares."""
    coefficient = 2 * math.cos(2 * math.pi * hz / rate)
    before = last = 0.0
    for sample in window:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return 2 * power / max(1, len(window))
