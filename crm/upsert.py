"""Inserts that meet existing rows: both databases have them, SQLAlchemy spells them by dialect.

Statements are made once per table and given their values as parameters, so that SQLAlchemy
compiles each of them once: a call's events pass here 40 times a second.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from crm.columns import Base

Row = Mapping[str, Any]


def _insert(table: type[Base], dialect: str) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table.__table__)  # type: ignore[arg-type]  # declared tables are all Table


@lru_cache(maxsize=64)
def _ignoring(table: type[Base], dialect: str) -> Any:
    return _insert(table, dialect).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _ignoring_returning(table: type[Base], dialect: str, column: str) -> ReturningInsert[Any]:
    statement: ReturningInsert[Any] = _ignoring(table, dialect).returning(table.__table__.c[column])
    return statement


@lru_cache(maxsize=64)
def _replacing(table: type[Base], dialect: str, names: tuple[str, ...]) -> Any:
    statement = _insert(table, dialect)
    keys = [column.name for column in table.__table__.primary_key]
    new = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=new)


def dialect_of(session: Session) -> str:
    return session.get_bind().dialect.name


def insert_missing(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert the rows that break no unique constraint. All rows have the same columns."""
    if rows:
        session.connection().execute(_ignoring(table, dialect_of(session)), rows)


def insert_unless_there(session: Session, table: type[Base], row: Row, column: str = "id") -> Any:
    """Insert one row; its `column`, or None if a unique constraint refused it."""
    statement = _ignoring_returning(table, dialect_of(session), column)
    return session.connection().execute(statement, row).scalar()


def insert_or_replace(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert, or set all given columns of the row with the same primary key."""
    if rows:
        statement = _replacing(table, dialect_of(session), tuple(rows[0]))
        session.connection().execute(statement, rows)
