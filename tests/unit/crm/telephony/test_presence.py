"""What colleagues do, told to everybody without telling with whom."""

from datetime import timedelta

import pytest

from crm.errors import Forbidden, PhoneUnavailable
from crm.people.models import Presence
from crm.people.permissions import may_see_event
from crm.telephony.ports import Device
from pbx_bridge.calls.events import (
    CallHeld,
    CallResumed,
    ConsultEnded,
    ConsultStarted,
    Joined,
    Party,
)
from pbx_bridge.watching.lines import Health, LineState
from tests.unit.crm.telephony.company import NOON, Story
from tests.unit.crm.world import World


def told(here: World) -> list[tuple[str, str]]:
    """Name and state of each change that was published since, in order."""
    found = [
        (event.data["user"]["name"], event.data["state"])
        for event in here.published
        if event.type == "presence.changed"
    ]
    here.published.clear()
    return found


async def states(here: World) -> dict[str, str]:
    return {it.name: it.state for it in await here.crm.calls.people(here.jana)}


async def test_a_colleague_without_a_phone_is_told_when_the_phones_are_known(here: World) -> None:
    assert (await states(here))["Eva Malá"] == "free"  # nobody knows
    here.crm.presence.reachable_are(frozenset(["101", "105"]))
    assert await states(here) == {
        "Eva Malá": "free",
        "Petr Novák": "offline",
        "Jana Bílá": "free",
    }
    assert ("Petr Novák", "offline") in told(here)
    here.clock.passes(minutes=5)
    here.crm.presence.reachable_are(frozenset(["101", "102", "102-web", "105"]))
    assert told(here) == [("Petr Novák", "free")]
    petr = next(it for it in await here.crm.calls.people(here.eva) if it.name == "Petr Novák")
    assert [(it.extension, it.kind, it.registered) for it in petr.devices] == [
        ("102", "desk", True),
        ("102", "browser", True),
    ]
    here.clock.passes(minutes=5)
    here.crm.presence.reachable_are(frozenset(["101", "102-web", "105"]))
    assert (await states(here))["Petr Novák"] == "free"  # the browser is enough
    here.clock.passes(minutes=5)
    here.crm.presence.reachable_are(frozenset(["101", "105"]))
    petr = next(it for it in await here.crm.calls.people(here.eva) if it.name == "Petr Novák")
    assert (petr.state, petr.since) == ("offline", here.clock.now - timedelta(minutes=5))


async def test_who_holds_a_call_of_several_is_on_hold_and_the_others_talk(here: World) -> None:
    story, eva, petr = Story("main-1", NOON), Party(extension="101"), Party(extension="102")
    await here.happens(
        story.inbound("777000001"),
        story.joins(eva, 3, Joined.ANSWERED),
        story.answers(eva, 3),
        story.joins(petr, 5, Joined.CONFERENCE),
    )
    told(here)
    await here.happens(CallHeld(**story._head(9, "held:101"), by=eva))
    assert told(here) == [("Eva Malá", "held")]
    found = await states(here)
    assert (found["Eva Malá"], found["Petr Novák"]) == ("held", "talking")
    await here.happens(CallResumed(**story._head(12, "resumed:101"), by=eva))
    assert told(here) == [("Eva Malá", "talking")]
    await here.happens(CallHeld(**story._head(14, "held:102"), by=petr))
    assert told(here) == [("Petr Novák", "held")]
    call = (await here.crm.calls.live())[0]
    assert (call.state, [it.extension for it in call.held_by]) == ("held", ["102"])


async def test_a_call_is_told_as_it_goes_to_those_who_may_not_see_it_too(here: World) -> None:
    story, eva = Story("main-1", NOON), Party(extension="101")
    await here.happens(story.inbound("777000001"))
    told(here)
    await here.happens(story.rings(eva, 1))
    events = [it for it in here.published if it.type == "presence.changed"]
    assert all(may_see_event(here.jana, it) for it in events)
    assert not any("number" in it.data or "call" in it.data for it in events)
    assert told(here) == [("Eva Malá", "ringing")]
    await here.happens(*story.answered_inbound("777000001")[2:-1])
    assert told(here)[-1][0] in ("Eva Malá", "Petr Novák")
    await here.happens(story.answered_inbound("777000001")[-1])
    assert set((await states(here)).values()) == {"free"}


async def test_who_is_on_a_break_is_so_whatever_his_phone(here: World) -> None:
    here.crm.presence.reachable_are(frozenset())
    told(here)
    await here.crm.people.set_presence(here.eva, Presence.BREAK)
    assert told(here) == [("Eva Malá", "break")]


async def test_a_consultation_ends_with_the_call_it_was_part_of(here: World) -> None:
    call, consultation = Story("main-1", NOON), Story("main-2", NOON)
    await here.happens(*call.answered_inbound("777000001")[:-1])
    await here.happens(consultation.inbound("777000002"), consultation.rings(Party("101"), 3))
    await here.happens(call.merges("main-2", 5))
    await here.happens(call.answered_inbound("777000001")[-1])
    assert ("Eva Malá", "free") in told(here)


async def test_who_dials_and_who_is_consulted_are_on_the_phone(here: World) -> None:
    story, eva, petr = Story("main-1", NOON), Party(extension="101"), Party(extension="102")
    await here.happens(story.outbound("777000001", extension="101"))
    assert told(here) == [("Eva Malá", "talking")]
    assert (await states(here))["Eva Malá"] == "talking"
    await here.happens(
        story.joins(eva, 3, Joined.ANSWERED),
        story.answers(eva, 3),
        ConsultStarted(**story._head(9, "consult:a:b"), by=eva, to=petr),
        story.rings(petr, 9),
    )
    assert (await states(here))["Petr Novák"] == "ringing"
    told(here)
    await here.happens(story.stops(petr, 12, "answered"))
    assert told(here) == [("Petr Novák", "talking")]
    assert (await states(here))["Petr Novák"] == "talking"
    await here.happens(ConsultEnded(**story._head(15, "consulted:a:b"), by=eva, to=petr))
    assert told(here) == [("Petr Novák", "free")]


async def test_a_lines_state_is_shown_and_told(here: World) -> None:
    up = LineState("line1").becomes(Health.UP, NOON)
    here.crm.line_states.are({"line1": up})
    down = up.becomes(Health.REJECTED, NOON + timedelta(minutes=1))
    here.crm.line_states.are({"line1": down})
    here.crm.line_states.are({"line1": down})
    changes = [it.data["line"]["state"] for it in here.published if it.type == "line.state"]
    assert changes == ["up", "rejected"]
    line = await here.crm.lines.get_line(here.eva, "line1")
    assert (line.state, line.last_error) == ("rejected", "rejected")
    assert line.state_since == NOON + timedelta(minutes=1)
    other = await here.crm.lines.get_line(here.eva, "line2")
    assert (other.state, other.last_error) == ("unknown", None)


async def test_a_line_that_is_down_says_why_and_others_are_dialled(here: World) -> None:
    down = LineState("line1").becomes(Health.UNREACHABLE, NOON)
    here.crm.line_states.are({"line1": down})
    with pytest.raises(PhoneUnavailable, match="Line Main is down: its provider does not answer"):
        await here.crm.phone.place(here.eva, "777 000 009")
    assert here.telephony.placed == []
    await here.crm.phone.place(here.eva, "777 000 009", line="line2")
    assert [it.line for it in here.telephony.placed] == ["line2"]
    one, two = await here.crm.phone.lines_for(here.eva)
    assert [(it.name, it.state, it.usable) for it in (one, two)] == [
        ("line1", "unreachable", False),
        ("line2", "unknown", True),
    ]
    # A colleague can be called whatever the lines are, but for a mobile's way.
    await here.crm.phone.place(here.eva, "102")
    await here.crm.people.update_user(here.ada, here.eva.id, {"mobile": "603 111 222"})
    with pytest.raises(PhoneUnavailable, match="Line Main is down"):
        await here.crm.phone.place(here.eva, "105", device=Device("mobile"))
    assert len(here.telephony.placed) == 2


async def test_a_client_is_not_handed_out_on_a_line_that_is_down(here: World) -> None:
    call_id = await here.happens(*Story("main-1", NOON).answered_inbound("777000001")[:-1])
    down = LineState("line1").becomes(Health.REJECTED, NOON)
    here.crm.line_states.are({"line1": down})
    with pytest.raises(PhoneUnavailable, match="refuses the account"):
        await here.crm.steering.transfer(here.petr, call_id, "777 000 009")
    await here.crm.steering.transfer(here.petr, call_id, "101")
    assert here.telephony.asked == [("blind_transfer", "main-1", "102", "101")]


async def test_a_line_that_came_up_a_moment_ago_is_dialled(here: World) -> None:
    """What seems to be down is looked at once more before anybody is refused."""
    down = LineState("line1").becomes(Health.UNREGISTERED, NOON)
    here.crm.line_states.are({"line1": down})

    async def look() -> None:
        here.crm.line_states.are({"line1": down.becomes(Health.UP, NOON)})

    here.crm.line_states.connect(look)
    await here.crm.phone.place(here.eva, "777 000 009")
    assert [it.line for it in here.telephony.placed] == ["line1"]


async def test_who_may_take_a_ringing_call(here: World) -> None:
    """Of the same pickup group; or, where the phone has none, of the department."""
    await here.crm.lines.update_extension(here.ada, "101", {"pickup_group": "sales"})
    await here.crm.lines.update_extension(here.ada, "102", {"pickup_group": "others"})
    story = Story("main-1", NOON)
    call_id = await here.happens(story.inbound("777000001"), story.rings(Party(extension="101"), 1))
    board = await here.crm.calls.board(here.petr)
    assert [call.id for call in board.waiting] == [call_id]  # he sees it,
    assert board.pickable == frozenset()  # and may not take it
    with pytest.raises(Forbidden):
        await here.crm.phone.pick_up(here.petr, call_id)
    await here.crm.lines.update_extension(here.ada, "102", {"pickup_group": "sales"})
    assert (await here.crm.calls.board(here.petr)).pickable == {call_id}
    await here.crm.phone.pick_up(here.petr, call_id)
    assert here.telephony.asked == [("pick_up", "main-1", "102")]
    await here.crm.lines.update_extension(here.ada, "101", {"pickup_group": None})
    assert (await here.crm.calls.board(here.petr)).pickable == {call_id}
