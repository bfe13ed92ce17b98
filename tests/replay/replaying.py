"""Plays recorded logs to the call machine, by either road and by any mixture of both."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pbx_bridge.calls import from_ami, from_cel
from pbx_bridge.calls.board import SKEW
from pbx_bridge.calls.events import CallEvent
from pbx_bridge.calls.facts import ChannelSeen, Fact
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.machine import CallMachine
from pbx_bridge.calls.story import CallRecord, project

LOGS = Path(__file__).with_name("logs")
LAYOUT = Layout.of((str(number) for number in range(101, 111)), ("line1", "line2"))
PBX = "main"

# The bridge reads CEL until after its new AMI session began to listen: the roads overlap.
OVERLAP = 60_000


@dataclass(frozen=True)
class Log:
    name: str
    ami: tuple[Fact, ...]
    cel: tuple[Fact, ...]
    expected: tuple[dict[str, Any], ...]


def names() -> list[str]:
    return sorted(path.name.removesuffix(".expect.json") for path in LOGS.glob("*.expect.json"))


@cache
def load(name: str) -> Log:
    ami = [from_ami.facts(message) for message in _lines(LOGS / f"{name}.ami.jsonl")]
    cel = [from_cel.facts(row) for row in _lines(LOGS / f"{name}.cel.jsonl")]
    expected = json.loads((LOGS / f"{name}.expect.json").read_text(encoding="utf-8"))
    return Log(
        name,
        tuple(fact for facts in ami for fact in facts),
        tuple(fact for facts in cel for fact in facts),
        tuple(expected["calls"]),
    )


def messages(name: str) -> list[dict[str, str]]:
    """What AMI said, as it said it."""
    return _lines(LOGS / f"{name}.ami.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Journal:
    """Keeps the first event of each key, as the database does."""

    def __init__(self) -> None:
        self._calls: dict[str, dict[str, CallEvent]] = {}

    def append(self, events: Iterable[CallEvent]) -> None:
        for event in events:
            self._calls.setdefault(event.call, {}).setdefault(event.key, event)

    def records(self) -> dict[str, CallRecord]:
        """Of the calls that are calls of their own, in order of their beginning.

        Whom a merged call rang, the call rang that it was merged into: so does the CRM.
        """
        records = {key: project(events.values()) for key, events in self._calls.items()}
        merged = {other for record in records.values() for other in record.merged}
        for key, record in records.items():
            rings = [records[other].rings for other in record.merged if other in records]
            for more in rings:
                records[key] = replace(record, rings=more | record.rings)
        own = sorted(records.items(), key=lambda item: item[1].started_at or 0)
        return {key: record for key, record in own if key not in merged}


def machine() -> CallMachine:
    return CallMachine(PBX, LAYOUT)


def feed(journal: Journal, one: CallMachine, facts: Iterable[Fact]) -> None:
    for fact in facts:
        journal.append(one.feed(fact))


def by(
    facts: Sequence[Fact], *, listing: Sequence[ChannelSeen] | None = None
) -> dict[str, CallRecord]:
    """All by one road; `listing`: what exists in the end, if the PBX is asked for it."""
    journal, one = Journal(), machine()
    feed(journal, one, facts)
    if listing is not None:
        journal.append(one.reconcile(listing, _later(facts)))
    return journal.records()


def _later(facts: Sequence[Fact]) -> int:
    return max((fact.at for fact in facts), default=0) + SKEW


def cut(
    log: Log,
    position: int,
    away: int,
    *,
    doubled: bool = False,
    listing: Sequence[ChannelSeen] | None = None,
) -> dict[str, CallRecord]:
    """AMI's first `position` facts; then the connection is lost for `away` microseconds.

    What follows is what the bridge does: a fresh machine reads CEL from the beginning of the
    oldest call that went on, until a little after AMI speaks again, and AMI from there on.
    `doubled`: the CEL reader repeats every row.
    """
    journal = Journal()
    before = machine()
    heard, rest = log.ami[:position], log.ami[position:]
    feed(journal, before, heard)
    last = heard[-1].at if heard else 0
    since = before.resume_from()
    back = last + away
    rows = [
        fact
        for fact in log.cel
        if fact.at >= (last - SKEW if since is None else since) and fact.at <= back + OVERLAP
    ]
    if doubled:
        rows = [fact for fact in rows for _ in range(2)]
    after = machine()
    feed(journal, after, rows)
    feed(journal, after, (fact for fact in rest if fact.at > back))
    if listing is not None:
        journal.append(after.reconcile(listing, _later(log.ami)))
    return journal.records()


def killed(log: Log, position: int) -> dict[str, CallRecord]:
    """The bridge dies after `position` AMI facts and comes back when all is over."""
    return cut(log, position, 3_600_000_000)
