"""How good a call sounded: figures of its audio stream, and MOS by the E-model. Pure.

ITU-T G.107 (06/2015), with the defaults of its table 3 for all that the network does not tell:
R = 93.2 - Id - Ie,eff + A (A = 0, wired). Codecs' Ie and Bpl are from ITU-T G.113 appendix I.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

_R_DEFAULT = 93.2  # Ro - Is with every default

# codec: (Ie, Bpl): equipment impairment, and robustness against random loss, with concealment
_CODECS: dict[str, tuple[float, float]] = {
    "PCMA": (0, 25.1),
    "PCMU": (0, 25.1),
    "G722": (0, 25.1),  # no narrow-band figures in G.113; taken as G.711
    "G729": (11, 19.0),
    "GSM": (20, 10.0),
    "ILBC": (11, 32.0),
    "OPUS": (0, 25.1),
}
_UNKNOWN_CODEC = (10.0, 15.0)
_JITTER_BUFFERS = 2  # delay that a jitter buffer adds, in mean jitters
_PACKET_AND_LOOKAHEAD = 20.0  # ms: what one RTP packet waits to be filled


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """Of one call, from its start. Times in milliseconds, loss in percent of what was expected.

    `rtt_ms` and the `far_` figures are as the far side told by RTCP, None if it did not.
    """

    codec: str
    clock_rate: int
    rtt_ms: float | None
    jitter_ms: float
    loss_percent: float
    received: int
    sent: int
    far_jitter_ms: float | None
    far_loss_percent: float | None
    far_address: str

    @property
    def mos(self) -> float:
        return mos(r_factor(self.codec, self.rtt_ms or 0.0, self.jitter_ms, self.loss_percent))

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"mos": self.mos}


def loss_percent(received: int, lost: int) -> float:
    expected = received + lost
    return round(100.0 * lost / expected, 2) if expected > 0 else 0.0


def r_factor(codec: str, rtt_ms: float, jitter_ms: float, loss: float) -> float:
    """Rating R, 0 to 93.2. `loss` in percent, taken as random (BurstR = 1)."""
    ie, bpl = _CODECS.get(codec.upper(), _UNKNOWN_CODEC)
    delay = rtt_ms / 2 + _JITTER_BUFFERS * jitter_ms + _PACKET_AND_LOOKAHEAD
    ie_eff = ie + (95.0 - ie) * loss / (loss + bpl)  # G.107 (7-29)
    return max(0.0, _R_DEFAULT - _delay_impairment(delay) - ie_eff)


def _delay_impairment(ta: float) -> float:
    """Idd of G.107 (7-27), `ta` in ms one way: nothing up to 100 ms.

    Echo (Idte, Idle) is left out: with the default TELR of 65 dB it is small beside Idd.
    """
    if ta <= 100:
        return 0.0
    x = math.log(ta / 100) / math.log(2)
    return 25 * (math.pow(1 + x**6, 1 / 6) - 3 * math.pow(1 + (x / 3) ** 6, 1 / 6) + 2)


def mos(r: float) -> float:
    """Mean opinion score 1.0 to 4.5 of a rating, G.107 annex B."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return round(max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6), 2)
