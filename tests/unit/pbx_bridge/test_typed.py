"""When `*2` is the code for the recording, and when the beginning of something longer."""

import pytest

from pbx_bridge.calls.layout import Layout
from pbx_bridge.typed import Typed, TypedCode

LAYOUT = Layout.of(["101", "102"], ["line1"])
AMONG = Layout.of(["101", "203"], ["line1"])
DESK = "PJSIP/101-0000001a"


def wait(
    keys: str,
    pace: float,
    layout: Layout = LAYOUT,
    channel: str = DESK,
    late: float = 0.0,
    direction: str = "Received",
) -> float | None:
    """Seconds after which the code counts as complete, when these keys were typed at that pace."""
    code, said = TypedCode(), Typed(channel, None)
    for number, key in enumerate(keys):
        at = 1000 + number * pace
        event = {
            "Event": "DTMFEnd",
            "Channel": channel,
            "Digit": key,
            "Direction": direction,
            "Timestamp": f"{at:.6f}",
        }
        said = code.hear(event, layout, at + late) or Typed(channel, None)
    assert said.channel == channel
    return said.wait


def test_typed_at_once_it_is_complete_before_the_pbx_would_say_so() -> None:
    assert wait("*2", 0.2) == 0.8
    assert wait("*2", 0.2, channel="PJSIP/101-web-0000001b") == 0.8
    assert wait("5*2", 0.2) == 0.8
    assert wait("**2", 0.2) == 0.8


def test_among_extensions_that_begin_alike_it_takes_a_little_longer() -> None:
    assert wait("*2", 0.2, AMONG) == 1.3


@pytest.mark.parametrize("pace", [0.1, 0.3, 0.6, 0.9, 1.0, 2.0])
@pytest.mark.parametrize("layout", [LAYOUT, AMONG])
def test_who_types_on_at_his_own_pace_is_not_interrupted(pace: float, layout: Layout) -> None:
    waited = wait("*2", pace, layout)
    assert waited is None or waited > pace * 2
    for longer in ("*20", "*203", "*2#", "*2*"):
        assert wait(longer, pace, layout) is None


@pytest.mark.parametrize("keys", ["2", "##2", "*12", "*", "*3", "22"])
def test_other_keys_are_no_code(keys: str) -> None:
    assert wait(keys, 0.2) is None


def test_only_what_employees_type_themselves_counts() -> None:
    code = TypedCode()
    assert wait("*2", 0.2, channel="PJSIP/line1-0000001c") is None
    assert wait("*2", 0.2, direction="Sent") is None
    event = {"Event": "DTMFEnd", "Channel": "PJSIP/line1-0000001c", "Direction": "Received"}
    assert code.hear(event, LAYOUT, 0.0) is None


def test_what_is_heard_late_may_have_been_gone_on_with() -> None:
    assert wait("*2", 0.2, late=0.1) == 0.8
    assert wait("*2", 0.2, late=0.6) is None


def test_a_message_without_a_time_and_a_hangup_end_it() -> None:
    code = TypedCode()
    star = {"Event": "DTMFEnd", "Channel": DESK, "Digit": "*", "Direction": "Received"}
    assert code.hear(star, LAYOUT, 0.0) == Typed(DESK, None)
    code.hear(star | {"Timestamp": "5.0"}, LAYOUT, 5.0)
    gone = {"Event": "Hangup", "Channel": DESK}
    assert code.hear(gone, LAYOUT, 6.0) == Typed(DESK, None)
    assert code.hear(gone, LAYOUT, 6.0) is None
