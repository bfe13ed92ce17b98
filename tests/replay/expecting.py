"""Whether records say what those who took part in a scenario know."""

from collections.abc import Sequence
from typing import Any

from pbx_bridge.calls.events import Party
from pbx_bridge.calls.record import CallRecord, identity

SECOND = 1_000_000


def assert_as_expected(
    records: Sequence[CallRecord], calls: Sequence[dict[str, Any]], *, hears_ringing: bool
) -> None:
    """`calls` as in a scenario's `.expect.json`, in order of their beginning.

    `hears_ringing`: whether ringing and hold can be known, which CEL does not tell.
    """
    assert len(records) == len(calls), [record.call for record in records]
    for record, expected in zip(records, calls, strict=True):
        _assert_identity(record, expected)
        _assert_story(record, expected)
        if hears_ringing:
            _assert_heard(record, expected)


def _assert_identity(record: CallRecord, expected: dict[str, Any]) -> None:
    assert record.state == "ended"
    assert record.direction == expected["direction"]
    assert record.outcome == expected["outcome"]
    assert record.line == expected["line"] or _never_left_the_house(record)
    assert _same_number(record.number, expected["number"]) or _never_left_the_house(record)
    assert _same_number(record.dialled, expected["dialled"]) or _never_left_the_house(record)
    assert record.withheld == expected["withheld"]
    assert record.extension == expected["extension"]
    if expected["key"]:
        assert record.call.endswith(expected["key"])


def _never_left_the_house(record: CallRecord) -> bool:
    """The CRM alone knows the number of a call that it placed and its employee did not take."""
    return record.call.endswith("click-to-call-1") and record.end is not None and not record.spans


def _assert_story(record: CallRecord, expected: dict[str, Any]) -> None:
    answered_by = None if record.answered_by is None else _who(record.answered_by)
    assert _same_number(answered_by, expected["answered_by"])
    if expected["ended_by"]:
        assert record.ended_by == expected["ended_by"]
    assert record.end is not None
    assert record.end.assumed == expected["assumed"]
    came: dict[str, str] = {}
    for span in record.parties:
        came.setdefault(_digits(_who(span.party)), str(span.how))
    assert came == {_digits(party["who"]): party["how"] for party in expected["parties"]}
    assert [
        (str(move.kind), _who(move.by), _digits(_who(move.to)), move.returned)
        for move in record.transfers
    ] == [(t["kind"], t["by"], _digits(t["to"]), t["returned"]) for t in expected["transfers"]]
    pickups = [(_who(p.by), _who(p.of)) for p in record.pickups.values()]
    assert len(pickups) == len(expected["pickups"])
    for (by_, of), wanted in zip(pickups, expected["pickups"], strict=True):
        assert by_ == wanted["by"]
        assert of == wanted.get("of", of)
    assert {_who(it.to) for it in record.consults.values()} >= set(expected.get("consulted", ()))
    paused = [paused for marks in record.pauses.values() for _, paused in marks if paused]
    assert len(paused) == expected.get("pauses", 0)
    stopped = [stopped for marks in record.stops.values() for _, stopped in marks if stopped]
    assert len(stopped) == expected.get("stops", 0)
    if expected["recorded"]:
        assert record.recordings
        assert all(record.recording.values()) or expected["assumed"]


def _assert_heard(record: CallRecord, expected: dict[str, Any]) -> None:
    rang = {_who(ring.party) for ring in record.rings.values() if ring.party.extension}
    assert rang == set(expected["rang"])
    assert {hold.by.extension for hold in record.holds.values()} >= set(expected["held_by"])
    assert record.waited is not None
    assert record.talked is not None
    if not expected["assumed"]:
        assert abs(record.waited / SECOND - expected["wait_seconds"]) < 1
        assert abs(record.talked / SECOND - expected["talk_seconds"]) < 1


def _who(party: Party | None) -> str:
    return "" if party is None else identity(party)


def _digits(who: str) -> str:
    """The last nine digits: a number may be written with the country's prefix or without."""
    return who[-9:]


def _same_number(ours: str | None, theirs: str | None) -> bool:
    return (ours or "")[-9:] == (theirs or "")[-9:]
