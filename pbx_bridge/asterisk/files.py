"""Files written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, text: str) -> bool:
    """Replace `path` (UTF-8, mode 0600) in one step. False, and untouched, if it held `text`.

    Raises OSError; the old file is then still there.
    """
    content = text.encode()
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    _replace(path, content, 0o600)
    return True


def write_program(path: Path, content: bytes) -> None:
    """Write an executable in one step; one that runs keeps the file it was started from."""
    _replace(path, content, 0o755)


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
