"""Several recordings in one archive, for a client who asks for them, or for another system."""

import asyncio
import secrets
import zipfile
from collections.abc import Sequence
from pathlib import Path

from recordings.places import CACHE
from recordings.store import AudioFile, Format, RecordingStore

_MIME = "application/zip"


async def export(
    store: RecordingStore, root: Path, paths: Sequence[str], format: Format = Format.OGG
) -> AudioFile:
    """A zip of these recordings (StoredRecordings' paths), each under its own stored path.

    It lies in the cache, where it is removed when room is needed; whoever asked serves it at once.
    Raises RecordingMissingError, ConversionError.
    """
    files = [(path, await store.open(path, format)) for path in paths]
    target = root / CACHE / f"export-{secrets.token_hex(8)}.zip"
    await asyncio.to_thread(_write, target, files)
    size = (await asyncio.to_thread(target.stat)).st_size
    return AudioFile(target, size, _MIME, target.stem)


def _write(target: Path, files: Sequence[tuple[str, AudioFile]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}")
    try:
        # Stored, not deflated: audio does not get smaller.
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for path, file in files:
                archive.write(file.path, Path(path).with_suffix(file.path.suffix))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
