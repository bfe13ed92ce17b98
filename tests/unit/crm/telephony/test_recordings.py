from dataclasses import replace
from datetime import timedelta

import pytest

from crm.errors import Forbidden, NotFound
from crm.people.permissions import Actor
from crm.telephony.views import CallFilter
from pbx_bridge.calls import events as told
from recordings.ports import Condition, Source, StoredRecording
from tests.unit.crm.telephony.company import Story
from tests.unit.crm.world import World


def stored(channel: str = "main-1.1", call: str = "main-1", part: int = 1) -> StoredRecording:
    return StoredRecording(
        channel=channel,
        part=part,
        call=call,
        path=f"2026/03/{channel}-{part}.opus",
        seconds=26.5,
        size=100_000,
        sha256="ab" * 32,
        peaks=bytes(range(200)),
        source=Source("cd" * 32, None),
        condition=Condition.DAMAGED,
        problems=("company_missing",),
    )


async def recorded(here: World) -> int:
    """Petr's call with its stored recording: the id of the recording."""
    call_id = await here.happens(*Story("main-1").answered_inbound())
    await here.crm.catalogue.attach(stored())
    (recording,) = (await here.crm.calls.get_call(here.ada, call_id)).recordings
    return recording.id


async def test_a_recorded_channel_knows_its_call_while_it_goes_on(here: World) -> None:
    events = Story("main-1").answered_inbound()
    assert await here.crm.catalogue.owner("main-1.1") is None
    await here.happens(*(e for e in events if e.type != "call.ended"))
    owner = await here.crm.catalogue.owner("main-1.1")
    assert owner is not None
    assert (owner.call, owner.ended) == ("main-1", False)
    await here.happens(events[-1])
    owner = await here.crm.catalogue.owner("main-1.1")
    assert owner is not None
    assert owner.ended


async def test_what_was_recorded_before_anybody_spoke_is_no_part_of_it(here: World) -> None:
    story = Story("main-1")
    events = story.answered_inbound()
    early = [e for e in events if isinstance(e, told.RecordingStarted)]
    answered = [e for e in events if e.type in ("call.answered", "call.party_joined")]
    end = [e for e in events if e.type in ("call.recording_finished", "call.ended")]
    rings = [e for e in events if e not in (*early, *answered, *end)]
    begun = [replace(e, early=True, at=e.at - 2_500_000) for e in early]
    await here.happens(*rings, *begun)
    owner = await here.crm.catalogue.owner("main-1.1")
    assert owner is not None
    assert owner.before > 1_000_000  # nobody has spoken with the client
    await here.happens(*answered, *end)
    owner = await here.crm.catalogue.owner("main-1.1")
    assert owner is not None
    assert (owner.before, owner.talked) == (2.5, 5.0)


async def test_a_call_of_which_nothing_is_kept_is_no_recorded_one(here: World) -> None:
    await here.happens(*Story("main-1").answered_inbound())
    await here.crm.catalogue.attach(replace(stored(), path=None, condition=Condition.EMPTY))
    calls = await here.crm.calls.list_calls(here.ada, CallFilter(recorded=True))
    assert calls.items == ()


async def test_attached_once_and_told_once(here: World) -> None:
    await recorded(here)
    await here.crm.catalogue.attach(stored())
    assert list(await here.crm.catalogue.attached("main-1.1")) == [stored()]
    assert here.types().count("recording.stored") == 1
    event = next(e for e in here.published if e.type == "recording.stored")
    assert event.data["recording"]["seconds"] == 26.5
    assert event.data["call"]["id"] == 1


async def test_a_second_part_of_the_same_channel_stands_beside_the_first(here: World) -> None:
    await recorded(here)
    await here.crm.catalogue.attach(stored(part=2))
    assert [r.part for r in await here.crm.catalogue.attached("main-1.1")] == [1, 2]


async def test_a_recording_without_a_call_waits(here: World) -> None:
    with pytest.raises(NotFound):
        await here.crm.catalogue.attach(stored(call="main-unknown"))
    assert await here.crm.catalogue.attached("main-1.1") == []


async def test_a_merged_calls_recording_goes_to_the_call_that_it_was_part_of(here: World) -> None:
    await here.happens(*Story("main-2").missed_inbound("777000002"))
    one = Story("main-1")
    call_id = await here.happens(*one.answered_inbound(), one.merges("main-2", 20))
    await here.crm.catalogue.attach(stored(channel="main-2.1", call="main-2"))
    call = await here.crm.calls.get_call(here.ada, call_id)
    assert "stored" in {recording.state for recording in call.recordings}
    owner = await here.crm.catalogue.owner("main-2.1")
    assert owner is not None
    assert owner.call == "main-1"


@pytest.mark.parametrize(
    ("login", "may"),
    [("petr", True), ("eva", False), ("jana", False), ("sara", True), ("ada", True)],
)
async def test_who_spoke_may_hear_it_and_those_above(here: World, login: str, may: bool) -> None:
    recording_id = await recorded(here)
    listener: Actor = here.actors[login]
    if not may:
        with pytest.raises(Forbidden):
            await here.crm.recordings.open(listener, recording_id)
        return
    audible = await here.crm.recordings.open(listener, recording_id)
    assert audible.path == "2026/03/main-1.1-1.opus"
    call = await here.crm.calls.get_call(listener, audible.call_id)
    assert call.recordings[0].peaks == bytes(range(200))


async def test_eva_whose_phone_only_rang_sees_the_call_and_hears_nothing(here: World) -> None:
    await recorded(here)
    (call,) = (await here.crm.calls.list_calls(here.eva)).items
    assert [(r.audible, r.peaks) for r in call.recordings] == [(False, b"")]


async def test_who_heard_it_is_written_down_once_a_sitting(here: World) -> None:
    recording_id = await recorded(here)
    for _ in range(3):
        await here.crm.recordings.note_listening(here.petr, recording_id)
    here.clock.now += timedelta(minutes=11)
    await here.crm.recordings.note_listening(here.petr, recording_id)
    heard = await here.crm.recordings.listenings(here.ada, recording_id)
    assert [entry.user for entry in heard] == ["Petr Novák", "Petr Novák"]
    with pytest.raises(Forbidden):
        await here.crm.recordings.listenings(here.petr, recording_id)


async def test_a_recording_whose_time_is_over_is_forgotten_for_good(here: World) -> None:
    recording_id = await recorded(here)
    now = here.clock.now
    assert await here.crm.catalogue.expired(now - timedelta(days=1), 10) == []
    (old,) = await here.crm.catalogue.expired(now + timedelta(days=1), 10)
    assert (old.recording, old.path) == (recording_id, "2026/03/main-1.1-1.opus")
    await here.crm.catalogue.forget(recording_id, "older than 90 days")
    assert await here.crm.catalogue.expired(now + timedelta(days=1), 10) == []
    with pytest.raises(NotFound):
        await here.crm.recordings.open(here.ada, recording_id)
    # What is left of it in the spool must not bring it back.
    await here.crm.catalogue.attach(stored())
    (kept,) = await here.crm.catalogue.attached("main-1.1")
    assert kept.path is None
    (entry,) = await here.crm.people.audit_trail(here.ada, "recording", recording_id)
    assert entry.details == {"reason": "older than 90 days"}
