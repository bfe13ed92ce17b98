"""What one batch of call events did, gathered for telling after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crm.telephony.projection import CallRows
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.record import CallRecord


@dataclass(frozen=True, slots=True)
class Told:
    """A call after the batch, and the batch's events of it."""

    record: CallRecord
    rows: CallRows
    events: Sequence[CallEvent]


@dataclass(slots=True)
class Results:
    """By ids of rows. `leads` were made now; `missed` and `cleared` are calls."""

    events: dict[int, Told] = field(default_factory=dict)
    leads: list[int] = field(default_factory=list)
    changed_leads: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    merged_calls: dict[int, int] = field(default_factory=dict)  # the other -> what it is part of
