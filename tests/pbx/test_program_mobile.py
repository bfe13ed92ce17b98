"""Calls placed on an employee's mobile, which the line's simulated provider plays, and the client.

One call of the employee, whatever either does; the mobile's own number is nobody's client.
"""

import asyncio
import re
from pathlib import Path

import pytest

from pbx_bridge.sip.handles import Phone, PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.mobiles import (
    MOBILE,
    Outside,
    Placed,
    ask,
    connected,
    employee,
    leads,
    mobile_rings,
    provider,
    talk,
)
from tests.pbx.program import Program
from tests.pbx.softphones import house, number, pool
from tests.pbx.sound import speak
from tests.pbx.test_program import has_recording
from tests.pbx.test_program_steering import recording_of

__all__ = ["house", "number", "pool", "provider"]

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_the_mobile_confirms_and_the_client_answers(
    house: Program, provider: Outside, tmp_path: Path
) -> None:
    call, mobile, client = await talk(house, provider)
    await speak(client, tmp_path)
    await mobile.hang_up()
    await client.disconnected()
    ended = await call.once(has_recording)
    assert (ended["direction"], ended["outcome"]) == ("outbound", "answered")
    assert (ended["number"], ended["extension"], ended["owner"]) == (provider.client, "101", "101")
    assert ended["ended_by_side"] == "company"
    assert [p["extension"] or p["number"] for p in ended["parties"]] == ["101", provider.client]
    seconds, loud = await recording_of(house, ended)
    assert abs(seconds - ended["talk_seconds"]) < 1
    assert max(loud) > 100
    assert [card["type"] for card in ended["cards"]] == ["lead"]
    assert (await house.get("/calls", number=MOBILE))["items"] == []
    spoken = " ".join(re.findall("...", provider.client.removeprefix("+420")))
    assert (await call.words("en"))[:3] == [
        f"Eva Malá calls {spoken} from the mobile",
        "Rings at Eva Malá (mobile)",
        f"Rings at {spoken}",
    ]
    assert f"Eva Malá volá z mobilu: {spoken}" in await call.words("cs")
    assert await leads(house, MOBILE) == 0


async def test_a_mailbox_presses_nothing(house: Program, provider: Outside) -> None:
    call, mobile = await mobile_rings(house, provider)
    await mobile.answer()
    await mobile.digits("5")  # nor does a child who plays with it
    await mobile.disconnected(60)
    ended = await call.is_("ended")
    assert (ended["outcome"], ended["parties"], ended["cards"]) == ("failed", [], [])
    assert ("call.unconfirmed", None) in await call.told()
    said = "The mobile of Eva Malá was answered, but nobody pressed 1"
    assert said in await call.words("en")
    assert "Na mobilu (Eva Malá) hovor někdo přijal, ale nestiskl 1" in await call.words("cs")
    assert await leads(house, provider.client) == 0


async def test_hung_up_before_the_key(house: Program, provider: Outside) -> None:
    call, mobile = await mobile_rings(house, provider)
    await mobile.answer()
    await mobile.hang_up()
    assert (await call.is_("ended"))["outcome"] == "failed"
    assert ("call.unconfirmed", None) in await call.told()


@pytest.mark.parametrize(("code", "reason"), [(486, "busy"), (603, "rejected"), (480, "no_answer")])
async def test_the_mobile_refuses(
    house: Program, provider: Outside, code: int, reason: str
) -> None:
    call, mobile = await mobile_rings(house, provider)
    await mobile.reject(code)
    ended = await call.is_("ended")
    assert (ended["outcome"], ended["ended_by_side"]) == ("failed", "company")
    assert ("call.ringing_stopped", reason) in await call.told()
    assert await leads(house, provider.client) == 0


async def test_the_client_refuses(house: Program, provider: Outside) -> None:
    call, mobile, client = await connected(house, provider)
    await client.reject(486)
    await mobile.disconnected()
    ended = await call.is_("ended")
    assert (ended["outcome"], ended["cards"][0]["type"]) == ("busy", "lead")


async def test_steered_from_the_page(house: Program, pool: PhonePool, provider: Outside) -> None:
    jana = await house.phone(pool, "103")
    call, mobile, client = await talk(house, provider)
    await call.does("hold")
    assert (await call.is_("held"))["parties"][0]["extension"] == "101"
    await call.does("resume")
    await call.is_("talking")
    await call.does("record", action="pause")
    await call.once(lambda it: it["recording"] == "paused")
    await call.does("record", action="resume")
    people = (await house.get("/board"))["people"]
    assert next(it["state"] for it in people if "101" in it["extensions"]) == "talking"
    await call.does("transfer", to="103")
    desk = await jana.incoming()
    await mobile.disconnected()
    await desk.answer()
    await call.once(lambda it: it["owner"] == "103")
    await call.does("hangup")
    await client.disconnected()
    ended = await call.is_("ended")
    assert [(it["kind"], it["by"], it["to"]) for it in ended["transfers"]] == [
        ("blind", "101", "103")
    ]


async def test_a_colleague_is_added(house: Program, pool: PhonePool, provider: Outside) -> None:
    jana = await house.phone(pool, "103")
    call, mobile, client = await talk(house, provider)
    await call.does("conference", to="103")
    desk = await jana.incoming()
    await desk.answer()
    await call.once(lambda it: len([p for p in it["parties"] if not p["left_at"]]) == 3)
    await mobile.hang_up()
    await call.once(lambda it: len([p for p in it["parties"] if not p["left_at"]]) == 2)
    await client.hang_up()
    await desk.disconnected()
    assert (await call.is_("ended"))["ended_by_side"] == "client"


async def test_taken_on_the_mobile(house: Program, pool: PhonePool, provider: Outside) -> None:
    """What rings at Petr's desk; nothing is taken before the key."""
    petr = await house.phone(pool, "102")
    call, client, desk = await _rings_at(petr, house, provider)
    status, said = await house.post(f"/calls/{call.id}/pickup", {"device": "mobile"})
    assert status == 204, said
    mobile = await provider.incoming()
    assert mobile.invitation is not None
    assert mobile.invitation["dialled"] == MOBILE
    await mobile.answer()
    assert (await call.is_("ringing"))["answered_by"] is None
    await mobile.digits("1")
    await desk.disconnected()
    await client.confirmed()
    assert (await call.is_("talking"))["answered_by"] == "101"
    await mobile.hang_up()
    await client.disconnected()
    ended = await call.is_("ended")
    assert (ended["outcome"], ended["owner"]) == ("answered", "101")
    assert (await house.get("/calls", number=MOBILE))["items"] == []


async def test_a_supervisor_listens_on_the_mobile_and_comes_in(
    house: Program, pool: PhonePool, provider: Outside
) -> None:
    petr = await house.phone(pool, "102")
    call, client, desk = await _rings_at(petr, house, provider)
    await desk.answer()
    await call.is_("talking")
    await call.does("supervise", mode="listen", device="mobile")
    mobile = await provider.incoming()
    await mobile.answer()
    await mobile.confirmed()
    answer = await _until_it_says(house, call, "nobody has pressed 1 on the mobile of 101 yet")
    assert answer == 503
    assert await _seen(house, "Eva Malá") != "talking"
    await mobile.digits("1")
    await _until_it_says(house, call, None)
    await call.once(lambda it: "101" in {p["extension"] for p in it["parties"]})
    await desk.hang_up()
    await client.hang_up()
    await mobile.disconnected()
    await call.is_("ended")


async def _rings_at(
    desk: Phone, program: Program, provider: Outside
) -> tuple[Placed, PhoneCall, PhoneCall]:
    """The client calls the first line."""
    number = program.number_of("line1")
    client = await provider.phone.dial(number, caller=provider.client)
    ringing = await desk.incoming()
    call = await program.call_with(provider.client, lambda it: it["state"] == "ringing")
    return Placed(program, call["id"]), client, ringing


async def _seen(program: Program, name: str) -> str:
    people = (await program.get("/people"))["items"]
    return next(str(it["state"]) for it in people if it["name"] == name)


async def _until_it_says(program: Program, call: Placed, words: str | None) -> int:
    """To come in is asked again and again, while the PBX has not heard yet what the mobile did."""
    async with asyncio.timeout(20):
        while True:
            status, said = await program.post(f"/calls/{call.id}/supervise", {"mode": "barge"})
            if words in str(said) if words else status == 204:
                return status
            await asyncio.sleep(0.1)


async def test_a_supervisor_listens(house: Program, pool: PhonePool, provider: Outside) -> None:
    petr = await employee(house, "102")
    await house.patch(f"/users/{petr['id']}", {"mobile": "+420 603 999 888"})
    chief = await house.phone(pool, "101", auto_answer=True)
    status, said = await ask(house, provider, **{"from": "102"})
    assert status == 202, said
    mobile = await provider.incoming()
    await mobile.answer()
    await mobile.digits("1")
    client = await provider.incoming()
    await client.answer()
    call = Placed(house, said["id"])
    await call.is_("talking")
    await call.does("supervise", mode="listen")
    ear = await chief.incoming()
    await ear.confirmed()
    await mobile.hang_up()
    await client.disconnected()
    await ear.disconnected()
    ended = await call.is_("ended")
    assert [p["extension"] or p["number"] for p in ended["parties"]] == ["102", provider.client]


async def test_a_colleague_is_called_from_the_mobile(
    house: Program, pool: PhonePool, provider: Outside
) -> None:
    jana = await house.phone(pool, "103")
    status, said = await ask(house, provider, to="103")
    assert status == 202, said
    mobile = await provider.incoming()
    await mobile.answer()
    await mobile.digits("1")
    desk = await jana.incoming()
    assert desk.invitation is not None
    assert desk.invitation["number"] == "101"
    await desk.answer()
    call = Placed(house, said["id"])
    await call.is_("talking")
    await desk.hang_up()
    ended = await call.is_("ended")
    assert (ended["direction"], ended["cards"]) == ("internal", [])
