"""Where recordings lie and how patiently they are taken in."""

import shutil
from dataclasses import dataclass
from pathlib import Path

QUARANTINE = "quarantine"
TEMPORARY = ".tmp"
CACHE = ".cache"


@dataclass(frozen=True, slots=True)
class Places:
    """`reserve`: bytes to leave free on the disk of `root`, where it is not the spool's too; with
    less on the spool's the administrator is warned.
    """

    spool: Path
    root: Path
    reserve: int = 0

    def free(self) -> int | None:
        """Bytes free for the PBX's recordings; None while there is no spool. Raises OSError."""
        try:
            return shutil.disk_usage(self.spool).free
        except FileNotFoundError:
            return None


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, where it is not a count.

    `takers`: recordings under way at once: while the one worker does the audio of one, another is
    attached. More would only stand in the calls' way at the database. `settle`: how long
    a file that is not closed must rest before it counts as cut off. `quiet`: the same for files
    that nobody told of. `unowned`: after which files without a call are put aside. `pause`: when
    the disk is full or the worker cannot live. `patience`, `unusable`, `unreadable`: tries until a
    recording that does not appear is left to the scan, and until a file is given up.
    """

    takers: int = 2
    settle: float = 2.0
    quiet: float = 20.0
    scan: float = 30.0
    unowned: float = 86_400.0
    pause: float = 30.0
    shortest: float = 0.5
    longest: float = 60.0
    patience: int = 10
    unusable: int = 3
    unreadable: int = 8
