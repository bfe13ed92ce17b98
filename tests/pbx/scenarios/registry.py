"""Which scenarios there are."""

from collections.abc import Awaitable, Callable

from tests.pbx.scenarios.expect import ExpectedCall
from tests.pbx.scenarios.stage import Stage

Scenario = Callable[[Stage], Awaitable[list[ExpectedCall]]]
SCENARIOS: dict[str, Scenario] = {}


def scenario(play: Scenario) -> Scenario:
    """Makes a coroutine function a scenario of its own name."""
    SCENARIOS[getattr(play, "__name__", "")] = play
    return play
