"""Whose process it is, and whether its ports can be had."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx_bridge.asterisk.errors import PbxError
from pbx_bridge.asterisk.process import PortUse, our_pid, require_free, runs_on


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with our configuration file in its command line, that waits for its stdin."""
    config = str(tmp_path / "asterisk.conf")
    with subprocess.Popen(
        [sys.executable, "-c", "print('up', flush=True); input()", "-C", config],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_our_pbx_is_known_by_its_pid_and_configuration(
    tmp_path: Path, running: subprocess.Popen[bytes]
) -> None:
    config, pid_file = tmp_path / "asterisk.conf", tmp_path / "asterisk.pid"
    assert our_pid(pid_file, config) is None
    pid_file.write_text(f"{running.pid}\n")
    assert our_pid(pid_file, config) == running.pid
    assert our_pid(pid_file, tmp_path / "other" / "asterisk.conf") is None


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "99999999"])
def test_a_stale_pid_file_names_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "asterisk.pid").write_text(text)
    assert our_pid(tmp_path / "asterisk.pid", tmp_path / "asterisk.conf") is None


def test_somebody_elses_process_with_the_old_number_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "asterisk.pid").write_text(str(os.getpid()))
    assert our_pid(tmp_path / "asterisk.pid", tmp_path / "asterisk.conf") is None


def test_a_process_that_has_ended_does_not_run(
    tmp_path: Path, running: subprocess.Popen[bytes]
) -> None:
    assert runs_on(running.pid, tmp_path / "asterisk.conf")
    running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert not runs_on(running.pid, tmp_path / "asterisk.conf")


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_in_use_is_told_with_its_setting(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PbxError, match=rf"port {port} .*sip_port \(HOVORNA_SIP_PORT\)"):
            require_free([PortUse("sip_port", kind, "127.0.0.1", port)])
    require_free([PortUse("sip_port", kind, "127.0.0.1", port)])


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(PbxError, match="cannot be used"):
        require_free([PortUse("sip_port", socket.SOCK_DGRAM, "192.0.2.1", 5060)])
