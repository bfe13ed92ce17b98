"""Real calls on the real PBX, each with what really happened.

A scenario is played by the recorder, which keeps what the PBX said of it for the replay tests, and
by the tests with the real PBX, which look at what the bridge made of it.
"""

from tests.pbx.scenarios import (
    accidents,
    browsers,
    mobile,
    placed,
    recorded,
    simple,
    steered,
    supervised,
    together,
    transfers,
)
from tests.pbx.scenarios.registry import SCENARIOS, Scenario

__all__ = [
    "SCENARIOS",
    "Scenario",
    "accidents",
    "browsers",
    "mobile",
    "placed",
    "recorded",
    "simple",
    "steered",
    "supervised",
    "together",
    "transfers",
]
