"""`/live`: who gets which event, how fast it is over, and how a socket ends."""

import asyncio
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from crm.bus import Audience, BusEvent
from crm.people.models import Role
from crm.people.permissions import Actor
from tests.unit.web.house import House
from tests.unit.web.stories import Inbound
from tests.unit.web.test_auth import csrf_of, session_of, sign_in
from web.auth import CREDENTIALS
from web.live import CLOSE_ENDED, CLOSE_SLOW, LIVE, MAX_BEHIND, Listener, LiveHub, encode
from web.metrics import Metrics


async def listen(house: House, who: str = "eva", path: str = "/live") -> ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {house.tokens[who]}"}
    ws = await house.client.ws_connect(path, headers=headers)
    hello = await ws.receive_json()
    assert (hello["type"], hello["data"]) == ("hello", {"user": house.actors[who].id})
    return ws


async def event(ws: ClientWebSocketResponse) -> Any:
    return await ws.receive_json(timeout=5)


async def closed(ws: ClientWebSocketResponse) -> int | None:
    """The code that the server closes with, past the events still under way."""
    while (message := await ws.receive(timeout=5)).type is WSMsgType.TEXT:
        pass
    assert message.type is WSMsgType.CLOSE
    return ws.close_code


def publish(house: House, type_: str, audience: Audience, **data: object) -> None:
    house.crm.bus.publish([BusEvent(type_, house.clock(), dict(data), audience)])


def hub_of(house: House) -> LiveHub:
    assert house.client.app is not None
    hub: LiveHub = house.client.app[LIVE]
    return hub


EVERYONE = Audience(everyone=True)


@pytest.mark.parametrize("path", ["/live", "/api/v1/live"])
async def test_a_ringing_call_is_told_with_the_call_as_the_api_has_it(
    house: House, path: str
) -> None:
    ws = await listen(house, path=path)
    story = await Inbound(house).rings()
    told = await event(ws)
    assert set(told) == {"type", "at", "data"}
    assert (told["type"], told["at"]) == ("call.started", "2026-11-23T09:00:01Z")
    assert told["data"]["call"] == await house.ask("GET", f"/calls/{(await story.view()).id}")
    assert told["data"]["event"]["type"] == "call.started"
    await ws.close()


async def test_events_reach_only_those_who_may_see_them(house: House) -> None:
    eva, petr, sup = [await listen(house, who) for who in ("eva", "petr", "sup")]
    await Inbound(house).rings()
    assert (await event(eva))["type"] == "call.started"
    assert (await event(sup))["type"] == "call.started"
    # Petr has nothing to do with that call: what he gets first is what came after it.
    publish(house, "user.presence", EVERYONE, presence="away")
    got = [(await event(petr))["type"]]
    while got[-1] != "user.presence":
        got.append((await event(petr))["type"])
    assert not [type_ for type_ in got if type_.startswith("call.")]


async def test_without_a_token_there_is_nothing_to_hear(house: House) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with pytest.raises(WSServerHandshakeError) as refused:
            await house.client.ws_connect("/live", headers=headers)
        assert refused.value.status == 401


async def test_a_page_listens_with_its_cookie_but_a_foreign_page_does_not(house: House) -> None:
    await sign_in(house)
    own = f"http://{house.client.host}:{house.client.port}"
    ws = await house.client.ws_connect("/live", headers={"Origin": own})
    assert (await event(ws))["type"] == "hello"
    await ws.close()
    for origin in ("https://evil.example", f"{own}.evil.example", "null", ""):
        with pytest.raises(WSServerHandshakeError) as refused:
            await house.client.ws_connect("/live", headers={"Origin": origin} if origin else {})
        assert refused.value.status == 403


async def test_signing_out_closes_the_socket(house: House) -> None:
    await sign_in(house)
    own = f"http://{house.client.host}:{house.client.port}"
    ws = await house.client.ws_connect("/live", headers={"Origin": own})
    await event(ws)
    form = {"csrf": await csrf_of(house)}
    assert session_of(house)
    await house.client.post("/sign-out", data=form, allow_redirects=False)
    assert await closed(ws) == CLOSE_ENDED


async def test_a_revoked_token_closes_the_socket(house: House) -> None:
    made = await house.ask("POST", "/tokens", "eva", 201, json={"name": "script"})
    house.tokens["script"] = made["secret"]
    house.actors["script"] = house.actors["eva"]
    ws = await listen(house, "script")
    await house.ask("DELETE", f"/tokens/{made['id']}", "eva", 204)
    assert await closed(ws) == CLOSE_ENDED


async def test_rights_that_change_count_for_open_sockets(house: House) -> None:
    """Petr moves to the department whose calls he may then see."""
    ws = await listen(house, "petr")
    sales = (await house.ask("GET", "/departments"))["items"][0]["id"]
    petr = house.actors["petr"].id
    await house.ask("PATCH", f"/users/{petr}", json={"department_id": sales})
    await hub_of(house).recheck()
    await Inbound(house).rings()
    got = await event(ws)
    while not got["type"].startswith("call."):
        got = await event(ws)
    assert got["data"]["call"]["number"] == "+420777123456"


async def test_an_expired_session_is_noticed_without_an_event(house: House) -> None:
    await sign_in(house)
    own = f"http://{house.client.host}:{house.client.port}"
    ws = await house.client.ws_connect("/live", headers={"Origin": own})
    await event(ws)
    house.clock.pass_(days=30)
    assert house.client.app is not None
    house.client.app[CREDENTIALS].forget()
    await hub_of(house).recheck()
    assert await closed(ws) == CLOSE_ENDED


async def test_a_client_that_does_not_read_is_cut_off_and_nobody_waits_for_it(
    house: House,
) -> None:
    eva = await listen(house)
    reader, writer = await asyncio.open_connection(house.client.host, house.client.port, limit=1024)
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    writer.write(
        b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Authorization: Bearer " + house.tokens["petr"].encode() + b"\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    hub = hub_of(house)
    assert len(hub) == 2
    big = "x" * 60_000
    sent = 0
    while len(hub) == 2 and sent < 20_000:
        publish(house, "note.added", EVERYONE, text=big)
        sent += 1
        assert (await event(eva))["type"] == "note.added"  # the other one is served all the time
    assert len(hub) == 1
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()
    await eva.close()


async def test_a_full_queue_closes_its_own_socket_only() -> None:
    hub = LiveHub(Metrics())
    house_actor = _actor()
    slow, quick = Listener(house_actor, _nobody), Listener(house_actor, _nobody)
    hub.add(slow)
    hub.add(quick)
    data = {"text": "x" * 100_000}
    size = len(encode("note.added", _now(), data))
    for _ in range(MAX_BEHIND // size):
        hub.publish(BusEvent("note.added", _now(), data, EVERYONE))
        assert await quick.get() == encode("note.added", _now(), data)
    assert not slow.closing.is_set()
    hub.publish(BusEvent("note.added", _now(), data, EVERYONE))
    assert await quick.get() == encode("note.added", _now(), data)
    assert (slow.code, slow.closing.is_set()) == (CLOSE_SLOW, True)
    assert not quick.closing.is_set()


async def test_a_thousand_events_at_once_close_nobody() -> None:
    hub = LiveHub(Metrics())
    listener = Listener(_actor(), _nobody)
    hub.add(listener)
    for number in range(1000):
        hub.publish(BusEvent("call.started", _now(), {"call": "x" * 2000, "n": number}, EVERYONE))
    assert (listener.queue.qsize(), listener.closing.is_set()) == (1000, False)


async def test_an_event_is_serialised_once_for_all() -> None:
    hub = LiveHub(Metrics())
    listeners = [Listener(_actor(), _nobody) for _ in range(3)]
    for listener in listeners:
        hub.add(listener)
    hub.publish(BusEvent("note.added", _now(), {"text": "☎"}, EVERYONE))
    messages = [listener.queue.get_nowait() for listener in listeners]
    assert messages[0] is messages[1] is messages[2]
    assert "☎".encode() in messages[0]


async def test_a_stopping_server_says_so_and_does_not_wait(house: House) -> None:
    sockets = [await listen(house, who) for who in ("eva", "petr", "sup")]
    ends = [asyncio.create_task(closed(ws)) for ws in sockets]
    assert house.client.server.runner is not None
    await asyncio.wait_for(house.client.server.runner.cleanup(), 5)
    assert await asyncio.gather(*ends) == [1001] * 3


async def test_what_a_client_says_is_not_listened_to(house: House) -> None:
    ws = await listen(house)
    await ws.send_str('{"type":"call.started"}')
    await ws.send_bytes(b"\x00")
    publish(house, "note.added", EVERYONE, id=1)
    assert (await event(ws))["type"] == "note.added"
    await ws.send_str("x" * 10_000)
    assert await closed(ws) == 1009


async def test_a_socket_that_went_is_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = await listen(house)
    hub, gone = hub_of(house), asyncio.Event()
    remove = hub.remove

    def removed(listener: Listener) -> None:
        remove(listener)
        gone.set()

    monkeypatch.setattr(hub, "remove", removed)
    assert len(hub) == 1
    await ws.close()
    await asyncio.wait_for(gone.wait(), 5)
    assert len(hub) == 0


async def _nobody() -> None:
    return None


def _actor() -> Actor:
    return Actor(1, "eva", "Eva", Role.EMPLOYEE)


def _now() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)
