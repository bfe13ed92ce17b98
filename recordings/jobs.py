"""What the audio worker does: every job takes and returns JSON values.

`encode` leaves either the whole, verified file under its final name, or nothing.
"""

import base64
import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from recordings import audio
from recordings.errors import JobError
from recordings.names import CLIENT, COMPANY, SIDES
from recordings.ports import Condition
from recordings.telephone import telephone
from recordings.wav import HEAD, NotAudioError, Problem, WavHeader, parse

Json = dict[str, Any]
Sides = dict[str, tuple[WavHeader | None, Problem | None]]
_MARGIN = 8_000_000  # bytes left free even where the reserve does not count
_BROKEN = {
    Problem.MISSING,
    Problem.TRUNCATED,
    Problem.NOT_WAV,
    Problem.UNSUPPORTED,
    Problem.UNREADABLE,
}


def encode(job: Json) -> Json:
    """Make one stereo file of the two sides.

    In: `client`, `company` (paths in the spool, which need not exist), `target`, `temporary`
    (paths on one disk), `root` (directory whose entries are synced down to the target),
    `reserve` (bytes to leave free), `give_up` (a side that cannot be read counts as lost),
    `before` and `talked` (seconds, as `recordings.ports.Owner`).
    Out: `condition`, `seconds`, `size`, `sha256`, `peaks` (base64), `sides` ({side: problem or
    null}), `source` ({side: SHA-256 or null}). Raises JobError with code `disk_full`, `unreadable`
    or `unverified`.
    """
    sides = {side: _examine(Path(job[side]), job["give_up"]) for side in SIDES}
    sides = _from_the_talk_on(sides, job["before"], job["talked"])
    problems = {side: problem for side, (_, problem) in sides.items()}
    result: Json = {
        "condition": _condition(sides),
        "seconds": 0.0,
        "size": 0,
        "sha256": "",
        "peaks": "",
        "sides": problems,
        "source": digest(job),
    }
    usable = {s: (Path(job[s]), header) for s, (header, _) in sides.items() if header}
    if usable:
        _check_space(job, usable)
        result |= _store(job, usable.get(CLIENT), usable.get(COMPANY))
    return result


def digest(job: Json) -> Json:
    """SHA-256 of `client` and `company`; null for a file that is not there or not readable."""
    return {side: _sha256(Path(job[side])) for side in SIDES}


def convert(job: Json) -> Json:
    """Make `source` (a stored file) into `target` of `kind` (wav, mp3), whole or not at all."""
    temporary, target = Path(job["temporary"]), Path(job["target"])
    temporary.parent.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        audio.convert(Path(job["source"]), temporary, job["kind"])
        temporary.replace(target)
    except audio.BadAudioError as error:
        raise JobError(str(error), "bad_audio") from error
    finally:
        temporary.unlink(missing_ok=True)
    return {"size": target.stat().st_size}


def make_telephone(job: Json) -> Json:
    """Make `source`, whatever was uploaded, into `target`; no longer than `longest` seconds."""
    return {"seconds": telephone(Path(job["source"]), Path(job["target"]), job["longest"])}


def _examine(path: Path, give_up: bool) -> tuple[WavHeader | None, Problem | None]:
    """The header where there are samples, and what is wrong, if anything."""
    try:
        with path.open("rb") as file:
            header = parse(file.read(HEAD), os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        return None, Problem.MISSING
    except NotAudioError as error:
        return None, error.problem
    except OSError as error:
        if give_up:
            return None, Problem.UNREADABLE
        raise JobError(f"{path.name} cannot be read: {error.strerror}", "unreadable") from error
    return (header if header.samples else None), header.problem


def _from_the_talk_on(sides: Sides, before: float, talked: float) -> Sides:
    """Both sides from the same moment. What was lost from the files was lost before: what is there
    of the talk stays.
    """
    longest = max((header.seconds for header, _ in sides.values() if header), default=0.0)
    skip = min(before, longest - talked)
    if skip <= 0:
        return sides
    cut = {side: (header and header.after(skip), it) for side, (header, it) in sides.items()}
    return {
        side: (header, it) if header is None or header.samples else (None, it or Problem.EMPTY)
        for side, (header, it) in cut.items()
    }


def _condition(sides: Sides) -> Condition:
    problems = {problem for _, problem in sides.values() if problem}
    if any(header for header, _ in sides.values()):
        return Condition.DAMAGED if problems & _BROKEN else Condition.WHOLE
    nothing = problems <= {Problem.MISSING, Problem.EMPTY}
    return Condition.EMPTY if nothing else Condition.LOST


def _check_space(job: Json, usable: dict[str, tuple[Path, WavHeader]]) -> None:
    root = Path(job["root"])
    needed = sum(header.length for _, header in usable.values()) // 4 + _MARGIN
    spool = next(iter(usable.values()))[0].parent
    if spool.stat().st_dev != root.stat().st_dev:
        # On the spool's own disk storing a recording frees more than it takes; here it does not.
        needed += int(job["reserve"])
    free = shutil.disk_usage(root).free
    if free < needed:
        raise JobError(f"{free // 1_000_000} MB free, {needed // 1_000_000} MB needed", "disk_full")


def _store(
    job: Json, client: tuple[Path, WavHeader] | None, company: tuple[Path, WavHeader] | None
) -> Json:
    temporary, target = Path(job["temporary"]), Path(job["target"])
    try:
        _make_directories(target.parent, Path(job["root"]))
        temporary.parent.mkdir(exist_ok=True)
        written = hashlib.sha256()
        combined = _write(
            temporary, lambda sink: audio.combine(client, company, sink), written.update
        )
        audio.verify(temporary, combined.seconds)
        found = _sha256(temporary)
        if found != written.hexdigest():
            raise JobError("what was read back is not what was written", "unverified")
        size = temporary.stat().st_size
        temporary.replace(target)
        _sync_directory(target.parent)
    except audio.BadAudioError as error:
        raise JobError(str(error), "unverified") from error
    finally:
        # A disk that took no file may not let one be removed either; it is swept at the start.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return {
        "seconds": round(combined.seconds, 3),
        "size": size,
        "sha256": found,
        "peaks": base64.b64encode(combined.peaks).decode("ascii"),
    }


def _write(
    path: Path,
    produce: Callable[[audio.Sink], audio.Combined],
    watch: Callable[[bytes], object],
) -> audio.Combined:
    """Write and sync a new file; afterwards a read comes from the disk, not from memory."""
    with path.open("wb") as file:

        def sink(data: bytes) -> None:
            watch(data)
            file.write(data)

        combined = produce(sink)
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return combined


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _make_directories(directory: Path, root: Path) -> None:
    """Make and sync the dated folders, so that the file is found after a power cut."""
    if directory.is_dir():
        return
    directory.mkdir(parents=True, exist_ok=True)
    for parent in directory.parents:
        _sync_directory(parent)
        if parent == root:
            break


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_full(error: OSError) -> bool:
    """Whether the disk has no room for us, or a quota or limit grants none."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
