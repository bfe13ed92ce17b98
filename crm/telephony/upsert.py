"""INSERT ... ON CONFLICT DO NOTHING, which both databases have and SQLAlchemy spells by dialect."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm.db import Base


def insert_missing(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    returning: Sequence[Any],
) -> list[tuple[Any, ...]]:
    """Insert the rows that break no unique constraint; the given columns of those inserted."""
    if not rows:
        return []
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(table).values(list(rows)).on_conflict_do_nothing()
    return [tuple(row) for row in session.execute(statement.returning(*returning))]
