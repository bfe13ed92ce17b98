"""The folder where the PBX leaves its files. Blocking; called in threads."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recordings.names import SIDES, channels_in, spool_name
from recordings.wav import HEAD, NotAudioError, parse

_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as it was: `identity` changes whenever somebody writes it or puts another there.

    `closed`: its header agrees with its size, so the recorder closed it.
    """

    side: str
    path: Path
    identity: tuple[int, int, int]  # inode, size, time of the last change in ns
    closed: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What lay in the spool for one channel at one moment."""

    files: tuple[Seen, ...]

    @property
    def complete(self) -> bool:
        """Both sides are there and closed: no need to wait whether more comes."""
        return len(self.files) == len(SIDES) and all(file.closed for file in self.files)

    @property
    def changed_at(self) -> float:
        """Time of the last change, in seconds since the epoch; 0 without files."""
        return max((file.identity[2] for file in self.files), default=0) / 1e9


def look(spool: Path, channel: str) -> Look:
    """Raises OSError when the spool itself cannot be reached; a file that is not there is no error.

    A file that cannot be read is seen as not closed.
    """
    paths = [(side, spool / spool_name(channel, side)) for side in SIDES]
    return Look(tuple(seen for side, path in paths if (seen := _see(side, path))))


def _see(side: str, path: Path) -> Seen | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    identity = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return Seen(side, path, identity, _closed(path, stat.st_size))


def _closed(path: Path, size: int) -> bool:
    try:
        with path.open("rb") as file:
            return parse(file.read(HEAD), size).problem is None
    except (OSError, NotAudioError):
        return False


def waiting(spool: Path) -> set[str]:
    """Channels that have files in the spool. No spool folder: none, the PBX has yet to make it."""
    try:
        with os.scandir(spool) as entries:
            return channels_in(entry.name for entry in entries)
    except FileNotFoundError:
        return set()


class OpenFiles:
    """Which files of the spool some process has open, looked up at most once in `fresh` seconds.

    Only processes that we may look at count, and only on Linux; elsewhere none is open.
    """

    def __init__(self, spool: Path, now: Callable[[], float], fresh: float = 2.0) -> None:
        self._spool = spool
        self._now = now
        self._fresh = fresh
        self._at = float("-inf")
        self._open: frozenset[str] = frozenset()

    def any_of(self, seen: Look) -> bool:
        """Whether one of these files was open within the last `fresh` seconds."""
        if self._now() - self._at >= self._fresh:
            self._at = self._now()
            self._open = _open_under(str(self._spool.resolve()))
        return any(file.path.name in self._open for file in seen.files)


def _open_under(directory: str) -> frozenset[str]:
    """Names of the files in that directory which are open somewhere."""
    found = set()
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError), os.scandir(process / "fd") as descriptors:
            for descriptor in descriptors:
                with suppress(OSError):
                    folder, _, name = os.readlink(descriptor.path).rpartition("/")  # noqa: PTH115
                    if folder == directory:
                        found.add(name)
    return frozenset(found)


def clear(seen: Look, broken: set[str], quarantine: Path) -> None:
    """Remove what was seen; sides in `broken` are kept in quarantine instead.

    A file that changed since is another recording and stays. Raises OSError, after which what is
    left can be cleared again.
    """
    for file in seen.files:
        now = _see(file.side, file.path)
        if now is None or now.identity != file.identity:
            continue
        if file.side in broken:
            _keep(file.path, quarantine)
        else:
            file.path.unlink(missing_ok=True)


def _keep(path: Path, quarantine: Path) -> None:
    quarantine.mkdir(parents=True, exist_ok=True)
    target = quarantine / path.name
    number = 1
    while target.exists():
        number += 1
        target = quarantine / f"{path.stem}.{number}{path.suffix}"
    try:
        path.rename(target)
    except OSError:
        # Another disk: copied first, so that a crash in between leaves one too many.
        temporary = target.with_suffix(".part")
        shutil.copy2(path, temporary)
        temporary.replace(target)
        path.unlink()
