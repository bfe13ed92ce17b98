"""The lamps that the dialplan lit are dark before the PBX starts again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from pbx_bridge.asterisk.lamps import forget_lamps


def test_what_the_dialplan_lit_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "astdb.sqlite3")) as database, database:
        database.execute("CREATE TABLE astdb(key VARCHAR(256), value VARCHAR(256))")
        kept = [("/CustomDevstate/mobile-101", "INUSE"), ("/registrar/contact/101", "{}")]
        database.executemany("INSERT INTO astdb VALUES (?, ?)", kept)
    forget_lamps(tmp_path)
    with closing(sqlite3.connect(tmp_path / "astdb.sqlite3")) as database:
        keys = database.execute("SELECT key FROM astdb").fetchall()
    assert keys == [("/registrar/contact/101",)]


def test_a_pbx_starts_without_its_database_and_with_one_that_is_none(tmp_path: Path) -> None:
    forget_lamps(tmp_path)
    assert not (tmp_path / "astdb.sqlite3").exists()
    (tmp_path / "astdb.sqlite3").write_bytes(b"no database" * 100)
    forget_lamps(tmp_path)
