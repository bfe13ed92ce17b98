"""The telephone in the browser: how soon it rings, and how soon both are heard.

    INVITE to the panel ringing       from the client's first INVITE to the call in the page
    answer to audio both ways         from the pressed button to the later of: the client hears the
                                      employee, the page hears the client
    listen to audio                   from the supervisor's pressed button to the sound in his page
    registered again                  from the cut connection, and from the killed PBX, to the panel
                                      that is ready for calls

Real sound: the client says a tone in RTP, the browser's microphone is a file with another.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page

from tests.bench import _sip
from tests.bench._browser import signed_in
from tests.bench._caller import Caller
from tests.bench._house import House, sample_house
from tests.bench._quantiles import quantile_ms
from tests.bench._voice import Voice
from tests.pbx.browser_phone import FLAGS, tone_file

RINGS, ANSWERS, LISTENS, CUTS, KILLS = 40, 20, 10, 10, 3
_WAIT = 10.0  # seconds for one of them
_KILLED_WAIT = 60.0  # seconds until a PBX that was killed is there again
_PAUSE = 0.3  # between two calls
_CLIENT = "+4206021{:05d}"

# When a call began to ring in the panel, and when its sound was first heard, by time.time().
_OBSERVER = """
window.rang = []; window.heard = []; window.ready = [];
const now = () => (performance.timeOrigin + performance.now()) / 1000;
const seen = new Set();
const look = () => {
  for (const call of document.querySelectorAll('[data-call-id]')) {
    const ringing = call.querySelector('[data-call-state=ringing]');
    if (ringing && !ringing.hidden && !seen.has(call.dataset.callId)) {
      seen.add(call.dataset.callId);
      window.rang.push(now());
    }
  }
};
document.addEventListener('DOMContentLoaded', () => {
  new MutationObserver(look).observe(document.body,
    {childList: true, subtree: true, attributes: true, attributeFilter: ['hidden']});
  new MutationObserver(() => {
    if (document.documentElement.dataset.phone === 'ready') window.ready.push(now());
  }).observe(document.documentElement, {attributes: true, attributeFilter: ['data-phone']});
});
window.WebSocket = class extends window.WebSocket {
  constructor(url, protocols) {
    super(url, protocols);
    if (protocols === 'sip') window.line = this;
  }
};
const context = new AudioContext();
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...options) {
    super(...options);
    this.addEventListener('track', ({track}) => {
      const analyser = new AnalyserNode(context, {fftSize: 256});
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      const samples = new Float32Array(256);
      const listen = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        if (samples.some((sample) => Math.abs(sample) > 0.02)) window.heard.push(now());
        else if (track.readyState !== 'ended') return;
        clearInterval(listen);
      }, 5);
    });
  }
};
localStorage.setItem('hovorna-phone-USER-settings', JSON.stringify({processing: false}));
"""


def run() -> dict[str, object]:
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hovorna-bench-") as name:
        directory = Path(name)
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={tone_file(directory, 440)}"]
        async with sample_house(directory) as house:
            me = (await house.get("/me"))["id"]
            script = _OBSERVER.replace("USER", str(me))
            async with signed_in(house, script=script, arguments=flags) as page:
                await _choose(house, page)
                rings = await _rings(house, page)
                answers = await _answers(house, page)
                listens = await _listens(house, page, directory)
                again = await _cuts(page)
                restarts = await _kills(house, page)
    return {
        "rings": len(rings),
        "ring_p50_ms": quantile_ms(rings, 0.5),
        "ring_p95_ms": quantile_ms(rings, 0.95),
        "answers": len(answers),
        "answer_to_audio_p50_ms": quantile_ms(answers, 0.5),
        "answer_to_audio_max_ms": quantile_ms(answers, 1.0),
        "listens": len(listens),
        "listen_to_audio_p50_ms": quantile_ms(listens, 0.5),
        "listen_to_audio_max_ms": quantile_ms(listens, 1.0),
        "registered_again_ms": quantile_ms(again, 0.5),
        "registered_again_max_ms": quantile_ms(again, 1.0),
        "registered_again_pbx_killed_ms": quantile_ms(restarts, 0.5),
        "registered_again_pbx_killed_max_ms": quantile_ms(restarts, 1.0),
    }


async def _choose(house: House, page: Page) -> None:
    """The page is the employee's phone from now on."""
    await page.context.add_cookies([{"name": "hovorna_panel", "value": "1", "url": house.url}])
    await page.goto(f"{house.url}/board")
    await page.get_by_label("This browser is my phone").check()
    await page.wait_for_selector("html[data-phone=ready]", timeout=15_000)


async def _rings(house: House, page: Page) -> list[float]:
    """Seconds from INVITE to the ringing call in the panel."""
    account, dialled = house.lines["line1"]
    took: list[float] = []
    async with Caller.on(house.server, account, dialled) as caller:
        for number in range(RINGS):
            gone = asyncio.Event()
            ringing = asyncio.create_task(caller.ring(_CLIENT.format(number), gone))
            rang = await _next(page, "rang", number)
            gone.set()
            took.append(rang - await ringing)
            await asyncio.sleep(_PAUSE)
    return took


async def _answers(house: House, page: Page) -> list[float]:
    """Seconds from the pressed button until both are heard."""
    account, dialled = house.lines["line1"]
    took: list[float] = []
    heard_before = len(await page.evaluate("window.heard"))
    async with Caller.on(house.server, account, dialled) as caller:
        for number in range(ANSWERS):
            over = asyncio.Event()
            async with Voice.on() as voice:
                talk = asyncio.create_task(caller.talk(_CLIENT.format(500 + number), voice, over))
                await _next(page, "rang", RINGS + number)
                pressed = await _press(page, "#softphone [data-phone-do=answer]:not([hidden])")
                here = await _next(page, "heard", heard_before + number)
                there = await asyncio.wait_for(voice.heard, _WAIT)
                took.append(max(here, there) - pressed)
                over.set()
                await talk
            await asyncio.sleep(_PAUSE)
    return took


async def _listens(house: House, page: Page, directory: Path) -> list[float]:
    """Seconds from the pressed button until the supervisor's page hears the talk."""
    account, dialled = house.lines["line2"]
    took: list[float] = []
    over = asyncio.Event()
    desk = _sip.phone(house.server, house.phones["105"], "phone_answers", directory)
    async with desk, Caller.on(house.server, account, dialled) as caller, Voice.on() as voice:
        talk = asyncio.create_task(caller.talk(_CLIENT.format(900), voice, over))
        call = await _talking(house, _CLIENT.format(900))
        listen = f"#page [hx-post='/calls/{call}/supervise'][hx-vals*=listen]"
        for _ in range(LISTENS):
            await page.wait_for_selector(listen, state="attached")
            before = len(await page.evaluate("window.heard"))
            pressed = await _press(page, listen)
            took.append(await _next(page, "heard", before) - pressed)
            await _press(page, "#listening .btn-stop")
            await page.wait_for_function("() => !document.querySelector('[data-call-id]')")
            await asyncio.sleep(_PAUSE)
        over.set()
        await talk
    return took


async def _cuts(page: Page) -> list[float]:
    """Seconds from the page's connection that is cut until it is registered by another."""
    took: list[float] = []
    for _ in range(CUTS):
        before = len(await page.evaluate("window.ready"))
        cut = float(await page.evaluate("() => { window.line.close(); return Date.now() / 1000; }"))
        took.append(await _next(page, "ready", before) - cut)
        await asyncio.sleep(_PAUSE)
    return took


async def _kills(house: House, page: Page) -> list[float]:
    """Seconds from the PBX that is killed until the page is registered with its successor."""
    took: list[float] = []
    for _ in range(KILLS):
        before, asterisk = len(await page.evaluate("window.ready")), house.asterisk()
        assert asterisk is not None
        killed = time.time()
        asterisk.kill()
        took.append(await _next(page, "ready", before, _KILLED_WAIT) - killed)
        await asyncio.sleep(_PAUSE)
    return took


async def _talking(house: House, number: str) -> int:
    """The call's id, once it is answered."""
    async with asyncio.timeout(_WAIT):
        while True:
            for call in (await house.get("/calls", number=number))["items"]:
                if call["state"] == "talking":
                    return int(call["id"])
            await asyncio.sleep(0.1)


async def _press(page: Page, selector: str) -> float:
    """When it was pressed, on the clock of time.time()."""
    pressed: float = await page.evaluate(
        """selector => {
          const at = (performance.timeOrigin + performance.now()) / 1000;
          document.querySelector(selector).click();
          return at;
        }""",
        selector,
    )
    return pressed


async def _next(page: Page, name: str, index: int, seconds: float = _WAIT) -> float:
    """The moment of that number in the page's list, waited for."""
    found = await page.wait_for_function(
        "([name, index]) => window[name][index]", arg=[name, index], timeout=seconds * 1000
    )
    return float(json.loads(await found.evaluate("at => JSON.stringify(at)")))
