"""The connection that comes back by itself."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from pbx_bridge.ami.client import AmiClient, Backoff
from pbx_bridge.ami.errors import NotConnected
from pbx_bridge.ami.session import Session
from tests.unit.pbx_bridge.ami.fake_manager import FakeManager, event


class Life:
    """A client at work; its delays are noted and not waited for."""

    def __init__(self, manager: FakeManager, **options: object) -> None:
        self.delays: list[float] = []
        self.enough = asyncio.Event()
        self.wanted_delays = 10**9
        self.sessions: asyncio.Queue[Session] = asyncio.Queue()
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.fails = 0
        self.client = AmiClient(
            manager.options(**options), self._serve, jitter=lambda: 1.0, sleep=self._sleep
        )

    async def _serve(self, session: Session) -> None:
        self.sessions.put_nowait(session)
        if self.fails:
            self.fails -= 1
            raise ZeroDivisionError("a fault above")
        while True:
            for message in (await session.take()).messages:
                self.heard.put_nowait(message.get("Uniqueid") or message.name)

    async def _sleep(self, seconds: float) -> None:
        self.delays.append(seconds)
        if len(self.delays) >= self.wanted_delays:
            self.enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    async def during(self, story: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self.client.run())
        try:
            await story()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_delays_double_up_to_fifteen_seconds_and_are_jittered() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next() for _ in range(9)] == [0.25, 0.5, 1, 2, 4, 8, 15, 15, 15]
    backoff.reset()
    assert backoff.next() == 0.25
    low = Backoff(lambda: 0.0)
    assert low.longest() == 7.5


async def test_a_cut_connection_comes_back_and_events_go_on() -> None:
    async with FakeManager() as manager:
        life = Life(manager)

        async def story() -> None:
            await life.sessions.get()
            assert await life.heard.get() == "FullyBooted"
            manager.send(event("Hangup", Uniqueid="1.1") + b"Event: Hangup\r\nUniq")
            assert await life.heard.get() == "1.1"
            manager.cut()
            await life.sessions.get()
            assert await life.heard.get() == "FullyBooted"
            manager.send(event("Hangup", Uniqueid="1.2"))
            assert await life.heard.get() == "1.2"
            assert life.client.status.connected
            assert not life.client.session.lost.done()

        with capture_logs() as logs:
            await life.during(story)
    told = [entry["event"] for entry in logs]
    assert told == [
        "connected to the PBX",
        "no connection to the PBX; trying again",
        "connected to the PBX",
    ]


async def test_a_pbx_that_stays_away_is_told_of_once() -> None:
    async with FakeManager() as manager:
        life = Life(manager)
        life.wanted_delays = 30

        async def story() -> None:
            await life.sessions.get()
            await manager.shut()
            await life.enough.wait()
            assert not life.client.status.connected
            assert "cannot connect" in life.client.status.last_error
            with pytest.raises(NotConnected, match="cannot connect"):
                _ = life.client.session

        with capture_logs() as logs:
            await life.during(story)
    assert len(logs) == 3  # connected, cut, and then that nobody listens
    assert max(life.delays) == 15


async def test_a_wrong_secret_is_said_plainly_once_and_not_hammered() -> None:
    async with FakeManager() as manager:
        life = Life(manager, secret="wrong")
        life.wanted_delays = 5
        with capture_logs() as logs:
            await life.during(life.enough.wait)  # type: ignore[arg-type]
    assert life.delays == [15] * 5
    (entry,) = logs
    assert "'hovorna'" in entry["reason"]
    assert "manager.conf" in entry["reason"]


async def test_a_fault_above_starts_anew() -> None:
    async with FakeManager() as manager:
        life = Life(manager)
        life.fails = 1

        async def story() -> None:
            first = await life.sessions.get()
            second = await life.sessions.get()
            assert first.lost.done()
            assert not second.lost.done()

        await life.during(story)
