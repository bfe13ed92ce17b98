"""What a power cut may take back: SQLite's commits, until they were waited for."""

import os
from pathlib import Path

import pytest
from sqlalchemy import text

from crm.db import open_database


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were written through to the disk."""
    names: list[str] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


async def test_commits_are_written_through_once_they_are_waited_for(
    tmp_path: Path, synced: list[str]
) -> None:
    db = open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    await db.write(lambda s: s.execute(text("CREATE TABLE t (a)")))
    await db.write(lambda s: s.execute(text("INSERT INTO t VALUES (1)")))
    assert synced == []
    await db.settle()
    assert synced == ["x.db-wal"]
    await db.settle()
    await db.read(lambda s: s.execute(text("SELECT a FROM t")))
    await db.settle()
    assert synced == ["x.db-wal"]  # nothing new
    await db.write(lambda s: s.execute(text("INSERT INTO t VALUES (2)")))
    await db.settle()
    assert synced == ["x.db-wal"] * 2
    await db.close()


async def test_what_could_not_be_written_through_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: list[str]
) -> None:
    db = open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    await db.write(lambda s: s.execute(text("CREATE TABLE t (a)")))

    def broken(descriptor: int) -> None:
        raise OSError("the disk does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="does not answer"):
            await db.settle()
    await db.settle()
    assert synced == ["x.db-wal"]
    await db.close()
