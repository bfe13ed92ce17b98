"""The record of a call, whatever the order in which its events come."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.calls import events as e
from pbx_bridge.calls.event_json import from_json, to_json
from pbx_bridge.calls.record import CallRecord
from pbx_bridge.calls.story import apply, from_state, project, to_state

CLIENT = e.Party(number="777123456", line="line1", name="Jan")
EVA, PETR = e.Party(extension="101"), e.Party(extension="103")
SECOND = 1_000_000
CALL = "main-1"


def _events() -> list[e.CallEvent]:
    """Eva answers, holds, hands the client to Petr, who does not take it; Eva has it again."""
    return [
        e.CallStarted(
            call=CALL,
            at=0 * SECOND,
            key="started",
            direction=e.Direction.INBOUND,
            number="777123456",
            name="Jan",
            line="line1",
            dialled="222",
            extension=None,
        ),
        e.RecordingStarted(call=CALL, at=0, key="recording:1", channel="1"),
        e.CallRinging(call=CALL, at=1 * SECOND, key="ringing:2", party=EVA),
        e.RingingStopped(call=CALL, at=4 * SECOND, key="stopped:2", party=EVA, reason="answered"),
        _joined(4, "1:line1", CLIENT, e.Joined.CALLED),
        _joined(4, "2:101", EVA, e.Joined.ANSWERED),
        e.CallAnswered(call=CALL, at=4 * SECOND, key="answered", party=EVA),
        e.CallHeld(call=CALL, at=5 * SECOND, key="held:2:5", by=EVA),
        e.CallResumed(call=CALL, at=7 * SECOND, key="resumed:2:7", by=EVA),
        _transferred(8, "transferred:2"),
        e.PartyLeft(call=CALL, at=8 * SECOND, key="left:2:101", party=EVA),
        _transferred(12, "returned:2", returned=True),
        _joined(12, "4:101", EVA, e.Joined.TRANSFER),
        e.CallPickedUp(call=CALL, at=12 * SECOND, key="picked_up:4", by=EVA, of=None),
        e.CallMerged(call=CALL, at=13 * SECOND, key="merged:9", other="main-9"),
        e.RecordingFinished(call=CALL, at=20 * SECOND, key="recorded:1", channel="1"),
        e.PartyLeft(call=CALL, at=20 * SECOND, key="left:4:101", party=EVA),
        e.CallEnded(
            call=CALL,
            at=20 * SECOND,
            key="ended",
            outcome=e.Outcome.ANSWERED,
            ended_by=e.Side.CLIENT,
            cause=16,
        ),
        e.BrowserLost(call=CALL, at=8 * SECOND, key="browser_lost:2", by=EVA),
    ]


def _joined(at: int, span: str, party: e.Party, how: e.Joined) -> e.CallEvent:
    return e.PartyJoined(call=CALL, at=at * SECOND, key=f"joined:{span}", party=party, how=how)


def _transferred(at: int, key: str, *, returned: bool = False) -> e.CallEvent:
    return e.CallTransferred(
        call=CALL,
        at=at * SECOND,
        key=key,
        kind=e.TransferKind.BLIND,
        by=EVA,
        to=PETR,
        returned=returned,
    )


def test_told_in_order() -> None:
    record = project(_events())
    assert (record.direction, record.number, record.line, record.name) == (
        e.Direction.INBOUND,
        "777123456",
        "line1",
        "Jan",
    )
    assert record.state == "ended"
    assert record.outcome is e.Outcome.ANSWERED
    assert record.ended_by is e.Side.CLIENT
    assert record.answered_by == EVA
    assert (record.waited, record.talked) == (4 * SECOND, 16 * SECOND)
    assert [(s.party, s.how, s.joined_at, s.left_at) for s in record.parties] == [
        (CLIENT, e.Joined.CALLED, 4 * SECOND, 20 * SECOND),
        (EVA, e.Joined.ANSWERED, 4 * SECOND, 8 * SECOND),
        (EVA, e.Joined.TRANSFER, 12 * SECOND, 20 * SECOND),
    ]
    (transfer,) = record.transfers
    assert (transfer.at, transfer.returned) == (8 * SECOND, True)
    assert record.recordings == ("1",)
    assert record.merged == ("main-9",)


@given(st.permutations(_events()), st.lists(st.integers(0, 17), max_size=6))
def test_order_and_repetition_change_nothing(order: list[e.CallEvent], again: list[int]) -> None:
    assert project(order + [order[index] for index in again]) == project(_events())


@given(st.integers(0, len(_events())))
def test_resumed_from_stored_state(position: int) -> None:
    events = _events()
    record = CallRecord(call=CALL)
    for event in events[:position]:
        record = apply(record, event)
    record = from_state(json.loads(json.dumps(to_state(record))))
    for event in events[position:]:
        record = apply(record, event)
    assert record == project(events)


@pytest.mark.parametrize(
    ("told", "state", "ringing", "present"),
    [
        (1, "ringing", [], []),
        (3, "ringing", [EVA], []),
        (7, "talking", [], [CLIENT, EVA]),
        (8, "held", [], [CLIENT, EVA]),
        (9, "talking", [], [CLIENT, EVA]),
        (11, "talking", [], [CLIENT]),
        (18, "ended", [], []),
    ],
)
def test_state_on_the_way(
    told: int, state: str, ringing: list[e.Party], present: list[e.Party]
) -> None:
    record = project(_events()[:told])
    assert record.state == state
    assert list(record.ringing) == ringing
    assert list(record.present) == present


def test_hold_ends_when_its_party_is_gone() -> None:
    held = _events()[:8]
    left = e.PartyLeft(call=CALL, at=6 * SECOND, key="left:2:101", party=EVA)
    assert project(held).held_by == (EVA,)
    assert project([*held, left]).state == "talking"


@pytest.mark.parametrize("late_first", [True, False])
def test_truth_replaces_what_was_assumed(late_first: bool) -> None:
    events = _events()
    assumed = e.CallEnded(
        call=CALL,
        at=90 * SECOND,
        key="assumed_end",
        outcome=e.Outcome.MISSED,
        ended_by=None,
        assumed=True,
    )
    told = [*events, assumed] if late_first else [assumed, *events]
    assert project(told) == project(events)
    before_answer = project([*events[:4], assumed])
    assert before_answer.outcome is e.Outcome.MISSED
    assert apply(before_answer, events[6]).outcome is e.Outcome.ANSWERED


def test_identified_later_wins_whichever_is_heard_first() -> None:
    first = _events()[0]
    assert isinstance(first, e.CallStarted)
    started = replace(first, direction=e.Direction.OUTBOUND, number=None, line=None)
    known = e.CallIdentified(
        call=CALL, at=2, key="identified:2", number="+420777", line="line2", dialled="777"
    )
    for told in ([started, known], [known, started]):
        record = project(told)
        assert (record.number, record.line, record.dialled) == ("+420777", "line2", "777")
        assert record.direction is e.Direction.OUTBOUND


def test_no_events_are_no_call() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        project([])


def test_events_survive_the_journal() -> None:
    for event in _events():
        body = json.loads(json.dumps(to_json(event)))
        body["from a later version"] = 1
        assert from_json(event.type, event.call, event.at, event.key, body) == event
