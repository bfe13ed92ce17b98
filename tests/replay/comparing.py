"""What two records of one call must have in common, by whichever roads they were learnt."""

from typing import Any

from pbx_bridge.calls.events import Party
from pbx_bridge.calls.record import CallRecord, identity

# The roads date one occurrence some milliseconds apart.
CLOSE = 500_000


def essence(record: CallRecord) -> dict[str, Any]:
    """All that AMI and CEL both can tell, without the times."""
    return {
        "call": record.call,
        "direction": record.direction,
        "number": record.number,
        "name": record.name,
        "withheld": record.withheld,
        "line": record.line,
        "dialled": record.dialled,
        "extension": record.extension,
        "answered_by": record.answered_by,
        "outcome": record.outcome,
        "state": "ended" if record.end else "open",
        "ended_by": record.ended_by,
        "parties": sorted((identity(s.party), str(s.how), key) for key, s in record.spans.items()),
        "left": sorted(key for key, span in record.spans.items() if span.left_at is not None),
        # That a phone rings is told by AMI alone; that it stopped, by both.
        "rings": sorted((identity(r.party), r.reason) for r in record.rings.values() if r.reason),
        "transfers": sorted(
            (str(t.kind), _who(t.by), _who(t.to), t.returned) for t in record.transfers
        ),
        "pickups": sorted((_who(p.by), _who(p.of)) for p in record.pickups.values()),
        "recordings": record.recordings,
        "pauses": sorted((channel, marks) for channel, marks in record.pauses.items()),
        "stops": sorted((channel, marks) for channel, marks in record.stops.items()),
        "consults": sorted((key, _who(it.by), _who(it.to)) for key, it in record.consults.items()),
        "merged": record.merged,
    }


def times(record: CallRecord) -> list[int | None]:
    """The times that must agree to within CLOSE. An assumed end is a guess."""
    spans = [record.spans[key] for key in sorted(record.spans)]
    moves = [record.moves[key].at for key in sorted(record.moves)]
    known = [record.started_at, record.answered_at, *(span.joined_at for span in spans), *moves]
    if record.end is None or record.end.assumed:
        return known
    return [*known, record.end.at, *(span.left_at for span in spans)]


def assert_same(ours: dict[str, CallRecord], theirs: dict[str, CallRecord], what: str) -> None:
    assert {k: essence(r) for k, r in ours.items()} == {k: essence(r) for k, r in theirs.items()}, (
        what
    )
    for key, record in ours.items():
        pairs = zip(times(record), times(theirs[key]), strict=True)
        apart = [abs((one or 0) - (other or 0)) for one, other in pairs]
        assert max(apart) <= CLOSE, f"{what}: {key} {apart}"


def _who(party: Party | None) -> str:
    return "" if party is None else identity(party)
