"""What the page of a call says, to the administrator, in English."""

import html
import re

import aiohttp

from tests.pbx.program import Program

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
_STEPS = re.compile(r'<div class="story-steps">(.*?)</div>', re.DOTALL)
_STEP = re.compile(r'<span class="anywhere">(.*?)</span>')


class Reader:
    """Signs in with the first page."""

    def __init__(self, house: Program) -> None:
        self._house = house
        self._http: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def steps(self, call_id: int) -> list[str]:
        """The call's story, step by step."""
        http = await self.http()
        async with http.get(f"/calls/{call_id}") as response:
            assert response.status == 200, response.status
            text = await response.text()
        (steps,) = _STEPS.findall(text)
        return [html.unescape(one) for one in _STEP.findall(steps)]

    async def strip_with(self, name: str) -> str:
        """What the strip of the administrator's call shows of the party of this name."""
        http = await self.http()
        async with http.get("/strip") as response:
            parties = (await response.text()).split("<li ")
        return next((it for it in parties if name in it), "")

    async def choose_owner(self, owner: str) -> None:
        """As the settings have it: who had the client `last`, or `first`."""
        http = await self.http()
        async with http.get("/settings/limits") as response:
            (token, *_) = _TOKEN.findall(await response.text())
        form = {"csrf": token, "owner": owner}
        async with http.post("/settings/call-owner", data=form) as response:
            assert response.status == 200, response.status

    async def http(self) -> aiohttp.ClientSession:
        """As the administrator, whose phone is 101."""
        return self._http or await self._signed_in()

    async def _signed_in(self) -> aiohttp.ClientSession:
        self._http = http = aiohttp.ClientSession(
            self._house.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # the house has no name, only an address
            headers={"Accept-Language": "en-GB"},
        )
        async with http.get("/sign-in") as response:
            (token,) = _TOKEN.findall(await response.text())
        login, password = self._house.login_of("101")
        form = {"csrf": token, "login": login, "password": password}
        async with http.post("/sign-in", data=form) as response:
            assert response.status == 200, response.status
        return http
