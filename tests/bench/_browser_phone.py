"""An employee's panel without a browser: signed in, on `/live`, registered on `/sip` (RFC 7118)."""

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator

import aiohttp

from tests.bench._sip import Account, authorization

_CONTACT = "sip:{user}@{token}.invalid;transport=ws"


@contextlib.asynccontextmanager
async def panel(url: str, login: str, password: str) -> AsyncIterator[None]:
    """Registered when the block begins, gone after it."""
    jar = aiohttp.CookieJar(unsafe=True)  # the house has an address and no name
    async with aiohttp.ClientSession(url, cookie_jar=jar) as http:
        csrf = await _signed_in(http, login, password)
        async with http.post(
            "/softphone/account", headers={"X-CSRF-Token": csrf}, data={}
        ) as answer:
            answer.raise_for_status()
            account = await answer.json()
        origin = {"Origin": url}
        async with (
            http.ws_connect("/live", headers=origin) as live,
            http.ws_connect("/sip", headers=origin, protocols=("sip",)) as sip,
        ):
            await _register(sip, Account(account["user"], account["password"]))
            tasks = [asyncio.create_task(_read(live)), asyncio.create_task(_answer(sip))]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def _signed_in(http: aiohttp.ClientSession, login: str, password: str) -> str:
    """The token of its pages."""
    async with http.get("/sign-in") as page:
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', await page.text())
        assert token is not None
    form = {"csrf": token[1], "login": login, "password": password}
    async with http.post("/sign-in", data=form) as page:
        signed = re.search(r'"X-CSRF-Token": "([0-9a-f]+)"', await page.text())
        assert signed is not None, f"{login} cannot sign in"
        return signed[1]


async def _register(sip: aiohttp.ClientWebSocketResponse, account: Account) -> None:
    call, contact = (
        secrets.token_hex(8),
        _CONTACT.format(user=account.user, token=secrets.token_hex(4)),
    )

    async def ask(cseq: int, proof: str) -> str:
        await sip.send_str(
            "REGISTER sip:hovorna.invalid SIP/2.0\r\n"
            f"Via: SIP/2.0/WS {call}.invalid;branch=z9hG4bK{secrets.token_hex(6)}\r\n"
            f"From: <sip:{account.user}@hovorna.invalid>;tag={call[:8]}\r\n"
            f"To: <sip:{account.user}@hovorna.invalid>\r\n"
            f"Call-ID: {call}\r\nCSeq: {cseq} REGISTER\r\nContact: <{contact}>\r\n"
            f"Expires: 600\r\n{proof}Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        while True:  # the PBX may ask after us in between
            text = str(await sip.receive_str(timeout=10))
            if text.startswith("SIP/2.0") and f"CSeq: {cseq} REGISTER" in text:
                return text

    challenge = await ask(1, "")
    uri = "sip:hovorna.invalid"
    answer = await ask(2, authorization(challenge, account, "REGISTER", uri))
    status = answer.split("\r\n", 1)[0]
    assert " 200 " in status, f"{account.user} is not registered: {status}"


async def _read(live: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in live:
        pass


async def _answer(sip: aiohttp.ClientWebSocketResponse) -> None:
    """The PBX asks now and then whether the browser is still there."""
    copied = ("Via", "From", "To", "Call-ID", "CSeq")
    async for message in sip:
        text = str(message.data)
        if text.startswith("OPTIONS "):
            lines = [line for line in text.split("\r\n") if line.split(":", 1)[0] in copied]
            answer = ["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""]
            await sip.send_str("\r\n".join(answer))
