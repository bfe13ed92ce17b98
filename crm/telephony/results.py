"""What one batch of call events did, gathered for telling after the commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pbx_bridge.calls.events import CallEvent


@dataclass(slots=True)
class Results:
    """Ids only: what is published is read once, at the end of the transaction."""

    events: dict[int, list[CallEvent]] = field(default_factory=dict)  # by call id
    leads: list[int] = field(default_factory=list)  # made now
    changed_leads: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)  # ids of calls, raised now
    cleared: list[int] = field(default_factory=list)
    merged_calls: dict[int, int] = field(default_factory=dict)

    def told(self, call_id: int, events: Iterable[CallEvent]) -> None:
        self.events.setdefault(call_id, []).extend(events)

    def merged(self, other: int, into: int) -> None:
        self.merged_calls[other] = into
