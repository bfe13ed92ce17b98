"""The port at which the dialplan asks."""

import socket
from pathlib import Path

import pytest

from pbx_bridge.routing.place import listening


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    return tmp_path / "routing-port"


def test_it_is_the_same_after_a_restart(remembered: Path) -> None:
    with listening(remembered) as first:
        at = first.getsockname()
    with listening(remembered) as second:
        assert second.getsockname() == at
        with listening(remembered) as third:
            assert third.getsockname() != at


def test_a_port_from_the_settings_that_is_taken_is_an_error(remembered: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="in use"):
            listening(remembered, other.getsockname()[1])
    assert not remembered.exists()


@pytest.mark.parametrize("kept", ["", "x", "99999", "-1"])
def test_a_remembered_port_that_is_none_is_passed_over(remembered: Path, kept: str) -> None:
    remembered.write_text(kept)
    with listening(remembered) as place:
        assert remembered.read_text() == f"{place.getsockname()[1]}\n"


def test_only_this_machine_may_ask(remembered: Path) -> None:
    with listening(remembered) as place:
        assert place.getsockname()[0] == "127.0.0.1"
