"""The bridge loses its connection, or dies, at every single moment of every recorded scenario.

Whatever is heard by AMI before and after, and read from CEL about the time between: the calls are
the same as those of one who never went away.
"""

import pytest

from pbx_bridge.calls import from_ami
from tests.replay.comparing import assert_same
from tests.replay.replaying import Log, by, cut, killed, load, messages, names


@pytest.fixture(params=names())
def log(request: pytest.FixtureRequest) -> Log:
    return load(request.param)


def test_connection_lost_for_a_blink(log: Log) -> None:
    whole = by(log.ami)
    for position in range(len(log.ami) + 1):
        assert_same(cut(log, position, 0), whole, f"{log.name} cut at {position}")


def test_connection_lost_for_a_second_with_doubled_rows(log: Log) -> None:
    whole = by(log.ami)
    for position in range(len(log.ami) + 1):
        told = cut(log, position, 1_000_000, doubled=True)
        assert_same(told, whole, f"{log.name} cut at {position}")


def test_killed_and_started_after_the_end(log: Log) -> None:
    whole = by(log.ami)
    for position in range(len(log.ami) + 1):
        assert_same(killed(log, position), whole, f"{log.name} killed at {position}")


@pytest.mark.parametrize("name", names())
def test_message_cut_short_tells_nothing_untrue(name: str) -> None:
    """A message may end after any of its headers: it tells the same occurrence, or nothing."""
    for message in messages(name):
        whole = [(fact.at, type(fact)) for fact in from_ami.facts(message)]
        headers = list(message.items())
        for length in range(len(headers)):
            cut_short = from_ami.facts(dict(headers[:length]))
            assert [(fact.at, type(fact)) for fact in cut_short] in ([], whole)
