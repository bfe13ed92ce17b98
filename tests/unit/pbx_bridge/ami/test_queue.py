"""What is dropped, what never is, and how late we are."""

from pbx_bridge.ami.protocol import Message
from pbx_bridge.ami.queue import EventQueue, LagMeter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def messages(*names: str) -> list[Message]:
    return [Message(name, b"") for name in names]


def taken(queue: EventQueue) -> list[str]:
    names = []
    while (batch := queue.take_nowait()) is not None:
        names += [message.name for message in batch.messages]
    return names


def test_only_droppable_events_are_dropped_and_only_when_there_are_too_many() -> None:
    queue = EventQueue(Clock(), frozenset({"VarSet"}), soft=3, hard=6)
    queue.put(messages("VarSet", "Hangup", "VarSet"))
    queue.put(messages("VarSet", "Hangup", "VarSet", "Newchannel"))
    assert queue.dropped == 2
    assert not queue.full
    queue.put(messages("Hangup", "VarSet"))
    assert queue.full
    assert queue.dropped == 3
    assert taken(queue) == [
        "VarSet", "Hangup", "VarSet", "Hangup", "Newchannel", "Hangup",
    ]  # fmt: skip
    assert len(queue) == 0


async def test_after_the_end_what_is_here_comes_then_nothing() -> None:
    queue = EventQueue(Clock(), frozenset())
    queue.put(messages("Hangup"))
    queue.close()
    assert taken(queue) == ["Hangup"]
    assert await queue.take() is None


async def test_lag_runs_from_the_socket_until_the_work_is_done() -> None:
    clock = Clock()
    queue = EventQueue(clock, frozenset())
    queue.put(messages("Hangup"))
    clock.now += 0.1
    await queue.take()
    clock.now += 0.2
    queue.close()
    await queue.take()
    assert round(queue.lag.quantile(0.95), 3) == 0.3


def test_quantiles() -> None:
    meter = LagMeter(window=100)
    assert meter.quantile(0.95) == 0.0
    for number in range(1, 201):
        meter.record(number)
    assert meter.quantile(0.5) == 151
    assert meter.quantile(0.95) == 196
