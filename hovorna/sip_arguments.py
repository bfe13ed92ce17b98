"""Servers and passwords as the commands for SIP take them.

A password never comes from an argument, which every user of a machine sees.
"""

import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from hovorna.cli import CommandError

VARIABLE = "HOVORNA_SIP_PASSWORD"


def read_passwords(file: Path | None, users: Sequence[str], ask: Callable[[str], str]) -> list[str]:
    """One for each user: a line each of the file, else the variable for all, else `ask` prompts.

    Raises CommandError.
    """
    if file is not None:
        return _from_file(file, len(users))
    given = os.environ.get(VARIABLE)
    if given is not None:
        return [given] * len(users)
    return [ask(f"Password of {user}: ") for user in users]


def _from_file(file: Path, wanted: int) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    if len(lines) != wanted:
        raise CommandError(f"{file} has {len(lines)} lines; one for each user is wanted")
    return lines


def server_of(text: str) -> tuple[str, int]:
    """HOST[:PORT], 5060 by default. Raises CommandError."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text, 5060
    if not port.isdigit() or not host or not 0 < int(port) < 65536:
        raise CommandError(f"{text}: HOST or HOST:PORT is wanted")
    return host, int(port)


def local_address(host: str, port: int) -> str:
    """The address of ours from which packets go there. Raises CommandError for an unknown name."""
    try:
        family, kind, _, _, target = socket.getaddrinfo(
            host.strip("[]"), port, family=socket.AF_INET, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind) as probe:
            probe.connect(target)  # sends nothing
            return str(probe.getsockname()[0])
    except OSError as error:
        raise CommandError(f"{host} cannot be found or reached: {error.strerror}") from error
