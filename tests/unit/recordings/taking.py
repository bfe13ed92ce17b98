"""What the tests of the ingest do with it, and see of it."""

from pathlib import Path

from recordings.ingest import Ingest


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


async def take(ingest: Ingest, *channels: str) -> None:
    """Start, tell of these channels, wait until all is done."""
    await ingest.start()
    for channel in channels:
        ingest.finished(channel)
    await ingest.idle()
