"""A browser whose network fails in silence for ten seconds: how soon it is noticed, and mended.

    noticed            from the cut to the panel that says it connects again
    registered again   from the mended network to the panel that is ready for calls
    talk back          from there until the talk of before goes on in the panel

Nothing is closed: what was connected stays dead, and what is connected meanwhile gets no answer.
"""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page

from tests.bench._browser import signed_in
from tests.bench._caller import Caller
from tests.bench._house import House, sample_house
from tests.bench._quantiles import quantile_ms
from tests.bench._voice import Voice
from tests.pbx.browser_phone import FLAGS, tone_file
from tests.pbx.detour import HERE, Wire

CUTS = 6
_DEAD_SECONDS = 10.0
_WAIT = 30.0
_CLIENT = "+420602200999"

_OBSERVER = """
window.changes = [];
document.addEventListener('DOMContentLoaded', () => new MutationObserver(() => window.changes.push(
  [document.documentElement.dataset.phone, (performance.timeOrigin + performance.now()) / 1000]
)).observe(document.documentElement, {attributes: true, attributeFilter: ['data-phone']}));
"""


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        directory = Path(name)
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={tone_file(directory, 440)}"]
        async with sample_house(directory) as house:
            port = urlsplit(house.url).port
            assert port is not None
            wire = Wire(port)
            await wire.open()
            wired = replace(house, url=f"http://{HERE}:{wire.port}")
            async with signed_in(wired, script=_OBSERVER, arguments=flags) as page:
                await _choose(wired, page)
                took = [await _cut(wire, page) for _ in range(CUTS)]
                back = await _talk_is_back(house, wire, page)
            await wire.close()
    noticed, again = [it[0] for it in took], [it[1] for it in took]
    return {
        "cuts": CUTS,
        "noticed_p50_ms": quantile_ms(noticed, 0.5),
        "noticed_max_ms": quantile_ms(noticed, 1.0),
        "registered_again_p50_ms": quantile_ms(again, 0.5),
        "registered_again_max_ms": quantile_ms(again, 1.0),
        "talk_back_ms": round(back * 1000),
    }


async def _choose(house: House, page: Page) -> None:
    await page.context.add_cookies([{"name": "hovorna_panel", "value": "1", "url": house.url}])
    await page.goto(f"{house.url}/board")
    await page.get_by_label("This browser is my phone").check()
    await page.wait_for_selector("html[data-phone=ready]", timeout=_WAIT * 1000)


async def _cut(wire: Wire, page: Page) -> tuple[float, float]:
    """Seconds to the notice, and from the mended network to the registration."""
    wire.cut()
    cut = time.time()
    noticed = await _first(page, "lost", cut)
    await asyncio.sleep(max(0.0, cut + _DEAD_SECONDS - time.time()))
    wire.mend()
    mended = time.time()
    return noticed - cut, await _first(page, "ready", mended) - mended


async def _talk_is_back(house: House, wire: Wire, page: Page) -> float:
    """Seconds from the registration until the client has been given back to the browser."""
    account, dialled = house.lines["line1"]
    over = asyncio.Event()
    async with Caller.on(house.server, account, dialled) as caller, Voice.on() as voice:
        talk = asyncio.create_task(caller.talk(_CLIENT, voice, over))
        await page.click("#softphone [data-phone-do=answer]:not([hidden])", timeout=_WAIT * 1000)
        await page.wait_for_selector("#softphone .state-talking", timeout=_WAIT * 1000)
        before = await page.get_attribute("[data-call-id]", "data-call-id")
        wire.cut()
        await _first(page, "lost", time.time())
        wire.mend()
        ready = await _first(page, "ready", time.time())
        fresh = f"#softphone .state-talking:not([data-call-id='{before}'])"
        await page.wait_for_selector(fresh, timeout=_WAIT * 1000)
        back = time.time()
        over.set()
        await talk
    return back - ready


async def _first(page: Page, status: str, after: float) -> float:
    """When the telephone was so for the first time after that moment."""
    found = await page.wait_for_function(
        "([status, after]) => window.changes.find(([is, at]) => is === status && at > after)",
        arg=[status, after],
        timeout=_WAIT * 1000,
    )
    return float(await found.evaluate("([, at]) => at"))
