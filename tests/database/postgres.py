"""A PostgreSQL server of the tests' own: a free port on loopback, a temporary data directory."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

NOBODY = 65534  # the server refuses to run as root
START_SECONDS = 20
USER = "hovorna"


class PostgresMissingError(Exception):
    """There is no server to start: install the package `postgresql`."""


def binaries() -> Path:
    """Where initdb and postgres are. Raises PostgresMissingError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path))
    if not found:
        raise PostgresMissingError("PostgreSQL is not installed: apt-get install postgresql")
    return found[0].parent


def _as_nobody(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [*drop, *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server() -> Iterator[str]:
    """The URL of its `postgres` database, without fear for the data: nothing is synced."""
    where = binaries()
    # Not pytest's own folder: that one is closed to the user that the server runs as.
    base = Path(mkdtemp(prefix="hovorna-postgres-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        if os.geteuid() == 0:
            os.chown(base, NOBODY, NOBODY)
        data = base / "data"
        make = [str(where / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-N"]
        make += ["-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run(_as_nobody(make), check=True, capture_output=True, cwd=base)
        port = _free_port()
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": base,
            "fsync": "off",
            "max_connections": 60,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(
                _as_nobody([str(where / "postgres"), "-D", str(data), *flags]),
                stdout=log,
                stderr=log,
                cwd=base,
            )
        _wait(process, where, port, base / "log")
        yield f"postgresql+asyncpg://{USER}@127.0.0.1:{port}/postgres"
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # at once, without waiting for clients
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(base, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], where: Path, port: int, log: Path) -> None:
    ready = [str(where / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(ready, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
