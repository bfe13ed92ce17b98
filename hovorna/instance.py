"""One Hovorna per data directory, and ports that are free before anything is started."""

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from hovorna.cli import CommandError

# What a data directory has once: the whole of Hovorna, and its parts where they run alone.
PARTS = ("hovorna", "bridge", "web", "worker")


@contextlib.contextmanager
def alone(data: Path, parts: Iterable[str] = PARTS) -> Iterator[None]:
    """Hold the locks of these parts. Raises CommandError while one of them runs."""
    with contextlib.ExitStack() as stack:
        for part in parts:
            stack.enter_context(InstanceLock(data, part))
        yield


class InstanceLock:
    """Held while the process lives; the kernel releases it even after kill -9."""

    def __init__(self, data: Path, name: str = "hovorna") -> None:
        self._path = data / f"{name}.lock"
        self._file: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CommandError(
                f"the data directory {self._path.parent} cannot be written: {error.strerror}. "
                "Set HOVORNA_DATA to one that can."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise CommandError(
                f"Hovorna already runs on {self._path.parent} (process {holder}). "
                "Stop it first, or set HOVORNA_DATA to another directory."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def listening_socket(host: str, port: int, setting: str) -> socket.socket:
    """A listening TCP socket. Raises CommandError naming `setting` when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(512)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            what = f"port {port} is taken by another program. Set {setting} to a free port."
        elif error.errno in (errno.EACCES, errno.EPERM):
            what = f"port {port} is for root alone. Set {setting} to one from 1024 up."
        else:
            what = (
                f"cannot listen on {host}: {error.strerror}. Set HOVORNA_HOST to an address here."
            )
        raise CommandError(what) from error
    sock.setblocking(False)
    return sock
