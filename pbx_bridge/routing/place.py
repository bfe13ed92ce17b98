"""Where the dialplan asks: a port on loopback that outlives restarts of ours."""

from pathlib import Path
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from typing import Final

from pbx_bridge.asterisk.files import write_private

_HOST: Final = "127.0.0.1"
_BACKLOG: Final = 128


def listening(remembered: Path, wanted: int = 0) -> socket:
    """Listens; calls that ask are answered once a RoutingServer is started on it.

    `wanted`: 0 takes the port of the last time if it is free, else any; it is written to
    `remembered`, so that the running PBX still asks at the right place after a restart of ours.
    Raises OSError if the wanted one is taken, or the port cannot be remembered.
    """
    found = _bound(wanted) if wanted else _as_last_time(remembered)
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(remembered, f"{found.getsockname()[1]}\n")
    except BaseException:
        found.close()
        raise
    return found


def _as_last_time(remembered: Path) -> socket:
    try:
        return _bound(_port(remembered))
    except OSError:
        return _bound(0)


def _bound(port: int) -> socket:
    place = socket(AF_INET, SOCK_STREAM)
    try:
        place.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        place.bind((_HOST, port))
        place.listen(_BACKLOG)
    except BaseException:
        place.close()
        raise
    return place


def _port(remembered: Path) -> int:
    try:
        port = int(remembered.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
    return port if 0 < port < 65536 else 0
