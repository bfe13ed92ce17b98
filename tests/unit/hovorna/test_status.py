"""What an administrator is told to mend."""

from types import SimpleNamespace
from typing import Any

import pytest

from hovorna.status import HouseStatus

NO_CEL = "CEL is not available: no source is set (cel_source)"


def house(cel_problem: str = "", given_up: int = 0, problems: tuple[str, ...] = ()) -> HouseStatus:
    status: Any = HouseStatus()
    bridge = SimpleNamespace(cel_problem=cel_problem, given_up=given_up)
    status.bridge_part = SimpleNamespace(status=lambda: bridge)
    status.ingest = SimpleNamespace(status=lambda: SimpleNamespace(problems=problems))
    found: HouseStatus = status
    return found


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (house(), ()),
        (HouseStatus(), ()),  # nothing is started yet
        (house(cel_problem=NO_CEL), (f"{NO_CEL}. Calls during an interruption are lost",)),
        (house(given_up=3), ("3 events of calls could not be stored; the log says why",)),
        (house(problems=("No room", "No spool")), ("No room", "No spool")),
    ],
)
def test_troubles(status: HouseStatus, told: tuple[str, ...]) -> None:
    assert status.troubles() == told
