"""A supervisor's phone that only listens is no party and no call, by whatever way it is learnt."""

from dataclasses import replace
from typing import Any

from pbx_bridge.calls import facts as f
from pbx_bridge.calls.events import CallStarted
from pbx_bridge.calls.keys import spying_root
from pbx_bridge.calls.layout import Layout
from pbx_bridge.calls.machine import CallMachine

ROOT = "1795692994.0"
SPY = spying_root("a1b2", "101", ROOT)
LAYOUT = Layout.of(["101", "104"], ["line1"])
CLIENT = f.ChannelSeen(
    at=2_000_000,
    channel=ROOT,
    name="PJSIP/line1-00000000",
    linkedid=ROOT,
    live=True,
    number="+420777123456",
    exten="s",
    up=True,
    bridge="b1",
)
EVA = replace(CLIENT, channel="1795692994.1", name="PJSIP/101-00000001", number="101")
BOSS = replace(
    CLIENT, channel=SPY, name="PJSIP/104-00000002", linkedid=SPY, number="101", bridge=None
)


def extensions(machine: CallMachine) -> list[str]:
    (key,) = machine.active()
    return sorted(it.extension or "" for it in machine.phones(key))


def test_a_listing_shows_a_listener_and_the_call_knows_nothing_of_it() -> None:
    machine = CallMachine("main", LAYOUT)
    events = machine.reconcile([CLIENT, EVA, BOSS], 2_000_000)
    assert [it.call for it in events if isinstance(it, CallStarted)] == [f"main-{ROOT}"]
    assert extensions(machine) == ["", "101"]
    assert machine.reconcile([CLIENT, EVA, BOSS], 3_000_000) == []


def test_one_who_came_into_the_talk_is_in_the_call() -> None:
    machine = CallMachine("main", LAYOUT)
    machine.reconcile([CLIENT, EVA, replace(BOSS, bridge="b1")], 2_000_000)
    assert extensions(machine) == ["", "101", "104"]


def test_a_listener_alone_is_no_call() -> None:
    machine = CallMachine("main", LAYOUT)
    assert machine.reconcile([BOSS], 2_000_000) == []
    head: dict[str, Any] = {
        "at": 3_000_000,
        "channel": SPY,
        "name": BOSS.name,
        "linkedid": SPY,
        "live": True,
    }
    for fact in (f.ChannelCreated(**head), f.Answered(**head), f.HungUp(**head)):
        assert machine.feed(fact) == []
    assert machine.active() == []
