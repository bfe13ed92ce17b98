"""What cannot be done with a call of 101's leaves it as it is."""

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from pbx_bridge.sip.handles import PhoneError
from tests.pbx.rows.floor import MOBILE, SECONDS, Floor, gone

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="package"),
]

EVA = ("101", "answered")
CUBA = "005351234567"


async def test_handed_on_to_whom_it_cannot_be(floor: Floor) -> None:
    """To nobody, to oneself, to a country that is not allowed, to a phone that is not there."""
    client, desk = await floor.client_with_101()
    for code in ("*999#", "*101#", f"*{CUBA}#", "*110#"):
        await desk.digits(code)
        await floor.speak(client.call, desk)
    await desk.transfer("999")
    await floor.speak(client.call, desk)
    await client.call.hang_up()
    await floor.becomes(client, owner="101", parties=[EVA])


async def test_handed_on_by_a_line_that_is_down(floor: Floor) -> None:
    """Nobody has registered the second line. Who asks for it is told why, and the client stays;
    whom a desk phone sends there by its line key comes back to it.
    """
    client, desk = await floor.client_with_101()
    call = await floor.is_(lambda call: call["state"] == "talking")
    for verb in ("transfer", "conference"):
        status, said = await floor.house.post(
            f"/calls/{call['id']}/{verb}", {"to": MOBILE, "line": "line2"}
        )
        assert (status, "is down" in str(said)) == (503, True), said
    await floor.speak(client.call, desk)
    await desk.transfer(f"*2*{MOBILE}")
    back = await (await floor.phone("101")).incoming(SECONDS)
    await back.answer()
    await floor.speak(client.call, back)
    await client.call.hang_up()
    sent = ("blind", "101", f"+420{MOBILE}", True)
    await floor.becomes(client, owner="101", parties=[EVA, ("101", "transfer")], transfers=[sent])


async def test_two_people_act_on_one_call_at_once(floor: Floor) -> None:
    """Eva and her supervisor both hand the client on: to one place, and the other is told."""
    jana, lucie = await floor.phones("103", "104")
    client, desk = await floor.client_with_101()
    call = await floor.is_(lambda call: call["state"] == "talking")
    supervisor = await floor.token("lucie.dvorakova")
    way = f"/calls/{call['id']}/transfer"
    answers = await asyncio.gather(
        floor.house.post(way, {"to": "103"}),
        floor.house.post(way, {"to": "104"}, token=supervisor),
    )
    done, refused = sorted(status for status, _ in answers)
    # Somebody else has it now, or nobody yet, or the PBX says so.
    assert (done, refused in (409, 503)) == (204, True), answers
    first = answers[0][0] == 204
    taken, who = (jana, "103") if first else (lucie, "104")
    other = await taken.incoming(SECONDS)
    await gone(desk)
    await other.answer()
    await floor.is_(lambda call: call["owner"] == who)
    await floor.speak(client.call, other)
    await client.call.hang_up()
    await floor.becomes(
        client,
        owner=who,
        parties=[EVA, (who, "transfer")],
        transfers=[("blind", "101", who, False)],
    )


async def test_what_comes_too_late_is_refused(floor: Floor) -> None:
    client, desk = await floor.client_with_101()
    call = await floor.is_(lambda call: call["state"] == "talking")
    await client.call.hang_up()
    acts = [
        ("hold", {}),
        ("transfer", {"to": "103"}),
        ("conference", {"to": "103"}),
        ("record", {"action": "pause"}),
        ("supervise", {"mode": "listen"}),
    ]
    for verb, body in acts:
        status, said = await floor.house.post(f"/calls/{call['id']}/{verb}", body)
        assert status in (409, 503), said
    with contextlib.suppress(PhoneError):  # it knows by itself that the call is over
        await desk.digits("42#")
    await floor.becomes(client, owner="101", parties=[EVA])


def register(user: str) -> str:
    return (
        f"REGISTER sip:hovorna.invalid SIP/2.0\r\nFrom: <sip:{user}@hovorna.invalid>;tag=1\r\n"
        f"To: <sip:{user}@hovorna.invalid>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
        f"Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nContact: <sip:{user}@a.invalid>\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )


async def ended(socket: ClientWebSocketResponse) -> int | None:
    while (await socket.receive(timeout=SECONDS)).type is WSMsgType.TEXT:
        pass
    return socket.close_code


async def test_a_browser_that_lies_to_the_pbx(floor: Floor) -> None:
    """Who is nobody, who says to be another, and who talks too much; the next one is served."""
    house = floor.house
    origin = {"Origin": house.url}
    async with aiohttp.ClientSession(house.url, headers=origin) as nobody:
        with pytest.raises(WSServerHandshakeError) as refused:
            await nobody.ws_connect("/sip", protocols=("sip",))
        assert refused.value.status == 401
    http = await floor.reader.http()

    async def connect() -> ClientWebSocketResponse:
        return await http.ws_connect("/sip", protocols=("sip",), headers=origin)

    socket = await connect()
    await socket.send_str(register("102-web"))
    assert await ended(socket) == 1008
    socket = await connect()
    with contextlib.suppress(ConnectionError):  # it is cut off in the middle
        await socket.send_str(register("101-web") + "x" * 10_000_000)
    assert await ended(socket) in (1006, 1009)
    socket = await connect()
    await socket.send_str(register("101-web"))
    answer = await socket.receive_str(timeout=SECONDS)
    assert answer.startswith("SIP/2.0 401")  # the PBX asks for the password
    await socket.close()
