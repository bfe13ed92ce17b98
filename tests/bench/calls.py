"""40 calls a second through the bundled PBX, recorded: what is in the CRM, and at what cost.

One call in eight is given up while it rings. A quarter of the talks carries sound both ways, the
rest are silent: the machine that measures also carries the clients, the phones and the PBX.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench._house import House, cpu_seconds, sample_house
from tests.bench._load import Plan, drive, judge, prepare

RATE = 40.0
CALLS = 1200
GIVING_UP = 0.125
VOICE = 0.25


@dataclass(slots=True)
class Cost:
    """What was used from the first INVITE until the last recording was stored."""

    seconds: float = 0.0
    main: float = 0.0
    worker: float = 0.0
    asterisk: float = 0.0
    lags: list[float] = field(default_factory=list)
    most_waiting: float = 0.0


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        async with sample_house(Path(name)) as house:
            plan = await prepare(house, CALLS, GIVING_UP, VOICE)
            return await load(house, plan, RATE, Path(name))


async def load(house: House, plan: Plan, rate: float, directory: Path) -> dict[str, object]:
    """Drive the plan and report."""
    since = datetime.now(UTC).isoformat()
    driving, draining = Cost(), Cost()
    async with _measured(house, driving):
        outcomes = await drive(house, plan, rate, directory)
    async with _measured(house, draining):
        complete = await _settled(house)
    talks = [talk for outcome in outcomes for talk in outcome.talks]
    verdict = await judge(house, plan, talks, since)
    return {
        "calls": len(plan.calls),
        "calls_per_s": rate,
        "sipp_successful": sum(outcome.successful for outcome in outcomes),
        "sipp_failed": sum(outcome.failed for outcome in outcomes),
        "talks": len(talks),
        "talks_with_sound": sum(call.voice for call in plan.calls),
        **verdict.figures(),
        "cores_bridge_and_crm": round(driving.main / driving.seconds, 3),
        "cores_audio_worker": round(driving.worker / driving.seconds, 3),
        "cores_asterisk": round(driving.asterisk / driving.seconds, 3),
        "ms_cpu_per_call": round((driving.main + draining.main) / len(plan.calls) * 1000, 2),
        "ami_lag_p95_ms_worst": round(max(driving.lags, default=0.0) * 1000, 1),
        "ami_lag_p95_ms_median": round(_median(driving.lags) * 1000, 1),
        "recordings_most_waiting": driving.most_waiting,
        "recordings_stored_after_s": round(draining.seconds, 2) if complete else None,
        "rss_mb": round(house.process.memory_info().rss / 1e6, 1),
        "errors": [outcome.errors for outcome in outcomes if outcome.failed][:2],
    }


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


@contextlib.asynccontextmanager
async def _measured(house: House, cost: Cost) -> AsyncIterator[None]:
    watch = asyncio.create_task(_watch(house, cost))
    began, before = time.perf_counter(), _used(house)
    try:
        yield
    finally:
        after = _used(house)
        cost.seconds = time.perf_counter() - began
        cost.main, cost.worker, cost.asterisk = (
            now - then for now, then in zip(after, before, strict=True)
        )
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


def _used(house: House) -> tuple[float, float, float]:
    workers = sum(cpu_seconds(worker) for worker in house.audio_workers())
    return cpu_seconds(house.process), workers, cpu_seconds(house.asterisk())


async def _watch(house: House, cost: Cost) -> None:
    while True:
        metrics = await house.metrics()
        cost.lags.append(metrics.get("hovorna_ami_lag_seconds", 0.0))
        waiting = metrics.get("hovorna_recordings_waiting", 0.0)
        cost.most_waiting = max(cost.most_waiting, waiting)
        await asyncio.sleep(1.0)


async def _settled(house: House, seconds: float = 120.0) -> bool:
    """Wait until no call is live and no recording waits. False if that takes too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                metrics = await house.metrics()
                live = metrics.get("hovorna_calls_live", 0.0)
                if not live and not metrics.get("hovorna_recordings_waiting", 0.0):
                    return True
                await asyncio.sleep(0.2)
    return False
