import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hovorna.cli import CommandError
from hovorna.instance import InstanceLock, listening_socket

HOLDER = """
import sys, pathlib
from hovorna.instance import InstanceLock
with InstanceLock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_who_holds_it(tmp_path: Path) -> None:
    with InstanceLock(tmp_path), pytest.raises(CommandError, match=str(os.getpid())):
        InstanceLock(tmp_path).__enter__()


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    with InstanceLock(tmp_path):
        pass
    with InstanceLock(tmp_path):
        assert (tmp_path / "hovorna.lock").read_text() == f"{os.getpid()}\n"


def test_it_is_free_after_a_kill(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CommandError, match=str(holder.pid)):
            InstanceLock(tmp_path).__enter__()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with InstanceLock(tmp_path):
            pass


def test_a_data_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="HOVORNA_DATA"):
        InstanceLock(tmp_path / "file").__enter__()


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_that_is_not_ours_names_the_setting(host: str) -> None:
    with pytest.raises(CommandError, match=f"{host}.*HOVORNA_HOST"):
        listening_socket(host, 0, "HOVORNA_HTTP_PORT")


def test_a_taken_port_names_the_setting() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {port} is taken.*HOVORNA_HTTP_PORT"):
            listening_socket("127.0.0.1", port, "HOVORNA_HTTP_PORT")


def test_a_free_port_listens() -> None:
    with listening_socket("127.0.0.1", 0, "HOVORNA_HTTP_PORT") as sock:
        assert sock.getsockname()[1] > 0
        assert not sock.getblocking()
