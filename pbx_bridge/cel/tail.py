"""CEL in a file that the PBX appends to. A position is the file's inode and a byte offset."""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

from pbx_bridge.cel.lines import LineReader
from pbx_bridge.cel.source import CelBatch, CelUnavailable, Row

_CHUNK = 512 * 1024
_LONGEST_LINE = 1024 * 1024


class TailedFile:
    """Follows the file through rotation: by renaming (the rest of the old one is read first), and
    by truncation. A line without its end is not read yet. Lines that are no row are counted.

    `rotate_at`: the file is ours to tidy: renamed when it has so many bytes, and removed when
    nobody needs it any more. Asterisk opens it for every row. None: it is somebody else's.
    """

    def __init__(self, path: Path, reader: LineReader, rotate_at: int | None = None) -> None:
        self._path = path
        self._reader = reader
        self._rotate_at = rotate_at
        self.malformed = 0

    @property
    def name(self) -> str:
        return f"file:{self._path}"

    async def read(self, since: str | None) -> CelBatch:
        return await asyncio.to_thread(self._read, since)

    async def end(self) -> str:
        return await asyncio.to_thread(self._end)

    async def forget(self, before: str) -> None:
        if self._rotate_at is not None:
            await asyncio.to_thread(self._tidy, before, self._rotate_at)

    def _tidy(self, before: str, rotate_at: int) -> None:
        inode, _ = _parse(before)
        try:
            family = self._family()
            inodes = [path.stat().st_ino for path in family]
            for path in family[: inodes.index(inode)] if inode in inodes else ():
                path.unlink()
            if self._path.exists() and self._path.stat().st_size >= rotate_at:
                self._path.rename(self._path.with_name(f"{self._path.name}.{inodes[-1]}"))
        except OSError as error:
            raise CelUnavailable(f"{self._path}: {error}") from error

    def _end(self) -> str:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._require_folder()
            return "0:0"
        except OSError as error:
            raise CelUnavailable(f"{self._path}: {error}") from error
        return f"{status.st_ino}:{status.st_size}"

    def _read(self, since: str | None) -> CelBatch:
        inode, offset = _parse(since)
        try:
            with self._open(inode) as file:
                status = os.fstat(file.fileno())
                if status.st_ino != inode or status.st_size < offset:
                    offset = 0
                rows, end = self._rows(file, offset)
                while not rows and end > offset:  # nothing but rubbish so far
                    offset = end
                    rows, end = self._rows(file, offset)
            if not rows and end == offset and status.st_ino == inode:
                following = self._after(inode)
                if following is not None:
                    return self._read(f"{following}:0")
            return CelBatch(rows, f"{status.st_ino}:{end}")
        except FileNotFoundError:
            self._require_folder()
            return CelBatch((), since or "0:0")
        except OSError as error:
            raise CelUnavailable(f"{self._path}: {error}") from error

    def _require_folder(self) -> None:
        if not self._path.parent.is_dir():
            raise CelUnavailable(f"{self._path.parent} is not there; the PBX writes no CEL into it")

    def _open(self, inode: int) -> BinaryIO:
        """The file with that inode, under whatever name; else the current one."""
        for path in self._family():
            if path.stat().st_ino == inode:
                return path.open("rb")
        return self._path.open("rb")

    def _after(self, inode: int) -> int | None:
        """Inode of the file written after that one, if it is not the current one."""
        family = [path.stat().st_ino for path in self._family()]
        if inode not in family or family[-1] == inode:
            return None
        return family[family.index(inode) + 1]

    def _family(self) -> list[Path]:
        """The rotated files (`cel.jsonl.1`, `cel.jsonl-20261123`) oldest first, then the file."""
        rotated = [
            path
            for path in self._path.parent.glob(f"{self._path.name}[.-]*")
            if path.suffix not in (".gz", ".bz2", ".xz", ".zst")
        ]
        rotated.sort(key=lambda path: path.stat().st_mtime_ns)
        return [*rotated, self._path] if self._path.exists() else rotated

    def _rows(self, file: BinaryIO, offset: int) -> tuple[list[Row], int]:
        """The complete lines of the next chunk, and the offset after them."""
        file.seek(offset)
        data = file.read(_CHUNK)
        end = data.rfind(b"\n") + 1
        while not end and len(data) < _LONGEST_LINE and (more := file.read(_CHUNK)):
            data += more
            end = data.rfind(b"\n") + 1
        if not end and len(data) >= _LONGEST_LINE:
            end = len(data)  # no CEL row is that long: pass over it
        rows: list[Row] = []
        for line in data[:end].split(b"\n"):
            row = self._reader(line.decode("utf-8", "replace"))
            if row is not None:
                rows.append(row)
            elif line:
                self.malformed += 1
        return rows, offset + end


def _parse(since: str | None) -> tuple[int, int]:
    inode, colon, offset = (since or "").partition(":")
    if not (colon and inode.isdecimal() and offset.isdecimal()):
        return 0, 0
    return int(inode), int(offset)
