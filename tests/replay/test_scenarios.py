"""Recorded scenarios, told by AMI alone and by CEL alone, are what those present know they were."""

import pytest

from pbx_bridge.calls.events import BrowserLost, CallTransferred, Loss
from pbx_bridge.calls.machine import CallMachine
from tests.replay.comparing import assert_same
from tests.replay.expecting import assert_as_expected
from tests.replay.replaying import LAYOUT, PBX, Log, by, load, names


@pytest.fixture(params=names())
def log(request: pytest.FixtureRequest) -> Log:
    return load(request.param)


def test_by_ami(log: Log) -> None:
    assert_as_expected(list(by(log.ami).values()), log.expected, hears_ringing=True)


def test_by_cel(log: Log) -> None:
    assert_as_expected(list(by(log.cel).values()), log.expected, hears_ringing=False)


def test_both_roads_tell_the_same(log: Log) -> None:
    assert_same(by(log.ami), by(log.cel), log.name)


def test_telling_all_of_it_twice_changes_nothing(log: Log) -> None:
    twice = [fact for fact in log.cel for _ in range(2)]
    assert_same(by(twice), by(log.cel), log.name)
    again = [fact for fact in log.ami for _ in range(2)]
    assert_same(by(again), by(log.ami), log.name)


def test_who_consults_is_seen_to_go_to_the_client_and_back() -> None:
    machine = CallMachine(PBX, LAYOUT)
    with_client = []
    for fact in load("consulted_then_together").ami:
        machine.feed(fact)
        for key in machine.turned():
            (asking,) = [it for it in machine.phones(key) if it.consults]
            with_client.append(asking.with_client)
    assert with_client[:2] == [True, False]


@pytest.mark.parametrize("road", ["ami", "cel"])
@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("browser_closed", Loss.CLOSED),
        ("browser_lost_its_network", Loss.NETWORK),
        ("browser_stays_away", Loss.UNKNOWN),
    ],
)
def test_why_a_browser_is_gone_is_told_by_both_roads(name: str, loss: Loss, road: str) -> None:
    machine = CallMachine(PBX, LAYOUT)
    told = [event for fact in getattr(load(name), road) for event in machine.feed(fact)]
    (lost,) = [event for event in told if isinstance(event, BrowserLost)]
    assert (lost.by.extension, lost.loss) == ("101", loss)
    assert not any(isinstance(event, CallTransferred) for event in told)
