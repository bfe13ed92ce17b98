"""What of the guide counts as done."""

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crm.telephony.views import CallView, StoryItem
from web import guide

MINE = ("101",)


def minute(number: int) -> datetime:
    return datetime(2026, 3, 2, 9, number, tzinfo=UTC)


def lived(
    *events: tuple[str, dict[str, Any]],
    direction: str = "inbound",
    extension: str | None = None,
    parties: Iterable[str] = ("101",),
    begins: int = 0,
    ends: int | None = None,
) -> guide.Lived:
    """`events`: type and body, a minute apart; `begins` and `ends` are in minutes too."""
    people = [SimpleNamespace(person=SimpleNamespace(extension=it)) for it in parties]
    ended_at = None if ends is None else minute(ends)
    call = SimpleNamespace(
        direction=direction, extension=extension, parties=people, ended_at=ended_at
    )
    story = [
        SimpleNamespace(type=type_, body=body, at=minute(n))
        for n, (type_, body) in enumerate(events, begins)
    ]
    return guide.Lived(cast(CallView, call), cast(list[StoryItem], story))


def done(
    *calls: guide.Lived,
    browser: bool = False,
    acts: Iterable[str] = (),
    told: Iterable[str] = (),
) -> set[str]:
    return set(guide.done(calls, MINE, browser=browser, acts=tuple(acts), told=tuple(told)))


def by(extension: str) -> dict[str, Any]:
    return {side: {"extension": extension} for side in ("by", "party", "to")}


@pytest.mark.parametrize(
    ("type_", "step"),
    [
        ("call.ringing", guide.RING),
        ("call.answered", guide.ANSWER),
        ("call.held", guide.HOLD),
        ("call.transferred", guide.TRANSFER),
        ("call.consult_started", guide.CONSULT),
        ("call.picked_up", guide.PICKUP),
        ("call.recording_paused", guide.PAUSE),
    ],
)
def test_what_i_did_counts_and_what_a_colleague_did_does_not(type_: str, step: str) -> None:
    assert done(lived((type_, by("101")))) == {step}
    assert done(lived((type_, by("102")), parties=("102",))) == set()


def test_the_phone_tells_what_only_it_knows_and_no_more() -> None:
    assert done(told=("mute", "digits", "echo")) == {guide.MUTE, guide.DIGITS, guide.ECHO}
    assert done(told=("transfer", "mute")) == {guide.MUTE}


def test_a_conference_is_with_me_in_it() -> None:
    joined = ("call.party_joined", {"how": "conference", "party": {"extension": "103"}})
    transferred = ("call.party_joined", {"how": "transfer", "party": {"extension": "103"}})
    assert done(lived(joined)) == {guide.CONFERENCE}
    assert done(lived(joined, parties=("102", "103"))) == set()
    assert done(lived(transferred)) == set()


def test_a_conference_is_left_to_others_who_talk_on() -> None:
    joined = ("call.party_joined", {"how": "conference", "party": {"extension": "103"}})
    left = ("call.party_left", by("101"))
    theirs = ("call.party_left", by("103"))
    assert guide.LEAVE in done(lived(joined, left))
    assert guide.LEAVE in done(lived(joined, left, ends=5))
    assert guide.LEAVE not in done(lived(joined, left, ends=1))
    assert guide.LEAVE not in done(lived(joined, theirs))
    assert guide.LEAVE not in done(lived(left, ends=5))


def test_two_clients_at_once_are_two_calls_that_overlap() -> None:
    answered = ("call.answered", by("101"))
    theirs = ("call.answered", by("102"))
    first = lived(answered, ends=10)
    assert guide.SECOND in done(first, lived(answered, begins=5))
    assert guide.SECOND not in done(first, lived(answered, begins=11))
    assert guide.SECOND not in done(first, lived(theirs, begins=5))
    assert guide.SECOND not in done(first)


def test_calling_out_is_getting_through() -> None:
    answered = ("call.answered", {"party": {"number": "+420777000001"}})
    assert done(lived(answered, direction="outbound", extension="101")) == {guide.OUTSIDE}
    assert done(lived(answered, direction="outbound", extension="102")) == set()
    assert done(lived(direction="outbound", extension="101")) == set()


def test_calling_from_the_mobile_is_getting_through_from_it() -> None:
    started = ("call.started", {"mobile": True})
    answered = ("call.answered", {"party": {"number": "+420777000001"}})
    through = {"direction": "outbound", "extension": "101"}
    assert guide.MOBILE in done(lived(started, answered, **through))  # type: ignore[arg-type]
    assert done(lived(started, **through)) == set()  # type: ignore[arg-type]


def test_the_browser_is_chosen_while_it_is_registered_and_listening_is_in_the_audit() -> None:
    assert done(browser=True, acts=["listened_in", "created"]) == {guide.BROWSER, guide.LISTEN}
    assert done(acts=["created"]) == set()
