"""The bundled PBX's log files: what it last said, and that they do not grow for ever."""

from pathlib import Path
from typing import Final

_LARGE_BYTES: Final = 10_000_000
_KEPT: Final = 5
_ROTATED: Final = ("messages.log", "security.log")


def excerpt(folder: Path) -> str:
    """The last lines that the PBX said before it ended, for an error message."""
    for name in ("messages.log", "console.log"):
        try:
            lines = (folder / name).read_text(errors="replace").splitlines()
        except OSError:
            continue
        telling = [line for line in lines if "ERROR" in line] or lines
        if telling:
            return " | ".join(telling[-3:])
    return f"it said nothing; see {folder}"


def rotate_if_large(folder: Path) -> bool:
    """Whether the PBX shall rotate its logs now. Removes those rotated long ago."""
    for name in _ROTATED:
        for old in folder.glob(f"{name}.*"):
            if old.suffix[1:].isdigit() and int(old.suffix[1:]) >= _KEPT:
                old.unlink(missing_ok=True)
    return any(
        (folder / name).stat().st_size > _LARGE_BYTES
        for name in _ROTATED
        if (folder / name).exists()
    )
