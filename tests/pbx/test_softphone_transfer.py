"""A client is handed on by the buttons of the strip in the browser: one call, one recording."""

import asyncio

from playwright.async_api import expect

from pbx_bridge.sip.handles import Phone
from tests.pbx.browser_phone import WAIT
from tests.pbx.softphones import (
    COLLEAGUES,
    OURS,
    THEIRS,
    browser,
    eva,
    hears,
    house,
    number,
    outside,
    parts,
    pool,
    transfers,
)
from tests.pbx.sound import is_tone, loudness
from tests.pbx.steered import DIALLED, MARKS, MOBILE, TONES, Talk, james, talk

__all__ = ["browser", "eva", "house", "james", "number", "outside", "pool", "talk"]

pytestmark = MARKS


async def test_handed_over_to_a_desk_phone_and_from_there_out(
    talk: Talk, outside: Phone, james: Phone
) -> None:
    eva, client = talk.eva, talk.client
    await talk.client_hears(OURS)
    await eva.pick("Transfer", "Transfer", "103", "James Carter")
    desk = await james.incoming(number=talk.number)
    await eva.has_no_call()
    await desk.answer()
    await talk.client_hears(COLLEAGUES)
    await talk.hears(desk, THEIRS)

    mobile = f"{talk.number}7"
    await desk.transfer(mobile)
    far = await outside.incoming()
    assert far.invitation is not None
    assert far.invitation["dialled"] == mobile
    await far.answer()
    await far.tell("tone", hz=OURS)
    await desk.disconnected()
    await talk.client_hears(OURS)
    await talk.hears(far, THEIRS)
    await client.hang_up()
    await far.disconnected()

    call, (said_by_client, said_to_client) = await talk.whole()
    assert transfers(call) == [("blind", "101", "103"), ("blind", "103", mobile)]
    assert call["owner"] == "103"
    assert (await talk.told(call)).count("call.transferred") == 2
    assert all(part == {THEIRS} for part in parts(said_by_client, *TONES)[2:-2])
    heard = parts(said_to_client, *TONES)
    assert {COLLEAGUES} in heard
    assert {OURS} in heard[heard.index({COLLEAGUES}) :]  # from Eva to James, and then out


async def test_announced_and_handed_over(talk: Talk, james: Phone) -> None:
    eva, client = talk.eva, talk.client
    desk = await talk.ask(james)
    await expect(talk.strip).to_contain_text("Asking James Carter", timeout=WAIT)
    await desk.answer()
    await expect(talk.strip.get_by_role("button", name="Swap")).to_be_visible(timeout=WAIT)
    await talk.hears(desk, OURS)
    await talk.eva_hears(COLLEAGUES)
    music = await hears(client, talk.folder, "music", 2)
    assert loudness(music) > 50
    assert not any(is_tone(music, hz, 1.5) for hz in TONES)
    await eva.click("Hand over")
    await eva.has_no_call()
    await talk.client_hears(COLLEAGUES)
    await talk.hears(desk, THEIRS)
    await desk.hang_up()
    await client.disconnected()

    call, (said_by_client, said_to_client) = await talk.whole()
    assert transfers(call) == [("attended", "101", "103")]
    assert (call["owner"], call["ended_by_side"]) == ("103", "company")
    assert {"call.consult_started", "call.transferred"} <= set(await talk.told(call))
    assert {THEIRS} in parts(said_by_client, THEIRS)[-4:]
    assert {COLLEAGUES} in parts(said_to_client, *TONES)[-4:]


async def test_announced_and_then_kept(talk: Talk, james: Phone) -> None:
    eva, client = talk.eva, talk.client
    desk = await talk.ask(james)
    await desk.answer()
    await talk.hears(desk, OURS)
    await eva.click("Back to the client")
    await desk.disconnected()
    await talk.client_hears(OURS)
    await talk.eva_hears(THEIRS)
    await eva.press("hangup")
    await client.disconnected()

    call, (_, said_to_client) = await talk.whole()
    assert (call["owner"], transfers(call)) == ("101", [])
    assert {"call.consult_started", "call.consult_ended"} <= set(await talk.told(call))
    heard = parts(said_to_client, *TONES)
    assert {OURS} in heard[-4:]
    assert {COLLEAGUES} not in heard  # what they said of him is not in his recording


async def test_announced_and_given_up_while_it_rings(talk: Talk, james: Phone) -> None:
    eva, client = talk.eva, talk.client
    desk = await talk.ask(james)
    await expect(talk.strip).to_contain_text("Asking James Carter", timeout=WAIT)
    await eva.click("Back to the client")
    await desk.disconnected()
    await talk.client_hears(OURS)
    await talk.eva_hears(THEIRS)
    await client.hang_up()
    await eva.has_no_call()

    call, (said_by_client, _) = await talk.whole()
    assert (call["owner"], transfers(call)) == ("101", [])
    assert [it["extension"] for it in call["parties"]] == [None, "101"]
    assert {THEIRS} in parts(said_by_client, *TONES)[-4:]


async def test_announced_to_a_mobile_and_hung_up_on_while_it_rings(
    talk: Talk, outside: Phone
) -> None:
    """Whoever answers there in time has the client."""
    eva, client = talk.eva, talk.client
    await eva.pick("Transfer", "Announce", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    await expect(talk.strip).to_contain_text(f"Asking {MOBILE}", timeout=WAIT)
    await eva.press("hangup")
    await eva.has_no_call()
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await talk.client_hears(COLLEAGUES)
    await talk.hears(far, THEIRS)
    await far.hang_up()
    await client.disconnected()

    call, (_, said_to_client) = await talk.whole()
    assert transfers(call) == [("attended", "101", DIALLED)]
    assert call["owner"] == "101"
    assert {COLLEAGUES} in parts(said_to_client, *TONES)[-4:]


async def test_announced_to_a_mobile_and_handed_over(talk: Talk, outside: Phone) -> None:
    eva, client = talk.eva, talk.client
    await eva.pick("Transfer", "Announce", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    await expect(talk.strip).to_contain_text(f"Asking {MOBILE}", timeout=WAIT)
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await talk.hears(far, OURS)
    await talk.eva_hears(COLLEAGUES)
    await eva.click("Hand over")
    await eva.has_no_call()
    await talk.client_hears(COLLEAGUES)
    await talk.hears(far, THEIRS)
    await far.hang_up()
    await client.disconnected()

    call, _ = await talk.whole()
    assert transfers(call) == [("attended", "101", DIALLED)]
    assert call["owner"] == "101"


async def test_what_was_handed_on_comes_back_and_goes_out(
    talk: Talk, outside: Phone, james: Phone
) -> None:
    """From Eva to James, who asks her and gives the client back; from her to a mobile."""
    eva, client = talk.eva, talk.client
    await eva.pick("Transfer", "Transfer", "103", "James Carter")
    desk = await james.incoming(number=talk.number)
    await desk.answer()
    await talk.client_hears(COLLEAGUES)
    await eva.has_no_call()
    await desk.digits("*101#")
    await eva.rings()
    await eva.press("answer")
    await talk.eva_hears(COLLEAGUES)
    await desk.hang_up()
    await talk.eva_hears(THEIRS)
    await talk.client_hears(OURS)

    await eva.pick("Transfer", "Transfer", MOBILE, MOBILE)
    far = await outside.incoming(dialled=DIALLED)
    await eva.has_no_call()
    await far.answer()
    await far.tell("tone", hz=COLLEAGUES)
    await talk.client_hears(COLLEAGUES)
    await talk.hears(far, THEIRS)
    await client.hang_up()
    await far.disconnected()

    call, (_, said_to_client) = await talk.whole()
    assert transfers(call) == [
        ("blind", "101", "103"),
        ("attended", "103", "101"),
        ("blind", "101", DIALLED),
    ]
    assert call["owner"] == "101"
    heard = parts(said_to_client, *TONES)
    assert {OURS} in heard[heard.index({COLLEAGUES}) :]


async def test_who_is_not_taken_comes_back_to_the_browser(talk: Talk, james: Phone) -> None:
    eva, client = talk.eva, talk.client
    await eva.pick("Transfer", "Transfer", "103", "James Carter")
    desk = await james.incoming(number=talk.number)
    await eva.has_no_call()
    await desk.reject(486)
    await eva.rings()
    await eva.press("answer")
    await talk.client_hears(OURS)
    desk = await talk.ask(james)
    await eva.click("Hand over")
    await eva.has_no_call()
    await desk.reject(486)
    await eva.rings()
    await eva.press("answer")
    await talk.client_hears(OURS)
    await talk.eva_hears(THEIRS)
    await client.hang_up()
    await eva.has_no_call()

    call, _ = await talk.whole()
    returned = [(it["kind"], it["by"], it["to"], it["returned"]) for it in call["transfers"]]
    assert returned == [("blind", "101", "103", True), ("attended", "101", "103", True)]
    assert call["owner"] == "101"


async def test_a_client_who_cannot_be_handed_on_stays(talk: Talk, outside: Phone) -> None:
    """To nobody, to oneself, to a country that is not allowed, on a line that is down."""
    eva, client = talk.eva, talk.client
    said = eva.page.locator(".toast-line.is-error")
    menu = talk.strip.locator("details", has=eva.page.locator("summary", has_text="Transfer"))
    await menu.locator("summary").click()
    for nobody in ("7" * 20, "Eva Mal", talk.number):
        await menu.locator("input[type=search]").fill(nobody)
        await expect(menu).to_contain_text("Nobody found.", timeout=WAIT)
        await menu.locator("input[type=search]").fill("James")
        await expect(menu).to_contain_text("James Carter", timeout=WAIT)
    await menu.locator("input[type=search]").fill("+53 5 1234567")
    await eva.click("Transfer: +53 5 1234567")
    await expect(said).to_contain_text("not allowed", timeout=WAIT)
    await talk.client_hears(OURS)

    await outside.unregister()
    async with asyncio.timeout(15):
        while (await talk.house.get("/lines"))["items"][0]["state"] == "up":
            await asyncio.sleep(0.1)
    await eva.pick("Transfer", "Announce", MOBILE, MOBILE)
    await expect(said.last).to_contain_text("its provider is not registered", timeout=WAIT)
    await talk.client_hears(OURS)
    await talk.eva_hears(THEIRS)
    await client.hang_up()
    await eva.has_no_call()
