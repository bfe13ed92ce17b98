"""What the model PBX knows to be true of a call that it played."""

from dataclasses import dataclass, field
from typing import Any

from pbx_bridge.calls.events import Party
from pbx_bridge.calls.record import CallRecord, identity


@dataclass(eq=False)
class Truth:
    root: str
    direction: str
    number: str | None = None
    line: str | None = None
    dialled: str | None = None
    extension: str | None = None
    withheld: bool = False
    answered_by: str | None = None
    outcome: str | None = None
    ended_by: str | None = None
    assumed: bool = False
    parties: list[tuple[str, str]] = field(default_factory=list)
    transfers: list[tuple[str, str, str, bool]] = field(default_factory=list)
    pickups: list[tuple[str, str]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    pauses: int = 0
    stops: int = 0

    def essence(self) -> dict[str, Any]:
        known = dict(vars(self))
        known["root"] = f"main-{self.root}"
        known["merged"] = sorted(f"main-{root}" for root in self.merged)
        known["parties"] = sorted(self.parties)
        return known


def essence(record: CallRecord) -> dict[str, Any]:
    """The same of a record."""
    return {
        "root": record.call,
        "direction": record.direction,
        "number": record.number,
        "line": record.line,
        "dialled": record.dialled,
        "extension": record.extension,
        "withheld": record.withheld,
        "answered_by": _who(record.answered_by),
        "outcome": record.outcome,
        "ended_by": record.ended_by,
        "assumed": record.end is not None and record.end.assumed,
        "parties": sorted((identity(s.party), str(s.how)) for s in record.parties),
        "transfers": [(str(t.kind), _who(t.by), _who(t.to), t.returned) for t in record.transfers],
        "pickups": [(_who(p.by), _who(p.of)) for p in record.pickups.values()],
        "merged": list(record.merged),
        "pauses": sum(paused for marks in record.pauses.values() for _, paused in marks),
        "stops": sum(stopped for marks in record.stops.values() for _, stopped in marks),
    }


def _who(party: Party | None) -> str | None:
    return None if party is None else identity(party)
