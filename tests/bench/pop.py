"""From the INVITE to the client's card: the message of `/live`, and the page in Chromium.

The clock starts when the provider's first INVITE leaves, before the PBX has even asked for its
password, and stops when the message with the card arrives, and when the card is in the page of the
employee whose phone rings. Alone; while the other line takes 20 calls a second; and so with the
live board open in Chromium on the same machine, which takes more of it than the server does.
"""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Page

from tests.bench import _sip
from tests.bench._browser import signed_in
from tests.bench._caller import Caller
from tests.bench._house import House, sample_house
from tests.bench._load import drive, prepare
from tests.bench._quantiles import quantile_ms

ALONE = 60
LOADED = 80
LOAD_RATE = 20.0
_RINGS = 0.7  # seconds that the phone rings on after the card came, so that the page can show it
_LOST = 5.0  # seconds after which a card has not come; it is missing in `by_live`
_PAUSE = 0.1  # seconds between two measured calls
_LOAD_SECONDS = 240

# Remembers when the strip first showed each call, on the clock of time.time().
_OBSERVER = """
window.shownAt = {};
const look = () => {
  for (const call of document.querySelectorAll('[data-strip-call]')) {
    const named = call.querySelector('.name')?.textContent?.trim();
    if (named && !(call.dataset.stripCall in window.shownAt))
      window.shownAt[call.dataset.stripCall] = (performance.timeOrigin + performance.now()) / 1000;
  }
};
document.addEventListener('DOMContentLoaded', () => {
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
});
"""


@dataclass(slots=True)
class Seen:
    """When a number's card came by `/live`, and under which call."""

    at: dict[str, float] = field(default_factory=dict)
    call: dict[str, int] = field(default_factory=dict)
    arrived: dict[str, asyncio.Event] = field(default_factory=dict)
    closed: int | None = None  # how the socket was closed, if it was

    def event(self, number: str) -> asyncio.Event:
        return self.arrived.setdefault(number, asyncio.Event())

    def message(self, text: str) -> None:
        """Note the first message in which this number's call has a card."""
        call: Any = json.loads(text).get("data", {}).get("call")
        if not call or not call.get("cards") or call["number"] in self.at:
            return
        number = call["number"]
        self.at[number] = time.time()
        self.call[number] = call["id"]
        self.event(number).set()


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        directory = Path(name)
        async with sample_house(directory) as house, _listening(house) as seen:
            # Half of the measured callers are known, half become leads while it rings.
            plan = await prepare(house, ALONE + 2 * LOADED, 0.0, 0.0)
            numbers = [call.number for call in plan.calls]
            phone = _sip.phone(house.server, house.phones["101"], "phone_rings", directory)
            one, two, three = numbers[:ALONE], numbers[ALONE:-LOADED], numbers[-LOADED:]
            async with phone:
                async with signed_in(house, script=_OBSERVER) as page:
                    alone = await _measure(house, one, seen, page)
                async with _load(house, directory):
                    loaded = await _measure(house, two, seen)
                    async with signed_in(house, script=_OBSERVER) as page:
                        both = await _measure(house, three, seen, page)
            return {
                **{f"alone_{name}": value for name, value in alone.items()},
                **{f"at_20_calls_per_s_{name}": value for name, value in loaded.items()},
                **{f"at_20_calls_per_s_with_chromium_{n}": value for n, value in both.items()},
                "live_closed": seen.closed,
            }


async def _measure(
    house: House, numbers: list[str], seen: Seen, page: Page | None = None
) -> dict[str, object]:
    account, dialled = house.lines["line1"]
    live: list[float] = []
    began: dict[str, float] = {}
    async with Caller.on(house.server, account, dialled) as caller:
        for number in numbers:
            gone = asyncio.Event()
            ringing = asyncio.create_task(caller.ring(number, gone))
            arrived = asyncio.create_task(seen.event(number).wait())
            await asyncio.wait(
                (arrived, ringing), return_when=asyncio.FIRST_COMPLETED, timeout=_LOST
            )
            await asyncio.sleep(_RINGS)
            gone.set()
            began[number] = await ringing
            if number in seen.at:
                live.append(seen.at[number] - began[number])
            await asyncio.sleep(_PAUSE)
    figures: dict[str, object] = {
        "live_p50_ms": quantile_ms(live, 0.5),
        "live_p95_ms": quantile_ms(live, 0.95),
        "live_max_ms": quantile_ms(live, 1.0),
        "calls": len(numbers),
        "by_live": len(live),
    }
    return figures if page is None else figures | await _in_page(page, numbers, seen, began)


async def _in_page(
    page: Page, numbers: list[str], seen: Seen, began: dict[str, float]
) -> dict[str, object]:
    shown: dict[str, float] = await page.evaluate("window.shownAt")
    dom = [
        shown[str(seen.call[number])] - began[number]
        for number in numbers
        if str(seen.call.get(number)) in shown
    ]
    return {
        "dom_p50_ms": quantile_ms(dom, 0.5),
        "dom_p95_ms": quantile_ms(dom, 0.95),
        "shown_in_dom": len(dom),
    }


@contextlib.asynccontextmanager
async def _listening(house: House) -> AsyncIterator[Seen]:
    seen = Seen()
    async with house.http.ws_connect("/live") as socket:

        async def listen() -> None:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    seen.message(message.data)
            seen.closed = socket.close_code

        task = asyncio.create_task(listen())
        try:
            yield seen
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _load(house: House, directory: Path) -> AsyncIterator[None]:
    """Calls on the second line, whose phones are not the measured one's."""
    calls = int(LOAD_RATE * _LOAD_SECONDS)
    plan = await prepare(house, calls, 0.125, 0.0, first="+420779")
    loading = asyncio.create_task(drive(house, plan, LOAD_RATE, directory, "line2", ("105", "106")))
    try:
        await asyncio.sleep(3)
        yield
        if loading.done():
            raise RuntimeError("the load ended before the measurement")
    finally:
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
