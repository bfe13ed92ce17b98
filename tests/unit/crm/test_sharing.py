"""One read for all who look at the board at the same moment."""

import asyncio

import pytest

from crm.sharing import Shared


class Source:
    """Answers with how often it was asked, when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()
        self.fails = False

    async def ask(self) -> int:
        self.asked += 1
        now = self.asked
        await self.let.wait()
        if self.fails:
            raise OSError("no database")
        return now


async def test_those_who_ask_at_the_same_moment_share_one_answer() -> None:
    source = Source()
    source.let.set()
    shared = Shared(source.ask)
    assert await asyncio.gather(*(shared.get() for _ in range(20))) == [1] * 20
    assert await shared.get() == 2


async def test_nobody_gets_an_answer_begun_before_he_asked() -> None:
    source = Source()
    shared = Shared(source.ask)
    early = asyncio.create_task(shared.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert source.asked == 1
    late = [asyncio.create_task(shared.get()) for _ in range(5)]
    await asyncio.sleep(0)
    source.let.set()
    assert await early == 1
    assert await asyncio.gather(*late) == [2] * 5


async def test_a_failure_is_told_to_all_and_the_next_ask_anew() -> None:
    source = Source()
    source.fails = True
    source.let.set()
    shared = Shared(source.ask)
    ends = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [type(end) for end in ends] == [OSError, OSError]
    source.fails = False
    assert await shared.get() == 2


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    source = Source()
    shared = Shared(source.ask)
    gone, stays = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    source.let.set()
    assert await stays == 1
