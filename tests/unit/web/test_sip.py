"""`/sip`: whose telephone a browser may be, and how the connection ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import (
    ClientResponse,
    ClientWebSocketResponse,
    WSCloseCode,
    WSMsgType,
    WSServerHandshakeError,
    web,
)
from aiohttp.test_utils import TestServer

from crm.people.views import ExtensionData
from tests.unit.web.conftest import no_blocking
from tests.unit.web.house import House, open_house
from tests.unit.web.test_auth import csrf_of, sign_in
from web.auth import CREDENTIALS
from web.live import CLOSE_ENDED
from web.sip import MAX_LINKS, PING, PONG
from web.sip_links import CLOSE_REPLACED, SIP
from web.sip_message import sender_of


class PaperPbx:
    """Answers every SIP message with 200, and keeps what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []
        app = web.Application()
        app.router.add_get("/ws", self._serve)
        self.server = TestServer(app)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            self.heard.append(message.data)
            await socket.send_str(
                "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nContact: <sip:101-web@127.0.0.1:1>\r\n"
                "Content-Length: 0\r\n\r\n"
            )
        return socket


@pytest.fixture
async def pbx() -> AsyncIterator[PaperPbx]:
    paper = PaperPbx()
    await paper.server.start_server(shutdown_timeout=0.1)
    yield paper
    await paper.server.close()


@pytest.fixture
async def house(tmp_path: Path, pbx: PaperPbx) -> AsyncIterator[House]:
    async with open_house(tmp_path, pbx_http_port=pbx.server.port) as opened:
        with no_blocking():
            yield opened


def own_origin(house: House) -> str:
    return f"http://{house.client.host}:{house.client.port}"


async def connect(house: House, **headers: str) -> ClientWebSocketResponse:
    headers = {"Origin": own_origin(house)} | headers
    return await house.client.ws_connect("/sip", protocols=("sip",), headers=headers)


async def refused(house: House, **headers: str) -> int:
    with pytest.raises(WSServerHandshakeError) as error:
        await connect(house, **headers)
    return error.value.status


def register(user: str = "101-web", **changes: Any) -> str:
    sender = changes.get("sender", f"<sip:{user}@hovorna.invalid>;tag=1")
    body = changes.get("body", "")
    return (
        f"REGISTER sip:hovorna.invalid SIP/2.0\r\nFrom: {sender}\r\nTo: <sip:{user}@x>\r\n"
        f"{changes.get('more', '')}Content-Length: {changes.get('length', len(body))}\r\n\r\n{body}"
    )


async def close_code(ws: ClientWebSocketResponse) -> int | None:
    while (message := await ws.receive(timeout=5)).type is WSMsgType.TEXT:
        pass
    assert message.type is WSMsgType.CLOSE
    return ws.close_code


async def test_an_employees_page_speaks_with_the_pbx(house: House, pbx: PaperPbx) -> None:
    await sign_in(house)
    ws = await connect(house)
    assert ws.protocol == "sip"
    await ws.send_str(register())
    assert (await ws.receive_str(timeout=5)).startswith("SIP/2.0 200")
    assert pbx.heard == [register()]
    await ws.send_str(PING)
    assert await ws.receive_str(timeout=5) == PONG
    assert len(pbx.heard) == 1
    await ws.close()


async def test_without_a_session_there_is_no_telephone(house: House, pbx: PaperPbx) -> None:
    assert await refused(house) == 401
    token = f"Bearer {house.tokens['eva']}"
    assert await refused(house, Authorization=token) == 403
    await sign_in(house)
    for origin in ("https://evil.example", "null"):
        assert await refused(house, Origin=origin) == 403
    assert pbx.sockets == []


async def test_an_expired_session_has_no_telephone(house: House, pbx: PaperPbx) -> None:
    await sign_in(house)
    house.clock.pass_(days=30)
    assert house.client.app is not None
    house.client.app[CREDENTIALS].forget()
    assert await refused(house) == 401
    assert pbx.sockets == []


async def test_who_has_no_extension_has_no_telephone(house: House) -> None:
    await sign_in(house, "admin")
    assert await refused(house) == 403


async def test_the_subprotocol_is_sip(house: House) -> None:
    await sign_in(house)
    with pytest.raises(WSServerHandshakeError) as error:
        await house.client.ws_connect("/sip", headers={"Origin": own_origin(house)})
    assert error.value.status == 400


async def test_while_the_pbx_is_down_the_answer_says_so(house: House, pbx: PaperPbx) -> None:
    await sign_in(house)
    await pbx.server.close()
    assert await refused(house) == 502


async def test_a_pbx_that_goes_closes_the_browsers_connection(house: House, pbx: PaperPbx) -> None:
    await sign_in(house)
    ws = await connect(house)
    await ws.send_str(register())
    await ws.receive_str(timeout=5)
    await pbx.sockets[0].close()
    assert await close_code(ws) == 1001


@pytest.mark.parametrize(
    "message",
    [
        register("102-web"),
        register("101"),
        register(sender="<sip:101-web@a>, <sip:102-web@b>"),
        register(sender='"<sip:101-web@a>" <sip:102-web@b>'),
        register(more="f: <sip:102-web@x>\r\n"),
        register(more="X: y\r\n\tfolded\r\n"),
        register(more="X: y\nFrom: <sip:102-web@x>\r\n"),
        register(length=0, body=register("102-web")),
        register().replace("Content-Length: 0\r\n", ""),
        register().replace("From", "Form"),
        register() + register("102-web"),
        "GET / HTTP/1.1\r\n\r\n",
        "hello",
        "\x00" * 100,
        "",
    ],
)
async def test_what_is_not_the_users_own_ends_the_connection(
    house: House, pbx: PaperPbx, message: str
) -> None:
    await sign_in(house)
    ws = await connect(house)
    await ws.send_str(message)
    assert await close_code(ws) == 1008
    assert pbx.heard == []


async def test_bytes_are_no_sip(house: House, pbx: PaperPbx) -> None:
    await sign_in(house)
    ws = await connect(house)
    await ws.send_bytes(register().encode())
    assert await close_code(ws) == 1008


async def test_a_huge_message_ends_the_connection(house: House, pbx: PaperPbx) -> None:
    await sign_in(house)
    ws = await connect(house)
    await ws.send_str("x" * 100_000)
    assert await close_code(ws) == 1009
    ws = await connect(house)
    with suppress(ConnectionError):  # it is cut off in the middle
        await ws.send_str("x" * 10_000_000)
    await ws.receive(timeout=5)
    assert ws.closed
    assert pbx.heard == []


async def test_signing_out_ends_the_telephone(house: House) -> None:
    await sign_in(house)
    ws = await connect(house)
    form = {"csrf": await csrf_of(house)}
    await house.client.post("/sign-out", data=form, allow_redirects=False)
    assert await close_code(ws) == CLOSE_ENDED


async def test_who_is_disabled_has_no_telephone_any_more(house: House) -> None:
    await sign_in(house)
    ws = await connect(house)
    await house.ask("PATCH", f"/users/{house.actors['eva'].id}", json={"active": False})
    assert await close_code(ws) == CLOSE_ENDED


async def test_an_extension_that_is_given_to_another_is_taken_from_the_browser(
    house: House,
) -> None:
    await sign_in(house)
    ws = await connect(house)
    given: ExtensionData = {"user_id": house.actors["petr"].id}
    await house.crm.lines.update_extension(house.actors["admin"], "101", given)
    assert await close_code(ws) == CLOSE_ENDED


async def test_a_stopping_server_closes_it(house: House) -> None:
    await sign_in(house)
    ws = await connect(house)
    end = asyncio.create_task(close_code(ws))
    assert house.client.server.runner is not None
    await asyncio.wait_for(house.client.server.runner.cleanup(), 5)
    assert await end == 1001


async def test_a_user_has_so_many_browsers(house: House) -> None:
    await sign_in(house)
    links = [await connect(house) for _ in range(MAX_LINKS)]
    assert await refused(house) == 429
    for link in links:
        await link.close()
    assert house.client.app is not None
    assert SIP in house.client.app


async def test_a_browser_that_comes_again_gets_its_talk_back(house: House) -> None:
    await sign_in(house)
    done = house.telephony.done
    headers = {"Origin": own_origin(house)}
    for _ in range(2):
        ws = await house.client.ws_connect("/sip?browser=b", protocols=("sip",), headers=headers)
        await ws.send_str(register())
        await ws.receive_str(timeout=5)
        await ws.close()
    # Another of the user's browsers is another.
    ws = await house.client.ws_connect("/sip?browser=c", protocols=("sip",), headers=headers)
    await ws.send_str(register())
    await ws.receive_str(timeout=5)
    async with asyncio.timeout(5):
        while len(done) < 3:
            await asyncio.sleep(0.01)
    waits, back = ("lose_browser", "101", "closed"), ("give_back", "PJSIP/line1-00000001")
    assert done == [waits, back, waits]


@pytest.mark.parametrize(
    ("ends", "loss"),
    [
        (WSCloseCode.GOING_AWAY.to_bytes(2, "big"), "closed"),
        (b"", "network"),  # given up by the page, which heard nothing any more
        (None, "unknown"),  # cut off without a word
    ],
)
async def test_it_is_told_why_a_browser_is_gone(
    house: House, ends: bytes | None, loss: str
) -> None:
    await sign_in(house)
    ws = await connect(house)
    await ws.send_str(register())
    await ws.receive_str(timeout=5)
    if ends is None:
        ws._response.close()
    else:
        await ws._writer.send_frame(ends, WSMsgType.CLOSE)
    async with asyncio.timeout(5):
        while not house.telephony.done:
            await asyncio.sleep(0.01)
    assert house.telephony.done == [("lose_browser", "101", loss)]


async def test_a_connection_that_died_unnoticed_gives_way_to_the_browsers_next(
    house: House,
) -> None:
    await sign_in(house)
    headers = {"Origin": own_origin(house)}

    async def registered(browser: str) -> ClientWebSocketResponse:
        address = f"/sip?browser={browser}"
        ws = await house.client.ws_connect(address, protocols=("sip",), headers=headers)
        await ws.send_str(register())
        await ws.receive_str(timeout=5)
        return ws

    dead, other = await registered("b"), await registered("c")
    again = await registered("b")
    assert await close_code(dead) == CLOSE_REPLACED
    async with asyncio.timeout(5):
        while len(house.telephony.done) < 2:
            await asyncio.sleep(0.01)
    waits, back = ("lose_browser", "101", "network"), ("give_back", "PJSIP/line1-00000001")
    assert house.telephony.done == [waits, back]
    assert not again.closed
    assert not other.closed


async def test_a_stopping_server_leaves_the_talks_alone(house: House) -> None:
    await sign_in(house)
    ws = await connect(house)
    await ws.send_str(register())
    await ws.receive_str(timeout=5)
    assert house.client.server.runner is not None
    await asyncio.wait_for(house.client.server.runner.cleanup(), 5)
    assert house.telephony.done == []


async def account(house: House, **form: str) -> ClientResponse:
    csrf = form.pop("csrf", None) or await csrf_of(house)
    return await house.client.post("/softphone/account", data={"csrf": csrf, **form})


async def test_the_page_is_given_its_own_account_for_the_session(house: House) -> None:
    await sign_in(house)
    response = await account(house)
    assert response.headers["Cache-Control"] == "no-store"
    given = await response.json()
    assert (given["user"], given["extension"], given["prefix"]) == ("101-web", "101", "main-")
    directory = await house.crm.lines.pbx_directory()
    entry = next(it for it in directory.extensions if it.number == "101")
    assert given["password"] == entry.web_password != entry.password
    # It is in no page.
    for path in ("/board", "/profile", "/settings/extensions"):
        page = await (await house.client.get(path)).text()
        assert given["password"] not in page


async def test_nobody_is_given_anothers_account(house: House) -> None:
    response = await house.client.post("/softphone/account", allow_redirects=False)
    assert response.status == 401
    bearer = {"Authorization": f"Bearer {house.tokens['eva']}"}
    assert (await house.client.post("/softphone/account", headers=bearer)).status == 403
    await sign_in(house)
    assert (await account(house, extension="102")).status == 403
    assert (await account(house, extension="999")).status == 404
    assert (await account(house, csrf="wrong")).status == 403
    await sign_in(house, "admin")
    assert (await account(house, extension="101")).status == 403


def test_a_display_name_may_hold_anything() -> None:
    for sender in ('"Eva <Malá>" <sip:101-web@x>;tag=1', "Eva <sip:101-web@x>", "<sip:101-web@x>"):
        assert sender_of(register(sender=sender)) == "101-web"
    assert sender_of("SIP/2.0 200 OK\r\nf: <sip:102-web@x>\r\nl: 0\r\n\r\n") is None
