"""What the database's own settings do when programs meet on one file."""

import sqlite3
import threading
from pathlib import Path

from sqlalchemy import text

from crm.db import sqlite_engine

ROUNDS, PROGRAMS = 40, 4


def test_programs_that_open_a_new_file_at_once_are_all_let_in(tmp_path: Path) -> None:
    """SQLite refuses one of them at once, now and then, whatever the timeout says."""
    refused: list[Exception] = []

    def open_it(url: str, together: threading.Barrier) -> None:
        engine = sqlite_engine(url, writer=True)
        together.wait()
        try:
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS opened (by_whom INTEGER)"))
                connection.execute(text("INSERT INTO opened VALUES (1)"))
        except Exception as error:
            refused.append(error)
        finally:
            engine.dispose()

    for number in range(ROUNDS):
        path, together = tmp_path / f"{number}.db", threading.Barrier(PROGRAMS)
        threads = [
            threading.Thread(target=open_it, args=(f"sqlite:///{path}", together))
            for _ in range(PROGRAMS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with sqlite3.connect(path) as file:
            assert file.execute("SELECT count(*) FROM opened").fetchone() == (PROGRAMS,)
        file.close()
    assert refused == []
