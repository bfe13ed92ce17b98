"""From the click on a number to the employee's desk phone ringing: by the API, and in Chromium.

The clock starts when the request leaves, or when the button is pressed in the page; it stops when
INVITE arrives at the phone.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page

from tests.bench._browser import signed_in
from tests.bench._desk import DeskPhone
from tests.bench._house import House, sample_house
from tests.bench._quantiles import quantile_ms

CLICKS = 40  # each way; below the number of calls that an employee may place in an hour
_DIALLED = "+4206089{:05d}"
_WAIT = 5.0  # seconds for one ring

# Presses a call button as a user does, and says when on the clock of time.time().
_PRESS = """number => {
  const button = document.createElement('button');
  button.dataset.call = number;
  document.getElementById('page').append(button);
  const at = (performance.timeOrigin + performance.now()) / 1000;
  button.click();
  button.remove();
  return at;
}"""


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        async with (
            sample_house(Path(name)) as house,
            DeskPhone.on(house.server, house.lines["line1"][0]),  # a line that is down is refused
            DeskPhone.on(house.server, house.phones["101"]) as phone,
            signed_in(house) as page,
        ):
            by_api = [await _by_api(house, phone, number) for number in range(CLICKS)]
            by_page = [await _by_page(page, phone, CLICKS + number) for number in range(CLICKS)]
    return {
        "clicks": CLICKS,
        "api_p50_ms": quantile_ms(by_api, 0.5),
        "api_p95_ms": quantile_ms(by_api, 0.95),
        "page_p50_ms": quantile_ms(by_page, 0.5),
        "page_p95_ms": quantile_ms(by_page, 0.95),
    }


async def _by_api(house: House, phone: DeskPhone, number: int) -> float:
    """Seconds."""
    began = time.time()
    body = {"from": "101", "to": _DIALLED.format(number), "line": None}
    asked = asyncio.create_task(house.post("/calls", body))
    rang = await asyncio.wait_for(phone.rang.get(), _WAIT)
    await asyncio.wait([asked])
    asked.exception()  # the phone is busy: the answer may say so
    return rang - began


async def _by_page(page: Page, phone: DeskPhone, number: int) -> float:
    began: float = await page.evaluate(_PRESS, _DIALLED.format(number))
    return await asyncio.wait_for(phone.rang.get(), _WAIT) - began
