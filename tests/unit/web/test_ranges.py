"""Byte ranges of RFC 9110, section 14."""

import pytest

from web.audio import Unsatisfiable, byte_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-200", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=0-1,5-6", None),
        ("bytes=20-10", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("items=0-5", None),
        ("bytes=٠-٥", None),
        (f"bytes=0-{'9' * 30}", None),
    ],
)
def test_a_header_asks_for_a_part_or_the_whole(
    header: str | None, part: tuple[int, int] | None
) -> None:
    assert byte_range(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_part_that_lies_outside(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        byte_range(header, 100)
