"""Figures of many measured times."""

from collections.abc import Sequence


def quantile_ms(values: Sequence[float], share: float) -> float | None:
    """`values` in seconds; the answer in milliseconds, None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 1)
