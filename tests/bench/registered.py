"""What a company at its telephones costs: 20 panels and 50 desk phones registered, 20 calls live.

The calls are silent: what is measured is the server without media. One comes every second and lasts
20 s, so that 20 go on all the time; each is told to every panel on `/live`.
"""

import asyncio
import contextlib
import json
import tempfile
import time
from pathlib import Path

from hovorna.sample import EMPLOYEES
from tests.bench._browser_phone import panel
from tests.bench._desk import DeskPhone
from tests.bench._house import House, cpu_seconds, sample_house
from tests.bench._load import Plan, Planned, drive

PANELS, PHONES, CALLS_AT_ONCE = 20, 50, 20
_CALL_SECONDS = 20.0
_MEASURED_SECONDS = 40.0
_NUMBER = "+4206033{:05d}"
# 101 and 102 take the calls.
_AT_DESKS = tuple(employee for employee in EMPLOYEES if employee.extension not in ("101", "102"))


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        directory = Path(name)
        async with sample_house(directory) as house, contextlib.AsyncExitStack() as stack:
            password = json.loads((house.data / "sample.json").read_text())["password"]
            for index in range(PANELS):
                login = _AT_DESKS[index % len(_AT_DESKS)].login
                await stack.enter_async_context(panel(house.url, login, password))
            for index in range(PHONES):
                extension = _AT_DESKS[index % len(_AT_DESKS)].extension
                account = house.phones[extension]
                await stack.enter_async_context(DeskPhone.on(house.server, account))
            return await _measured(house, directory)


async def _measured(house: House, directory: Path) -> dict[str, object]:
    before = await _cores(house, 10.0)
    rate = CALLS_AT_ONCE / _CALL_SECONDS
    count = int((_CALL_SECONDS + _MEASURED_SECONDS + 10) * rate)
    calls = tuple(
        Planned(_NUMBER.format(number), int(_CALL_SECONDS * 1000), talks=True, voice=False)
        for number in range(count)
    )
    driving = asyncio.create_task(drive(house, Plan(calls, {}), rate, directory))
    try:
        await asyncio.sleep(_CALL_SECONDS + 2)
        going_on = (await house.metrics()).get("hovorna_calls_live", 0.0)
        during = await _cores(house, _MEASURED_SECONDS)
        if driving.done():
            raise RuntimeError("the calls ended before the measurement")
    finally:
        driving.cancel()
        await asyncio.gather(driving, return_exceptions=True)
    return {
        "panels": PANELS,
        "phones": PHONES,
        "calls_going_on": int(going_on),
        "cores_idle": before[0],
        "cores_server": during[0],
        "cores_audio_worker": during[1],
        "cores_asterisk": during[2],
        "rss_mb": round(house.process.memory_info().rss / 1e6, 1),
    }


async def _cores(house: House, seconds: float) -> tuple[float, float, float]:
    """Of the server, its audio worker and the PBX."""

    def used() -> tuple[float, float, float]:
        workers = sum(cpu_seconds(worker) for worker in house.audio_workers())
        return cpu_seconds(house.process), workers, cpu_seconds(house.asterisk())

    began, then = time.perf_counter(), used()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    server, worker, asterisk = (
        round((now - before) / took, 3) for now, before in zip(used(), then, strict=True)
    )
    return server, worker, asterisk
