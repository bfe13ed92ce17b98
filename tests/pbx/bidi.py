"""Firefox as Playwright can drive it: Debian's own, over WebDriver BiDi.

Playwright is ahead of the long-lived Firefox and asks it for what it does not know yet (to emulate
dark colours, for example). This stands between them, and answers for Firefox what it knows nothing
of. Started instead of Firefox, with its arguments; it prints where it listens, as Firefox does.
"""

import asyncio
import contextlib
import json
import re
import shutil
import sys
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

_LISTENS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
_UNKNOWN = "unknown command"
_MAX_MESSAGE = 256 * 1024 * 1024  # a screenshot is one message


class Between:
    def __init__(self, firefox: str) -> None:
        self._url = f"{firefox}/session"
        self._asked: dict[int, str] = {}

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        playwright = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE)
        await playwright.prepare(request)
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(self._url, max_msg_size=_MAX_MESSAGE) as firefox,
        ):
            back = asyncio.create_task(self._answers(firefox, playwright))
            async for message in playwright:
                if message.type is WSMsgType.TEXT:
                    command = json.loads(message.data)
                    self._asked[command["id"]] = command["method"]
                    await firefox.send_str(message.data)
            back.cancel()
        return playwright

    async def _answers(
        self, firefox: aiohttp.ClientWebSocketResponse, playwright: web.WebSocketResponse
    ) -> None:
        async for message in firefox:
            if message.type is WSMsgType.TEXT:
                with contextlib.suppress(ConnectionError):
                    await playwright.send_str(self._mended(message.data))
        await playwright.close()

    def _mended(self, text: str) -> str:
        answer: dict[str, Any] = json.loads(text)
        asked = self._asked.pop(answer.get("id") or 0, "")
        if answer.get("error") == _UNKNOWN and asked.startswith("emulation."):
            return json.dumps({"type": "success", "id": answer["id"], "result": {}})
        return text


async def _main(arguments: list[str]) -> int:
    path = shutil.which("firefox-esr") or shutil.which("firefox") or "firefox-esr"
    firefox = await asyncio.create_subprocess_exec(path, *arguments, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr is not None
    async for line in firefox.stderr:
        found = _LISTENS.search(line)
        if found:
            ours = await _listen(found[1].decode())
            print(f"WebDriver BiDi listening on {ours}", file=sys.stderr)
    return await firefox.wait()


async def _listen(firefox: str) -> str:
    app = web.Application()
    app.router.add_get("/session", Between(firefox).serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"ws://127.0.0.1:{runner.addresses[0][1]}"


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(sys.argv[1:])))
