"""Lists that fit into memory: searched as people write."""

from dataclasses import dataclass

import pytest

from crm.errors import Invalid
from crm.short_lists import ShortList

LINES: ShortList[str] = ShortList(
    key=lambda it: it, words=lambda it: it, orders={"name": lambda it: it, "size": len}
)
ITEMS = ("Main line +420226259101", "Service line +420226259202", "Příbram")


@dataclass(frozen=True)
class Wanted:
    q: str = ""
    order: str | None = None
    limit: int = 50
    cursor: str | None = None


def found(q: str = "", order: str | None = None) -> list[str]:
    return [item.split()[0] for item in LINES.page(ITEMS, Wanted(q, order)).items]


@pytest.mark.parametrize(
    ("q", "wanted"),
    [
        ("service", ["Service"]),
        ("PRIB", ["Příbram"]),
        ("226 259 101", ["Main"]),
        ("+420 226 259", ["Main", "Service"]),
        ("main line", ["Main"]),
        ("line 2", []),
        (" ", ["Main", "Příbram", "Service"]),
    ],
)
def test_a_part_of_it_is_found_and_a_number_however_it_is_spaced(q: str, wanted: list[str]) -> None:
    assert found(q=q) == wanted


def test_it_is_ordered_and_another_order_is_refused() -> None:
    assert found(order="-name") == ["Service", "Příbram", "Main"]
    assert found(order="size")[0] == "Příbram"
    with pytest.raises(Invalid, match="must be one of name, size"):
        found(order="colour")
