"""Events on their way into the journal: in order, in batches, through outages."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pbx_bridge.calls.events import CallEvent, RecordingStarted
from pbx_bridge.writer import JournalWriter


def event(call: str, number: int) -> CallEvent:
    return RecordingStarted(call=call, at=number, key=f"k{number}", channel="c")


class Journal:
    """Takes batches when it is let; refuses those of calls named in `broken`."""

    def __init__(self) -> None:
        self.batches: list[list[CallEvent]] = []
        self.attempts = 0
        self.broken: set[str] = set()
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.settled: list[int] = []  # how many batches there were each time
        self.unsettled: list[Exception] = []

    async def settle(self) -> None:
        if self.unsettled:
            raise self.unsettled.pop(0)
        self.settled.append(len(self.batches))

    async def append(self, events: Sequence[CallEvent]) -> None:
        self.attempts += 1
        self.begun.set()
        await self.gate.wait()
        if self.away or any(it.call in self.broken for it in events):
            raise ConnectionError("no")
        self.batches.append(list(events))

    @property
    def stored(self) -> list[CallEvent]:
        return [it for batch in self.batches for it in batch]


class Naps:
    """Delays are noted; the test goes on at once, or when it lets them end."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self.let.set()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.begun.set()
        await self.let.wait()
        await asyncio.sleep(0)


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def writing(journal: Journal, naps: Naps | None = None) -> AsyncIterator[JournalWriter]:
    writer = JournalWriter(journal, now=Clock(), sleep=naps or Naps())
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_gathers_during_a_commit_is_the_next_batch() -> None:
    journal = Journal()
    journal.gate.clear()
    async with writing(journal) as writer:
        writer.put([event("a", 1)])
        await journal.begun.wait()
        for number in range(2, 6):
            writer.put([event("a", number)])
        journal.gate.set()
        await writer.flushed()
    assert [len(batch) for batch in journal.batches] == [1, 4]
    assert [it.at for it in journal.stored] == [1, 2, 3, 4, 5]


async def test_an_outage_loses_nothing_and_is_not_hammered() -> None:
    journal, naps = Journal(), Naps()
    journal.away = True
    naps.let.clear()
    async with writing(journal, naps) as writer:
        writer.put([event(call, number) for number, call in enumerate("abcdefgh")])
        await naps.begun.wait()
        assert journal.attempts == 4  # the batch, and three calls of eight
        assert "no" in writer.last_error
        assert len(writer) == 8
        writer.put([event("i", 8)])
        journal.away = False
        naps.let.set()
        await writer.flushed()
        assert writer.last_error == ""
    assert [it.at for it in journal.stored] == list(range(9))


async def test_waits_between_attempts_grow_up_to_five_seconds() -> None:
    journal, naps = Journal(), Naps()
    journal.away = True
    async with writing(journal, naps) as writer:
        writer.put([event("a", 1)])
        while len(naps.seconds) < 9:
            naps.begun.clear()
            await naps.begun.wait()
        journal.away = False
        await writer.flushed()
    assert naps.seconds[:8] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


async def test_one_broken_call_does_not_hold_the_others_and_is_given_up_at_last() -> None:
    journal = Journal()
    journal.broken = {"bad"}
    async with writing(journal) as writer:
        for number in range(10):
            writer.put([event("bad", number), event(f"good{number}", number)])
            await asyncio.wait_for(_stored(journal, number + 1), 5)
        await writer.flushed()
        assert writer.given_up >= 5
    assert {it.call for it in journal.stored} == {f"good{number}" for number in range(10)}


async def _stored(journal: Journal, count: int) -> None:
    while len(journal.stored) < count:
        journal.begun.clear()
        await journal.begun.wait()


async def test_a_lone_call_is_never_given_up() -> None:
    journal, naps = Journal(), Naps()
    journal.broken = {"a"}
    async with writing(journal, naps) as writer:
        writer.put([event("a", 1)])
        while len(naps.seconds) < 20:
            naps.begun.clear()
            await naps.begun.wait()
        journal.broken = set()
        await writer.flushed()
        assert writer.given_up == 0
    assert [it.at for it in journal.stored] == [1]


async def test_a_mark_waits_for_all_that_was_put_before_it() -> None:
    journal, naps, reached = Journal(), Naps(), asyncio.Event()
    journal.broken = {"bad"}
    naps.let.clear()

    async def then() -> None:
        reached.set()

    async with writing(journal, naps) as writer:
        writer.put([event("bad", 1), event("good", 2)])
        writer.when_stored(then)
        await naps.begun.wait()
        assert [it.call for it in journal.stored] == ["good"]
        assert not reached.is_set()
        journal.broken = set()
        naps.let.set()
        await reached.wait()
    assert [it.call for it in journal.stored] == ["good", "bad"]


async def test_a_mark_after_nothing_is_reached_at_once() -> None:
    reached = asyncio.Event()

    async def then() -> None:
        reached.set()

    async with writing(Journal()) as writer:
        writer.when_stored(then)
        await reached.wait()


async def test_a_mark_is_reached_when_a_power_cut_could_take_nothing_back() -> None:
    journal = Journal()
    settled_then: list[list[int]] = []

    async def then() -> None:
        settled_then.append(list(journal.settled))

    async with writing(journal) as writer:
        writer.put([event("a", 1)])
        writer.when_stored(then)
        await writer.flushed()
        assert settled_then == [[1]]
        writer.put([event("a", 2)])
        await writer.flushed()
        assert journal.settled == [1]  # who waits for nothing pays nothing


async def test_a_mark_that_cannot_be_made_sure_of_is_left_to_the_next_one() -> None:
    journal = Journal()
    journal.unsettled = [OSError("no space left")]
    reached: list[str] = []

    async def first() -> None:
        reached.append("first")

    async def second() -> None:
        reached.append("second")

    async with writing(journal) as writer:
        writer.put([event("a", 1)])
        writer.when_stored(first)
        await writer.flushed()
        writer.when_stored(second)
        await writer.flushed()
    assert reached == ["second"]


async def test_lag_runs_until_the_commit() -> None:
    journal = Journal()
    clock = Clock()
    writer = JournalWriter(journal, now=clock)
    task = asyncio.create_task(writer.run())
    writer.put([event("a", 1)], arrived=49.75)
    await writer.flushed()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert writer.lag.quantile(0.95) == 0.25


async def test_far_too_much_waiting_is_told_by_waiting() -> None:
    journal = Journal()
    journal.gate.clear()
    async with writing(journal) as writer:
        await writer.room()
        writer.put([event("a", number) for number in range(100_000)])
        waiting = asyncio.create_task(writer.room())
        await journal.begun.wait()
        assert not waiting.done()
        journal.gate.set()
        await waiting
        assert len(writer) < 100_000
