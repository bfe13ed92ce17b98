"""What people do with a call that goes on, and whose it is in the end."""

import pytest

from crm.errors import Conflict, Forbidden, Invalid, PhoneUnavailable
from crm.telephony.gaps import gaps_of
from crm.telephony.steering import ConsultStep
from pbx_bridge.calls import events as told
from pbx_bridge.calls.events import Joined, Outcome, Party, TransferKind
from pbx_bridge.calls.story import project
from tests.unit.crm.telephony.company import CLIENT, Story
from tests.unit.crm.world import World

EVA, PETR, JANA = (Party(extension=it) for it in ("101", "102", "105"))
CHANNEL = "main-1.1"


async def talking(here: World) -> int:
    """Petr (102) speaks with a client."""
    events = Story("main-1").answered_inbound()
    kinds = ("call.ended", "call.recording_finished")
    return await here.happens(*(e for e in events if e.type not in kinds))


def moved(story: Story, seconds: float) -> told.CallTransferred:
    return told.CallTransferred(
        **story._head(seconds, "transferred:102"), kind=TransferKind.BLIND, by=PETR, to=EVA
    )


def left(story: Story, party: Party, seconds: float) -> told.PartyLeft:
    key = f"left:{party.extension or party.number}"
    return told.PartyLeft(**story._head(seconds, key), party=party)


def paused(story: Story, seconds: float) -> told.RecordingPaused:
    return told.RecordingPaused(**story._head(seconds, f"paused:{seconds}"), channel=CHANNEL)


def unpaused(story: Story, seconds: float) -> told.RecordingResumed:
    return told.RecordingResumed(**story._head(seconds, f"unpaused:{seconds}"), channel=CHANNEL)


def stopped(story: Story, seconds: float) -> told.RecordingStopped:
    return told.RecordingStopped(**story._head(seconds, f"stopped:{seconds}"), channel=CHANNEL)


def again(story: Story, seconds: float) -> told.RecordingBegunAgain:
    return told.RecordingBegunAgain(**story._head(seconds, f"again:{seconds}"), channel=CHANNEL)


# ---- who may do what


async def test_only_those_in_the_call_and_those_above_steer_it(here: World) -> None:
    call_id = await talking(here)
    steering = here.crm.steering
    for someone in (here.eva, here.jana):
        for act in (
            steering.hold(someone, call_id),
            steering.consult(someone, call_id, "105"),
            steering.go_on(someone, call_id, "complete"),
            steering.invite(someone, call_id, "105"),
            steering.drop(someone, call_id, "102"),
            steering.mute(someone, call_id, "102", muted=True),
            steering.leave(someone, call_id),
            steering.record(someone, call_id, "pause"),
        ):
            with pytest.raises(Forbidden):
                await act
    assert here.telephony.asked == []
    await steering.hold(here.sara, call_id)
    await steering.hold(here.petr, call_id)
    assert here.telephony.asked == [("hold", "main-1", "102")] * 2


async def test_who_had_the_call_until_somebody_was_faster_is_told_so(here: World) -> None:
    """Petr and Sara above him; Eva never had to do with it."""
    call_id = await talking(here)
    story, jana = Story("main-1"), Party(extension="105")
    await here.happens(
        told.CallTransferred(
            **story._head(10, "transferred:102"), kind=TransferKind.BLIND, by=PETR, to=jana
        ),
        left(story, PETR, 10),
        story.joins(jana, 14, Joined.TRANSFER),
    )
    steering = here.crm.steering
    for someone in (here.petr, here.sara):
        with pytest.raises(Conflict, match="not with you any more"):
            await steering.transfer(someone, call_id, "105")
    with pytest.raises(Forbidden):
        await steering.transfer(here.eva, call_id, "105")
    assert here.telephony.asked == []
    await steering.hold(here.jana, call_id)


async def test_a_recording_is_started_unless_line_or_employee_is_never_recorded(
    here: World,
) -> None:
    call_id = await talking(here)
    for mode in ("ask", "on"):
        await here.crm.lines.update_extension(here.ada, "102", {"record": mode})
        await here.crm.steering.record(here.petr, call_id, "start")
    await here.crm.lines.update_extension(here.ada, "102", {"record": "off"})
    for begins in ("start", "resume"):  # it was paused at somebody who is recorded
        with pytest.raises(Conflict, match="never recorded"):
            await here.crm.steering.record(here.petr, call_id, begins)

    await here.crm.lines.update_extension(here.ada, "102", {"record": "on"})
    await here.crm.lines.save_line(here.ada, {"record": "off"}, "line1")
    with pytest.raises(Conflict, match="never recorded"):
        await here.crm.steering.record(here.petr, call_id, "start")
    assert here.telephony.asked == [("start_recording", "main-1")] * 2


async def test_before_the_answer_there_is_nothing_to_hold(here: World) -> None:
    story = Story("main-1")
    call_id = await here.happens(story.inbound(), story.rings(PETR, 1))
    with pytest.raises(Conflict, match="not answered"):
        await here.crm.steering.hold(here.petr, call_id)


async def test_the_client_cannot_be_transferred_to_himself(here: World) -> None:
    call_id = await talking(here)
    for to in ("102", "+420 777 123 456", ""):
        with pytest.raises(Invalid):
            await here.crm.steering.transfer(here.petr, call_id, to)
    assert here.telephony.asked == []


async def test_what_the_pbx_refuses_is_said(here: World) -> None:
    call_id = await talking(here)
    here.telephony.refuses = "105 cannot be reached"
    with pytest.raises(PhoneUnavailable, match="105 cannot be reached"):
        await here.crm.steering.consult(here.petr, call_id, "105")
    assert here.crm.steering.consulting(here.petr, call_id) is None


@pytest.mark.parametrize("step", ["complete", "cancel", "join", "swap"])
async def test_who_was_asked_is_not_asked_when_that_has_come_to_an_end(
    here: World, step: ConsultStep
) -> None:
    call_id, steering = await talking(here), here.crm.steering
    await steering.consult(here.petr, call_id, "105")
    assert steering.consulting(here.petr, call_id) == "105"
    await steering.go_on(here.petr, call_id, step)
    assert steering.consulting(here.petr, call_id) == ("105" if step == "swap" else None)


async def test_who_is_called_into_the_talk_is_not_asked(here: World) -> None:
    call_id, story, steering = await talking(here), Story("main-1"), here.crm.steering
    await steering.consult(here.petr, call_id, "105")
    await here.happens(told.ConsultStarted(**story._head(9, "consult:a:b"), by=PETR, to=JANA))
    assert steering.consulting(here.petr, call_id) is None
    await steering.consult(here.petr, call_id, "105")
    await steering.invite(here.petr, call_id, "101")
    assert steering.consulting(here.petr, call_id) is None


async def test_who_is_muted_is_known(here: World) -> None:
    call_id = await talking(here)
    steering = here.crm.steering
    await steering.mute(here.petr, call_id, "102", muted=True)
    assert steering.muted(call_id) == {"102"}
    assert here.types()[-1] == "call.muted"
    await steering.mute(here.petr, call_id, "102", muted=False)
    assert steering.muted(call_id) == frozenset()


async def test_several_are_sent_out_by_the_default_line_untold(here: World) -> None:
    call_id, story, steering = await talking(here), Story("main-1"), here.crm.steering
    await steering.transfer(here.petr, call_id, "608 111 222")
    await here.happens(story.joins(EVA, 10, Joined.CONFERENCE))
    for line in (None, "line2"):
        await steering.transfer(here.petr, call_id, "608 111 222", line=line)
    assert here.telephony.lines == ["line1", None, "line2"]


async def test_who_comes_again_is_heard_again(here: World) -> None:
    call_id, story, steering = await talking(here), Story("main-1"), here.crm.steering
    for who in ("102", "+420777123456"):
        await steering.mute(here.petr, call_id, who, muted=True)
    await here.happens(story.rings(EVA, 9), story.joins(EVA, 10, Joined.CONFERENCE))
    await steering.mute(here.petr, call_id, "101", muted=True)
    await here.happens(left(story, EVA, 12))
    assert steering.muted(call_id) == {"102", "+420777123456"}
    await here.happens(left(story, CLIENT, 13))
    assert steering.muted(call_id) == {"102"}
    await here.happens(story.ends(30, Outcome.ANSWERED))
    assert steering.muted(call_id) == frozenset()


async def test_whom_somebody_asks_is_known_to_him_alone_and_until_it_does_not_ring(
    here: World,
) -> None:
    call_id, story, steering = await talking(here), Story("main-1"), here.crm.steering
    await steering.consult(here.petr, call_id, "105")
    await here.happens(story.rings(JANA, 9))
    assert steering.consulting(here.petr, call_id) == "105"
    assert steering.consulting(here.sara, call_id) is None
    await here.happens(story.stops(JANA, 12, "rejected"))
    assert steering.consulting(here.petr, call_id) is None


async def test_who_was_muted_before_a_restart_is_known(here: World) -> None:
    """The PBX has kept it, with numbers as the network wrote them."""
    call_id = await talking(here)
    await here.crm.steering.recall_muted("main-1", ["102", "777123456"])
    assert here.crm.steering.muted(call_id) == {"102", "+420777123456"}
    await here.crm.steering.recall_muted("main-9", ["102"])  # is over by now


async def test_who_waits_meanwhile_is_known(here: World) -> None:
    call_id = await talking(here)
    steering = here.crm.steering
    call = await here.crm.calls.get_call(here.petr, call_id)
    for client in (True, False):
        await steering.go_on(here.petr, call_id, "swap")
        await steering.turned(call.key)
        assert here.types()[-1] == "call.consult_swapped"
        assert steering.is_back_meanwhile(call, "102") is client


# ---- what the call then is


async def test_a_live_call_tells_who_is_consulted_and_that_it_is_recorded(here: World) -> None:
    call_id = await talking(here)
    story = Story("main-1")
    consult = told.ConsultStarted(**story._head(9, "consult:a:b"), by=PETR, to=EVA)
    await here.happens(consult, paused(story, 10))
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert [(it.by.extension, it.to.name) for it in call.consults] == [("102", here.eva.name)]
    assert call.recording == "paused"
    over = told.ConsultEnded(**story._head(12, "consulted:a:b"), by=PETR, to=EVA)
    await here.happens(over, unpaused(story, 12))
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert (call.consults, call.recording) == ((), "on")


async def test_a_call_belongs_to_who_had_the_client_last(here: World) -> None:
    call_id = await talking(here)
    story = Story("main-1")
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert call.owner is not None
    assert call.owner.user_id == here.petr.id
    await here.happens(
        moved(story, 10), left(story, PETR, 10), story.joins(EVA, 14, Joined.TRANSFER)
    )
    await here.happens(story.ends(30, Outcome.ANSWERED))
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert call.owner is not None
    assert call.answered_by is not None
    assert (call.owner.user_id, call.answered_by.user_id) == (here.eva.id, here.petr.id)
    (lead,) = [item.card for item in call.cards]
    card = await here.crm.clients.get_card(here.eva, lead.type, lead.id)
    assert card.responsible is not None
    assert card.responsible.id == here.eva.id


async def test_the_company_may_have_it_belong_to_who_answered(here: World) -> None:
    with pytest.raises(Forbidden):
        await here.crm.ownership.choose(here.sara, "first")
    await here.crm.ownership.choose(here.ada, "first")
    call_id = await talking(here)
    story = Story("main-1")
    await here.happens(
        moved(story, 10), left(story, PETR, 10), story.joins(EVA, 14, Joined.TRANSFER)
    )
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert call.owner is not None
    assert call.owner.user_id == here.petr.id
    await here.crm.ownership.choose(here.ada, "last")
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert call.owner is not None
    assert call.owner.user_id == here.eva.id


async def test_where_a_recording_was_paused_is_kept_with_it(here: World) -> None:
    call_id = await talking(here)
    story = Story("main-1")
    await here.happens(paused(story, 10), unpaused(story, 15), paused(story, 20))
    await here.happens(story.ends(30, Outcome.ANSWERED))
    call = await here.crm.calls.get_call(here.petr, call_id)
    assert [it.gaps for it in call.recordings] == [((6.0, 11.0), (16.0, 26.0))]


async def test_a_recording_that_was_ended_and_begun_again_is_one_with_a_gap(here: World) -> None:
    call_id = await talking(here)
    story = Story("main-1")
    states = []
    for event in (
        paused(story, 10),
        stopped(story, 12),
        again(story, 15),
        paused(story, 16),
        unpaused(story, 17),
        stopped(story, 20),
    ):
        await here.happens(event)
        states.append((await here.crm.calls.get_call(here.petr, call_id)).recording)
    assert states == ["paused", "off", "on", "paused", "on", "off"]
    await here.happens(story.ends(30, Outcome.ANSWERED))
    call = await here.crm.calls.get_call(here.petr, call_id)
    (recording,) = call.recordings
    assert recording.gaps == ((6.0, 11.0), (12.0, 13.0), (16.0, 26.0))


def test_a_transfer_that_rings_is_recorded_too() -> None:
    story = Story("main-1")
    record = project(
        [
            story.inbound(),
            story.joins(CLIENT, 0, Joined.CALLED),
            story.joins(PETR, 0, Joined.ANSWERED),
            story.answers(PETR, 0),
            *story.records(CHANNEL, 0)[:1],
            moved(story, 10),
            story.joins(EVA, 16, Joined.TRANSFER),
            paused(story, 20),
            unpaused(story, 25),
        ]
    )
    assert gaps_of(record, CHANNEL) == [[20.0, 25.0]]


def test_a_recording_that_was_begun_late_counts_from_there() -> None:
    story = Story("main-1")
    record = project(
        [
            story.inbound(),
            story.answers(PETR, 0),
            *story.records(CHANNEL, 30)[:1],
            paused(story, 40),
            paused(story, 41),
            unpaused(story, 45),
            unpaused(story, 46),
        ]
    )
    assert gaps_of(record, CHANNEL) == [[10.0, 15.0]]
