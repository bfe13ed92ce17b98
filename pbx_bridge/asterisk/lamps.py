"""States of lamps that the dialplan set, which Asterisk keeps in its own database over a crash."""

import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_DATABASE = "astdb.sqlite3"


def forget_lamps(state: Path) -> None:
    """Before the PBX starts: nobody speaks yet, whatever was true when it ended. Never raises.

    `state`: the directory of its database.
    """
    file = state / _DATABASE
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=1)) as database, database:
            database.execute("DELETE FROM astdb WHERE key LIKE '/CustomDevstate/%'")
    except sqlite3.Error as error:
        log.warning("pbx.lamps_not_forgotten", reason=str(error))
