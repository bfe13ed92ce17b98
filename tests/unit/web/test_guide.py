"""What of the guide counts as done."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crm.telephony.views import CallView, StoryItem
from web import guide

MINE = ("101",)


def lived(
    *events: tuple[str, dict[str, Any]],
    direction: str = "inbound",
    extension: str | None = None,
    parties: Iterable[str] = ("101",),
) -> guide.Lived:
    """`events`: type and body."""
    people = [SimpleNamespace(person=SimpleNamespace(extension=it)) for it in parties]
    call = SimpleNamespace(direction=direction, extension=extension, parties=people)
    story = [SimpleNamespace(type=type_, body=body) for type_, body in events]
    return guide.Lived(cast(CallView, call), cast(list[StoryItem], story))


def done(*calls: guide.Lived, browser: bool = False, acts: Iterable[str] = ()) -> set[str]:
    return set(guide.done(calls, MINE, browser=browser, acts=tuple(acts)))


def by(extension: str) -> dict[str, Any]:
    return {side: {"extension": extension} for side in ("by", "party", "to")}


@pytest.mark.parametrize(
    ("type_", "step"),
    [
        ("call.ringing", guide.RING),
        ("call.answered", guide.ANSWER),
        ("call.held", guide.HOLD),
        ("call.transferred", guide.TRANSFER),
        ("call.picked_up", guide.PICKUP),
        ("call.recording_paused", guide.PAUSE),
    ],
)
def test_what_i_did_counts_and_what_a_colleague_did_does_not(type_: str, step: str) -> None:
    assert done(lived((type_, by("101")))) == {step}
    assert done(lived((type_, by("102")), parties=("102",))) == set()


def test_a_conference_is_with_me_in_it() -> None:
    joined = ("call.party_joined", {"how": "conference", "party": {"extension": "103"}})
    transferred = ("call.party_joined", {"how": "transfer", "party": {"extension": "103"}})
    assert done(lived(joined)) == {guide.CONFERENCE}
    assert done(lived(joined, parties=("102", "103"))) == set()
    assert done(lived(transferred)) == set()


def test_calling_out_is_getting_through() -> None:
    answered = ("call.answered", {"party": {"number": "+420777000001"}})
    assert done(lived(answered, direction="outbound", extension="101")) == {guide.OUTSIDE}
    assert done(lived(answered, direction="outbound", extension="102")) == set()
    assert done(lived(direction="outbound", extension="101")) == set()


def test_the_browser_is_chosen_while_it_is_registered_and_listening_is_in_the_audit() -> None:
    assert done(browser=True, acts=["listened_in", "created"]) == {guide.BROWSER, guide.LISTEN}
    assert done(acts=["created"]) == set()
