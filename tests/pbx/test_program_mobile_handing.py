"""Clients whom an employee at a mobile hands on, and who come back to it: never to its mailbox."""

from pathlib import Path

import pytest

from pbx_bridge.asterisk.dialplan import HANDED_SECONDS
from pbx_bridge.sip.handles import PhoneCall
from pbx_bridge.sip.process import PhonePool
from tests.pbx.mobiles import MOBILE, Outside, Placed, provider, talk
from tests.pbx.program import Program
from tests.pbx.softphones import hears, house, number, pool
from tests.pbx.sound import loudness

ASKED = "+420777555666"

__all__ = ["house", "number", "pool", "provider"]

pytestmark = [
    pytest.mark.pbx,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.mark.parametrize("asked_first", [False, True])
async def test_whom_nobody_takes_comes_back_to_the_mobile(
    house: Program, pool: PhonePool, provider: Outside, tmp_path: Path, asked_first: bool
) -> None:
    """Sent on, or asked for and given up before the answer."""
    call, client, again = await _back_from_jana(house, pool, provider, asked_first=asked_first)
    await again.answer()
    assert loudness(await hears(client, tmp_path, "music")) > 50  # until the key
    await again.digits("1")
    await call.once(lambda it: it["transfers"] != [] and it["transfers"][-1]["returned"])
    await again.hang_up()
    await client.disconnected(40)
    ended = await call.is_("ended")
    assert (ended["outcome"], ended["owner"]) == ("answered", "101")


@pytest.mark.parametrize("asked_first", [False, True])
@pytest.mark.parametrize("mailbox", ["says nothing", "hangs up", "is busy"])
async def test_the_mailbox_does_not_get_whom_nobody_took(
    house: Program,
    pool: PhonePool,
    provider: Outside,
    tmp_path: Path,
    mailbox: str,
    asked_first: bool,
) -> None:
    """The line's group does."""
    petr = await house.phone(pool, "102")
    call, client, again = await _back_from_jana(house, pool, provider, asked_first=asked_first)
    if mailbox == "is busy":
        await again.reject(486)
    else:
        await again.answer()
    if mailbox == "hangs up":  # when it was asked for the key
        assert loudness(await hears(again, tmp_path, "asked")) > 100
        await again.hang_up()
    desk = await petr.incoming(40)
    await again.disconnected()
    await desk.answer()
    ended = await call.once(lambda it: it["owner"] == "102")
    assert [it["returned"] for it in ended["transfers"]] == [False]
    await client.hang_up()
    ended = await call.is_("ended")
    assert [p["extension"] for p in ended["parties"] if p["extension"]] == ["101", "102"]
    told = ("call.unconfirmed", None) in await call.told()
    assert told is (mailbox != "is busy")


async def _back_from_jana(
    program: Program, pool: PhonePool, provider: Outside, *, asked_first: bool
) -> tuple[Placed, PhoneCall, PhoneCall]:
    """Jana does not take the client, who rings at the mobile again."""
    jana = await program.phone(pool, "103")
    call, mobile, client = await talk(program, provider)
    await call.does("transfer", to="103", announce=asked_first)
    desk = await jana.incoming()
    if asked_first:
        await mobile.hang_up()
        await call.once(lambda it: it["transfers"] != [])
    await mobile.disconnected()
    await desk.reject(486)
    again = await provider.incoming()
    assert again.invitation is not None
    assert again.invitation["dialled"] == MOBILE
    return call, client, again


async def test_asked_first_and_handed_over(
    house: Program, pool: PhonePool, provider: Outside
) -> None:
    jana = await house.phone(pool, "103")
    call, mobile, client = await talk(house, provider)
    await call.does("transfer", to="103", announce=True)
    desk = await jana.incoming()
    await desk.answer()
    await call.once(lambda it: it["consults"] != [])
    await call.does("transfer", step="complete")
    await mobile.disconnected()
    await call.once(lambda it: it["owner"] == "103")
    await client.hang_up()
    assert (await call.is_("ended"))["outcome"] == "answered"


async def test_transferred_by_the_mobiles_keys(
    house: Program, pool: PhonePool, provider: Outside
) -> None:
    jana = await house.phone(pool, "103")
    call, mobile, client = await talk(house, provider)
    await mobile.digits("##103#")
    desk = await jana.incoming()
    await desk.answer()
    await call.once(lambda it: it["owner"] == "103")
    await client.hang_up()
    await call.is_("ended")


async def test_taken_over_at_the_mobile(house: Program, pool: PhonePool, provider: Outside) -> None:
    """Petr's client rings nowhere else, and is Eva's once she has pressed the key."""
    petr = await house.phone(pool, "102")
    number = house.number_of("line1")
    client = await provider.phone.dial(number, caller=provider.client)
    desk = await petr.incoming()
    await desk.answer()
    talking = await house.call_with(provider.client, lambda it: it["state"] == "talking")
    call = Placed(house, talking["id"])
    await call.does("supervise", mode="takeover", device="mobile")
    mobile = await provider.incoming()
    await desk.disconnected()
    await mobile.answer()
    await mobile.digits("1")
    await call.once(lambda it: it["owner"] == "101" and it["state"] == "talking")
    await client.hang_up()
    await mobile.disconnected()
    assert (await call.is_("ended"))["outcome"] == "answered"


@pytest.mark.parametrize("answers", [True, False])
async def test_a_number_outside_is_asked_and_the_mobile_hangs_up(
    house: Program, provider: Outside, answers: bool
) -> None:
    """While it rings: who answers has the client, who does not loses him again to the mobile."""
    call, mobile, client = await talk(house, provider)
    await call.does("transfer", to=ASKED, announce=True)
    asked = await provider.incoming()
    assert asked.invitation is not None
    assert asked.invitation["dialled"] == ASKED
    await mobile.hang_up()
    await call.once(lambda it: it["transfers"] != [])
    if answers:
        await asked.answer()
        await client.confirmed()
        await call.once(lambda it: ASKED in {p["number"] for p in it["parties"]})
        await client.hang_up()
        await asked.disconnected()
    else:
        again = await provider.phone.incoming(HANDED_SECONDS + 15)
        await asked.disconnected()
        assert again.invitation is not None
        assert again.invitation["dialled"] == MOBILE
        await again.answer()
        await again.digits("1")
        await call.once(lambda it: it["transfers"][-1]["returned"])
        await again.hang_up()
        await client.disconnected(40)
    ended = await call.is_("ended")
    assert (ended["outcome"], ended["owner"]) == ("answered", "101")
