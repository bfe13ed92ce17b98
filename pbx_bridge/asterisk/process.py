"""The running Asterisk as the operating system sees it: whose it is, alive or not, its ports."""

import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pbx_bridge.asterisk.errors import PbxError

_PROC: Final = Path("/proc")


def our_pid(pid_file: Path, config: Path) -> int | None:
    """Pid of the Asterisk that runs on the configuration file `config`, if it is alive.

    A pid file outlives a crash, and its number may be somebody else's by now: so the process must
    be ours and carry `config` in its command line.
    """
    try:
        pid = int(pid_file.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None
    return pid if runs_on(pid, config) else None


def runs_on(pid: int, config: Path) -> bool:
    """Whether process `pid` is an Asterisk of ours, alive, on the configuration file `config`."""
    folder = _PROC / str(pid)
    try:
        if folder.stat().st_uid != os.getuid():
            return False
        words = (folder / "cmdline").read_bytes().split(b"\0")
        state = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X") and os.fsencode(config) in words


@dataclass(frozen=True, slots=True)
class PortUse:
    """A port that the PBX shall listen on, and the setting that it comes from."""

    setting: str
    kind: socket.SocketKind
    host: str
    port: int


def require_free(uses: Iterable[PortUse]) -> None:
    """Raises PbxError naming the setting of the first port that cannot be had."""
    for use in uses:
        family = socket.AF_INET6 if ":" in use.host else socket.AF_INET
        with socket.socket(family, use.kind) as probe:
            if use.kind == socket.SOCK_STREAM:
                # As Asterisk does: a port in TIME_WAIT is free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((use.host, use.port))
            except OSError as error:
                raise PbxError(_explain(use, error)) from error


def _explain(use: PortUse, error: OSError) -> str:
    kind = "TCP" if use.kind == socket.SOCK_STREAM else "UDP"
    where = f"{kind} port {use.port} on {use.host}"
    setting = f"{use.setting} (HOVORNA_{use.setting.upper()})"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program: set {setting} to a free one, or stop it"
    return f"{where} cannot be used ({error.strerror}): change {setting}"
