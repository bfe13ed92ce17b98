"""The phone's small parts: lines, timers, events."""

import os

import pytest

from pbx_bridge.sip.events import PhoneEvent, from_line
from pbx_bridge.sip.program import Lines
from pbx_bridge.sip.timers import Timers


def test_lines_come_whole_whatever_the_pieces() -> None:
    reading, writing = os.pipe()
    lines = Lines(reading)
    assert lines.read() == []

    os.write(writing, b"dial 1\nhang")
    assert lines.read() == ["dial 1"]
    os.write(writing, b"up\n\n  \nans")
    assert lines.read() == ["hangup"]
    assert not lines.closed
    os.write(writing, b"wer")
    os.close(writing)
    assert lines.read() == ["answer"]
    assert lines.closed
    assert lines.read() == []
    os.close(reading)


def test_an_endless_line_does_not_fill_the_memory() -> None:
    reading, writing = os.pipe()
    lines = Lines(reading)
    for _ in range(3):
        os.write(writing, b"x" * 60_000)
        lines.read()
    os.close(writing)
    while not lines.closed:
        lines.read()
    assert len(lines._rest) <= 65536
    os.close(reading)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_timers_run_when_due_in_order() -> None:
    clock, said = Clock(), list[str]()
    timers = Timers(clock)
    timers.after(2, lambda: said.append("two"))
    timers.after(1, lambda: said.append("one"))
    timers.after(1, lambda: said.append("one more"))

    timers.run_due()
    assert said == []
    clock.now += 1
    timers.run_due()
    assert said == ["one", "one more"]
    clock.now += 5
    timers.clear()
    timers.run_due()
    assert said == ["one", "one more"]


def test_an_event_survives_its_line() -> None:
    event = PhoneEvent("incoming", 1.5, "101", "c1", {"name": "Čtvrtý\n", "headers": {"a": ["b"]}})

    line = event.to_line()

    assert "\n" not in line
    assert from_line(line) == event
    assert event["name"] == "Čtvrtý\n"
    assert event.get("missing", 3) == 3


@pytest.mark.parametrize("line", ["", "null", "[]", '{"event": "x"}', "13:00 pjlib started"])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        from_line(line)
