"""The E-model's figures, against what ITU-T G.107 and G.113 say."""

import math

import pytest

from pbx_bridge.sip.quality import StreamFigures, loss_percent, mos, r_factor
from pbx_bridge.sip.tone import tone_share


def test_a_perfect_g711_call_is_as_good_as_the_model_gets() -> None:
    r = r_factor("PCMA", rtt_ms=0, jitter_ms=0, loss=0)

    assert r == pytest.approx(93.2)
    assert mos(r) == 4.41


@pytest.mark.parametrize(
    ("r", "expected"), [(-5, 1.0), (0, 1.0), (50, 2.58), (60, 3.1), (100, 4.5)]
)
def test_mos_of_a_rating(r: float, expected: float) -> None:
    assert mos(r) == pytest.approx(expected, abs=0.01)


def test_delay_hurts_only_above_100_ms_one_way() -> None:
    assert r_factor("PCMA", 150, 0, 0) == pytest.approx(93.2)
    assert r_factor("PCMA", 600, 0, 0) == pytest.approx(93.2 - 16.0, abs=3)
    assert r_factor("PCMA", 100, 100, 0) < r_factor("PCMA", 100, 0, 0)


def test_loss_and_codec_hurt_as_g113_says() -> None:
    # Ie,eff of G.711 with concealment at 2 % random loss: 95 * 2 / (2 + 25.1) = 7.0
    assert r_factor("pcmu", 0, 0, 2) == pytest.approx(93.2 - 7.01, abs=0.05)
    assert r_factor("GSM", 0, 0, 0) == pytest.approx(73.2)
    assert r_factor("never heard of", 0, 0, 0) < 93.2


def test_loss_is_of_what_was_expected() -> None:
    assert loss_percent(90, 10) == 10.0
    assert loss_percent(0, 0) == 0.0


def test_figures_as_json_carry_the_mos() -> None:
    figures = StreamFigures("PCMA", 8000, 20.0, 1.0, 0.0, 500, 500, 1.0, 0.0, "127.0.0.1:9")

    assert figures.to_json()["mos"] == 4.41
    assert figures.to_json()["codec"] == "PCMA"


def _sine(hz: float, seconds: float = 1.0, rate: int = 8000) -> list[int]:
    return [int(8000 * math.sin(2 * math.pi * hz * n / rate)) for n in range(int(seconds * rate))]


def test_a_tone_is_found_among_others() -> None:
    both = [a + b for a, b in zip(_sine(1000), _sine(440), strict=True)]

    assert tone_share(_sine(1000), 8000, 1000) > 0.95
    assert tone_share(_sine(440), 8000, 1000) < 0.05
    assert tone_share(both, 8000, 1000) == pytest.approx(0.5, abs=0.1)
    assert tone_share([0] * 8000, 8000, 1000) == 0.0
    assert tone_share([], 8000, 1000) == 0.0
