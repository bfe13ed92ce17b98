"""Which Debian archive this machine already uses, read from apt's sources (sources.list(5))."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

DEFAULT: Final = "http://deb.debian.org/debian"
APT: Final = Path("/etc/apt")
_ONE_LINE = re.compile(r"\s*deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)")
_USABLE = re.compile(r"https?://[A-Za-z0-9.:\[\]/_~%-]+\Z")


def debian_mirror(apt: Path = APT) -> str:
    """Address of a mirror that has all of Debian, sid too: the machine's own if it has one."""
    for uri in _uris(apt):
        address = uri.rstrip("/")
        # debian-security and third parties' archives do not hold what is looked for.
        if _USABLE.match(address) and address.endswith("/debian") and _complete(address):
            return address
    return DEFAULT


def _complete(address: str) -> bool:
    # A snapshot stands still, an archive of old releases has no sid.
    return "snapshot" not in address and "archive.debian.org" not in address


def _uris(apt: Path) -> Iterator[str]:
    folder = apt / "sources.list.d"
    for path in [apt / "sources.list", *sorted(folder.glob("*.list"))]:
        for line in _lines(path):
            if found := _ONE_LINE.match(line):
                yield found["uri"]
    for path in sorted(folder.glob("*.sources")):
        yield from _deb822(_lines(path))


def _deb822(lines: Iterable[str]) -> Iterator[str]:
    collecting = False
    for line in lines:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t"):
            words = line.split() if collecting else []
        else:
            collecting = bool(colon) and name.strip().lower() == "uris"
            words = value.split() if collecting else []
        yield from words


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if not line.startswith("#")]
