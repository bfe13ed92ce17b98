"""The call machine alone: facts per second, without reading them from messages."""

import gc
import re
import time
from dataclasses import replace
from typing import Any

from pbx_bridge.calls.facts import AttendedTransferred, ChannelFact, Fact
from pbx_bridge.calls.machine import CallMachine
from tests.replay.replaying import LAYOUT, load

# What a busy day is made of: groups that ring, holds, transfers, pickups, calls out.
SCENARIOS = (
    "answered",
    "ring_group_of_five",
    "missed",
    "outbound_answered",
    "hold",
    "pickup_by_code",
    "attended_refer",
    "feature_transfer_finished",
)
_CHANNELS = ("channel", "linkedid", "transferee", "second", "picker")
_STRIDE = 100  # more channels than a recorded call has
_NUMBER_IN_NAME = re.compile(r"-[0-9a-f]{8}$")


def traffic(facts: int = 200_000, at_once: int = 50) -> list[Fact]:
    """At least so many facts of recorded calls, `at_once` calls running beside each other."""
    recorded = [load(name).ami for name in SCENARIOS]
    made: list[Fact] = []
    start, serial = 1_800_000_000_000_000, 0
    while len(made) < facts:
        wave: list[Fact] = []
        for index in range(at_once):
            log = recorded[(serial + index) % len(recorded)]
            wave += (_moved(fact, start - log[0].at, serial + index) for fact in log)
        serial += at_once
        wave.sort(key=lambda fact: fact.at)
        wave = _numbered(wave, len(made))
        start = wave[-1].at + 1_000_000
        made += wave
    return made


def _moved(fact: Fact, by: int, serial: int) -> Fact:
    """The same fact in another call, at another time."""

    def renamed(uniqueid: str) -> str:
        sequence = int(uniqueid.rpartition(".")[2]) + serial * _STRIDE
        return f"1800000000.{sequence}"

    changed: dict[str, Any] = {"at": fact.at + by}
    if name := getattr(fact, "name", None):
        changed["name"] = f"{name}#{serial}"  # until all are numbered
    names = _CHANNELS + (("target",) if isinstance(fact, AttendedTransferred) else ())
    for field in names:
        if value := getattr(fact, field, None):
            changed[field] = renamed(value)
    if bridge := getattr(fact, "bridge", None):
        changed["bridge"] = f"{serial}-{bridge}"
    return replace(fact, **changed)


def _numbered(wave: list[Fact], first: int) -> list[Fact]:
    """Channels are named in the order in which they come, as a PBX does."""
    names: dict[str, str] = {}
    numbered = []
    for fact in wave:
        if isinstance(fact, ChannelFact):
            if fact.name not in names:
                name, _, end = fact.name.partition("#")[0].partition(";")
                number = f"{first + len(names):08x}"
                names[fact.name] = _NUMBER_IN_NAME.sub(f"-{number}", name) + (end and f";{end}")
            fact = replace(fact, name=names[fact.name])
        numbered.append(fact)
    return numbered


def machine_figures(facts: int = 200_000) -> dict[str, object]:
    """`machine_facts_per_second` of one core's time, and how many events came of them.

    The thread's own time is measured: what else the computer does is not the machine's doing.
    """
    stream = traffic(facts)
    machine = CallMachine("bench", LAYOUT)
    feed, events = machine.feed, 0
    gc.collect()
    gc.freeze()  # the stream is not the machine's to look after
    started = time.thread_time()
    for fact in stream:
        events += len(feed(fact))
    seconds = time.thread_time() - started
    gc.unfreeze()
    return {
        "machine_facts": len(stream),
        "machine_events": events,
        "machine_facts_per_second": round(len(stream) / seconds),
    }
