import asyncio

import pytest

from crm.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    PhoneUnavailable,
)
from crm.people.models import Option
from crm.telephony.ports import Device, Mobile, Placing
from pbx_bridge.calls.events import Joined, Outcome, Party
from pbx_bridge.watching.lines import Health, LineState
from tests.unit.crm.telephony.company import Story
from tests.unit.crm.world import World

CLIENT = "777 123 456"


async def test_click_to_call_rings_ones_own_phone_on_ones_own_line(here: World) -> None:
    card = await here.card("Jan Hus", CLIENT)
    call = await here.crm.phone.place(here.eva, CLIENT)
    key = "main-hovorna-1"
    assert here.telephony.placed == [Placing(key, "101", "+420777123456", "line1")]
    assert (call.key, call.direction, call.state) == (key, "outbound", "ringing")
    assert (call.number, call.line, call.extension) == ("+420777123456", "line1", "101")
    assert [item.card for item in call.cards] == [card.ref]
    assert here.types()[-2:] == ["call.placed", "presence.changed"]


async def test_the_pbxs_own_events_find_the_call_that_was_placed(here: World) -> None:
    placed = await here.crm.phone.place(here.eva, CLIENT)
    story = Story(placed.key)
    told_id = await here.happens(story.outbound("+420777123456"))
    assert told_id == placed.id
    assert (await here.crm.calls.list_calls(here.ada)).total == 1


async def test_a_double_click_makes_one_call(here: World) -> None:
    first = await here.crm.phone.place(here.eva, CLIENT)
    second = await here.crm.phone.place(here.eva, "+420777123456")
    assert second.id == first.id
    assert len(here.telephony.placed) == 1
    here.clock.passes(seconds=4)
    third = await here.crm.phone.place(here.eva, CLIENT)
    assert third.id != first.id


async def test_whom_was_busy_is_called_again_at_once(here: World) -> None:
    """Two clicks then are one call, too."""
    busy = await here.crm.phone.place(here.eva, CLIENT)
    story = Story(here.telephony.placed[0].key)
    await here.happens(story.outbound(CLIENT), story.ends(1, Outcome.BUSY))
    here.clock.passes(seconds=1)
    again = await here.crm.phone.place(here.eva, CLIENT)
    assert again.id != busy.id
    assert (await here.crm.phone.place(here.eva, CLIENT)).id == again.id
    assert len(here.telephony.placed) == 2


async def test_two_clicks_at_the_same_moment_make_one_call(here: World) -> None:
    clicks = (here.crm.phone.place(here.eva, CLIENT) for _ in range(2))
    answers = await asyncio.gather(*clicks, return_exceptions=True)
    assert len(here.telephony.placed) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1


async def test_a_colleague_is_called_without_a_line(here: World) -> None:
    call = await here.crm.phone.place(here.eva, "105")
    assert call.direction == "internal"
    assert here.telephony.placed[0].line is None


@pytest.mark.parametrize(
    "to", ["", "112", "nobody", "*11", "101", "222 333 444", "777\r\n123", "9" * 90]
)
async def test_what_cannot_be_called(here: World, to: str) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.phone.place(here.eva, to)
    assert list(wrong.value.fields) == ["to"]
    assert here.telephony.placed == []


async def test_a_number_is_read_as_of_its_lines_country(here: World) -> None:
    await here.crm.lines.save_line(
        here.ada, {"name": "berlin", "number": "+4930123456", "country": "DE"}
    )
    await here.crm.people.update_user(here.ada, here.eva.id, {"lines": ["line1", "berlin"]})
    await here.crm.phone.place(here.eva, "030 1234567", line="berlin")
    assert here.telephony.placed[0].to == "+49301234567"


async def test_only_ones_own_lines_and_ones_own_phone(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"lines": ["line1"]})
    with pytest.raises(Forbidden):
        await here.crm.phone.place(here.eva, CLIENT, line="line2")
    with pytest.raises(Forbidden):
        await here.crm.phone.place(here.eva, CLIENT, extension="102")
    with pytest.raises(Forbidden):  # Jana has no line at all
        await here.crm.phone.place(here.jana, CLIENT)
    with pytest.raises(Invalid):
        await here.crm.phone.place(here.eva, CLIENT, line="line9")
    with pytest.raises(Invalid):  # Sára has no phone
        await here.crm.phone.place(here.sara, CLIENT)
    with pytest.raises(Invalid):
        await here.crm.phone.place(here.ada, CLIENT, extension="999")
    assert here.telephony.placed == []
    await here.crm.phone.place(here.ada, CLIENT, extension="102")
    assert here.telephony.placed[0].extension == "102"


async def test_calls_an_hour_are_limited(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"outbound_per_hour": 2})
    for number in ("777000001", "777000002"):
        await here.crm.phone.place(here.eva, number)
    with pytest.raises(LimitReached):
        await here.crm.phone.place(here.eva, "777000003")
    await here.crm.phone.place(here.petr, "777000003")
    here.clock.passes(hours=1, seconds=1)
    await here.crm.phone.place(here.eva, "777000003")


async def test_dear_countries_have_to_be_allowed(here: World) -> None:
    cuba = "+53 5 1234567"
    with pytest.raises(LimitReached, match="CU"):
        await here.crm.phone.place(here.eva, cuba)
    await here.crm.people.update_user(here.ada, here.eva.id, {"countries": ["CU"]})
    await here.crm.phone.place(here.eva, cuba)
    with pytest.raises(LimitReached, match="CZ"):
        await here.crm.phone.place(here.eva, CLIENT)


async def test_the_company_sets_its_own_countries(here: World) -> None:
    option = Option(name="outbound_countries", value=["US"])
    await here.crm.db.write(lambda s: s.add(option))
    await here.crm.phone.place(here.eva, "+1 212 555 2368")
    with pytest.raises(LimitReached):
        await here.crm.phone.place(here.eva, CLIENT)


async def test_a_call_that_the_pbx_refuses_has_failed(here: World) -> None:
    here.telephony.refuses = "The phone 101 is not registered"
    with pytest.raises(PhoneUnavailable, match="101 is not registered"):
        await here.crm.phone.place(here.eva, CLIENT)
    (call,) = (await here.crm.calls.list_calls(here.eva)).items
    assert (call.state, call.outcome) == ("ended", "failed")
    assert here.types()[-2:] == ["call.ended", "presence.changed"]
    here.telephony.refuses = None
    await here.crm.phone.place(here.eva, CLIENT)  # and may be tried again at once


async def test_a_call_that_was_never_heard_of_again_is_ended(here: World) -> None:
    lost = await here.crm.phone.place(here.eva, CLIENT)
    begun = await here.crm.phone.place(here.eva, "777000001")
    await here.happens(Story(begun.key, here.clock.now).outbound("+420777000001"))
    here.clock.passes(seconds=30)
    assert await here.crm.phone.sweep() == 0
    here.clock.passes(seconds=31)
    assert await here.crm.phone.sweep() == 1
    assert (await here.crm.calls.get_call(here.eva, lost.id)).outcome == "failed"
    assert (await here.crm.calls.get_call(here.eva, begun.id)).state == "ringing"


async def talking(here: World) -> int:
    """Petr (102) speaks with a client."""
    events = Story("main-1").answered_inbound()
    return await here.happens(*(e for e in events if e.type != "call.ended"))


async def test_who_is_in_the_call_hands_it_over_and_hangs_up(here: World) -> None:
    call_id = await talking(here)
    await here.crm.steering.transfer(here.petr, call_id, "105")
    await here.crm.steering.transfer(here.petr, call_id, "608 111 222")
    await here.crm.steering.hang_up(here.petr, call_id)
    assert here.telephony.asked == [
        ("blind_transfer", "main-1", "102", "105"),
        ("blind_transfer", "main-1", "102", "+420608111222"),
        ("hang_up", "main-1"),
    ]


async def test_others_keep_their_hands_off_but_for_those_above(here: World) -> None:
    call_id = await talking(here)
    for someone in (here.eva, here.jana):
        with pytest.raises(Forbidden):
            await here.crm.steering.hang_up(someone, call_id)
        with pytest.raises(Forbidden):
            await here.crm.steering.transfer(someone, call_id, "105")
    await here.crm.steering.hang_up(here.sara, call_id)
    await here.crm.steering.transfer(here.ada, call_id, "105")
    assert here.telephony.asked[-1] == ("blind_transfer", "main-1", "102", "105")


async def test_no_transfer_to_where_one_may_not_call(here: World) -> None:
    call_id = await talking(here)
    with pytest.raises(LimitReached):
        await here.crm.steering.transfer(here.petr, call_id, "+53 5 1234567")
    with pytest.raises(Invalid):
        await here.crm.steering.transfer(here.petr, call_id, "nobody")
    with pytest.raises(Invalid):
        await here.crm.steering.transfer(here.petr, call_id, "105", extension="101")
    assert here.telephony.asked == []


async def test_a_colleague_takes_what_rings(here: World) -> None:
    story = Story("main-1")
    call_id = await here.happens(story.inbound(), story.rings(Party(extension="101"), 1))
    await here.crm.phone.pick_up(here.petr, call_id)
    assert here.telephony.asked == [("pick_up", "main-1", "102")]
    with pytest.raises(Forbidden):  # another department's
        await here.crm.phone.pick_up(here.jana, call_id)
    await here.happens(
        story.joins(Party(extension="101"), 5, Joined.ANSWERED),
        story.answers(Party(extension="101"), 5),
    )
    with pytest.raises(Conflict):
        await here.crm.phone.pick_up(here.petr, call_id)


@pytest.mark.parametrize(
    ("code", "at"), [("*11", None), ("40", None), (" *11101 ", "101"), ("*11 ", None)]
)
async def test_a_code_takes_what_rings(here: World, code: str, at: str | None) -> None:
    story = Story("main-1")
    call_id = await here.happens(story.inbound(), story.rings(Party(extension="101"), 1))
    assert await here.crm.phone.take(here.petr, code) == call_id
    assert here.telephony.asked == [("pick_up", "main-1", "102", *([at] if at else []))]


async def test_a_code_takes_nothing_that_rings_elsewhere(here: World) -> None:
    for code in ("*11", "*11102", "40"):
        with pytest.raises(Conflict, match="Nothing rings there"):
            await here.crm.phone.take(here.petr, code)
    story = Story("main-1")
    await here.happens(story.inbound(), story.rings(Party(extension="101"), 1))
    for code in ("*11", "*11101", "*11105"):  # another department's
        with pytest.raises(Conflict, match="Nothing rings there"):
            await here.crm.phone.take(here.jana, code)
    for number in ("*43", "101", "+420777123456", "*11x", "", "400"):
        assert await here.crm.phone.take(here.petr, number) is None
    assert here.telephony.asked == []


async def test_of_what_one_may_take_the_oldest_is_taken(here: World) -> None:
    for key, extension in (("main-1", "102"), ("main-2", "101"), ("main-3", "101")):
        story = Story(key)
        await here.happens(story.inbound(), story.rings(Party(extension=extension), 1))
    await here.crm.phone.take(here.petr, "*11")
    assert here.telephony.asked == [("pick_up", "main-2", "102")]


async def test_what_rings_at_oneself_is_taken_to_another_of_ones_own_devices(here: World) -> None:
    story = Story("main-1")
    call_id = await here.happens(story.inbound(), story.rings(Party(extension="101"), 1))
    with pytest.raises(Forbidden):  # nothing was chosen: it rings there already
        await here.crm.phone.pick_up(here.eva, call_id)
    await here.crm.phone.pick_up(here.eva, call_id, device=Device("browser", 4711))
    assert here.telephony.asked == [("pick_up", "main-1", "101")]
    with pytest.raises(Forbidden):
        await here.crm.phone.pick_up(here.jana, call_id, device=Device("browser", 4711))


async def test_a_call_that_is_over_obeys_nobody(here: World) -> None:
    call_id = await here.happens(*Story("main-1").answered_inbound())
    with pytest.raises(Conflict):
        await here.crm.steering.hang_up(here.petr, call_id)
    with pytest.raises(NotFound):
        await here.crm.steering.hang_up(here.ada, 999)
    assert here.telephony.asked == []


async def test_the_lines_to_choose_from(here: World) -> None:
    story = Story("main-1")
    await here.happens(story.inbound(line="line2"))
    one, two = await here.crm.phone.lines_for(here.eva, CLIENT)
    assert (one.name, one.default, one.used_last) == ("line1", True, False)
    assert (two.name, two.default, two.used_last) == ("line2", False, True)
    assert await here.crm.phone.lines_for(here.jana) == ()


async def test_a_number_goes_by_the_line_of_last_time_unless_that_is_down(here: World) -> None:
    await here.happens(Story("main-1").inbound(line="line2"))
    phone, states = here.crm.phone, here.crm.line_states

    async def taken() -> tuple[str, str | None]:
        found = await phone.line_to(here.eva, CLIENT)
        assert found is not None
        return found.line.name, found.instead_of.name if found.instead_of else None

    assert await taken() == ("line2", None)
    states.are({"line2": LineState("line2", Health.UNREACHABLE)})
    assert await taken() == ("line1", "line2")  # her own, and it is said instead of which
    states.are({"line1": LineState("line1", Health.REJECTED)})
    assert await taken() == ("line2", None)
    assert await phone.line_to(here.eva, "102") is None
    assert await phone.line_to(here.jana, CLIENT) is None  # has no line


MOBILE = "+420603111222"
ON_MOBILE = Device("mobile")


async def with_mobile(here: World) -> None:
    await here.crm.people.update_user(here.ada, here.eva.id, {"mobile": MOBILE})


async def test_the_mobile_rings_first_on_the_line_of_the_call(here: World) -> None:
    await with_mobile(here)
    await here.crm.phone.place(here.eva, CLIENT, line="line2", device=ON_MOBILE)
    (placed,) = here.telephony.placed
    number = here.crm.directory.lines["line2"].number
    assert placed.line == "line2"
    assert placed.device == Device("mobile", mobile=Mobile(MOBILE, "line2", number))


async def test_a_colleague_is_called_from_the_mobile_on_ones_own_line(here: World) -> None:
    await with_mobile(here)
    await here.crm.phone.place(here.eva, "105", device=ON_MOBILE)
    (placed,) = here.telephony.placed
    assert placed.line is None
    assert placed.device is not None
    assert placed.device.mobile is not None
    assert placed.device.mobile.line == "line1"


async def test_a_double_click_rings_the_mobile_once(here: World) -> None:
    await with_mobile(here)
    clicks = [await here.crm.phone.place(here.eva, CLIENT, device=ON_MOBILE) for _ in range(2)]
    assert clicks[0].id == clicks[1].id
    assert len(here.telephony.placed) == 1


async def test_nothing_rings_where_there_is_no_mobile(here: World) -> None:
    with pytest.raises(Invalid) as wrong:
        await here.crm.phone.place(here.eva, CLIENT, device=ON_MOBILE)
    assert list(wrong.value.fields) == ["device"]
    await with_mobile(here)
    with pytest.raises(Invalid) as wrong:  # Ada's call from Petr's phone is not on Eva's mobile
        await here.crm.phone.place(here.ada, CLIENT, extension="102", device=ON_MOBILE)
    assert list(wrong.value.fields) == ["device"]
    assert here.telephony.placed == []


async def test_a_mobile_does_not_call_itself(here: World) -> None:
    await with_mobile(here)
    with pytest.raises(Invalid) as wrong:
        await here.crm.phone.place(here.eva, MOBILE, device=ON_MOBILE)
    assert list(wrong.value.fields) == ["to"]


async def test_nobody_rings_anothers_mobile(here: World) -> None:
    await with_mobile(here)
    with pytest.raises(Forbidden):
        await here.crm.phone.place(here.petr, CLIENT, extension="101", device=ON_MOBILE)
    assert here.telephony.placed == []


async def test_the_limits_hold_for_the_mobile_too(here: World) -> None:
    await with_mobile(here)
    await here.crm.people.update_user(here.ada, here.eva.id, {"countries": ["DE"]})
    with pytest.raises(LimitReached, match="CZ"):
        await here.crm.phone.place(here.eva, "+4930123456", device=ON_MOBILE)
    assert here.telephony.placed == []


async def test_what_rings_elsewhere_is_taken_on_the_mobile(here: World) -> None:
    await with_mobile(here)
    story = Story("main-1")
    call_id = await here.happens(story.inbound(), story.rings(Party(extension="102"), 1))
    await here.crm.phone.pick_up(here.eva, call_id, device=ON_MOBILE)
    number = here.crm.directory.lines["line1"].number
    assert here.telephony.rang == [Device("mobile", mobile=Mobile(MOBILE, "line1", number))]
    with pytest.raises(Forbidden):
        await here.crm.phone.pick_up(here.jana, call_id, device=ON_MOBILE)
    await here.crm.people.update_user(here.ada, here.eva.id, {"countries": ["DE"]})
    with pytest.raises(LimitReached, match="CZ"):
        await here.crm.phone.pick_up(here.eva, call_id, device=ON_MOBILE)
    await here.crm.people.update_user(here.ada, here.eva.id, {"mobile": None})
    with pytest.raises(Invalid):
        await here.crm.phone.pick_up(here.eva, call_id, device=ON_MOBILE)
    assert len(here.telephony.rang) == 1


async def test_a_colleagues_mobile_is_called_as_any_number_and_is_nobodys_card(
    here: World,
) -> None:
    await here.card("Eva at home", MOBILE)
    await with_mobile(here)
    call = await here.crm.phone.place(here.petr, MOBILE)
    assert (call.number, call.cards) == (MOBILE, ())
    told = await here.happens(Story(call.key).outbound(MOBILE))
    assert (await here.crm.calls.get_call(here.ada, told)).cards == ()
