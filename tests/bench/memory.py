"""Resident memory of the program after a day's load, and how fast it starts.

The load is that of `calls`, then 2,000 lookups, the API's lists and an open `/live`. Measured is
the one process that has bridge, CRM and web; the audio worker and the PBX are given beside it.
"""

import asyncio
import tempfile
from pathlib import Path

from tests.bench._house import House, sample_house
from tests.bench._load import prepare
from tests.bench.calls import CALLS, GIVING_UP, RATE, VOICE, load

LOOKUPS = 2000


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        directory = Path(name)
        async with sample_house(directory) as house:
            first = house.ready_seconds
        async with sample_house(directory) as house:
            again, fresh = house.ready_seconds, _megabytes(house)
            plan = await prepare(house, CALLS, GIVING_UP, VOICE)
            async with house.http.ws_connect("/live"):
                figures = await load(house, plan, RATE, directory)
            after_calls = _megabytes(house)
            await _browse(house, [call.number for call in plan.calls])
            workers = [worker.memory_info().rss / 1e6 for worker in house.audio_workers()]
            asterisk = house.asterisk()
            return {
                "first_start_to_ready_s": round(first, 2),
                "start_to_ready_s": round(again, 2),
                "rss_fresh_mb": fresh,
                "rss_after_calls_mb": after_calls,
                "rss_after_all_mb": _megabytes(house),
                "rss_audio_worker_mb": round(sum(workers), 1),
                "rss_asterisk_mb": round(asterisk.memory_info().rss / 1e6, 1) if asterisk else None,
                "calls_present": figures["present"],
            }


async def _browse(house: House, numbers: list[str]) -> None:
    limit = asyncio.Semaphore(8)

    async def look(number: str) -> None:
        async with limit:
            await house.get("/lookup", number=number)

    await asyncio.gather(*(look(numbers[i % len(numbers)]) for i in range(LOOKUPS)))
    for path in ("/calls", "/leads", "/contacts", "/companies", "/missed"):
        await house.get(path, limit=100)


def _megabytes(house: House) -> float:
    return round(float(house.process.memory_info().rss) / 1e6, 1)
