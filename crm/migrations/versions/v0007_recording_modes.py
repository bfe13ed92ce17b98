"""Calls are recorded, not recorded, or when the employee asks; lines greet their callers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES = ("extensions", "lines")


def _table(name: str) -> sa.TableClause:
    return sa.table(name, sa.column("record", sa.Boolean), sa.column("recording", sa.String))


def upgrade() -> None:
    connection = op.get_bind()
    for name in _TABLES:
        mode = sa.Column("recording", sa.String(3), nullable=False, server_default="on")
        op.add_column(name, mode)
        table = _table(name)
        off = table.update().where(table.c.record.is_(sa.false()))
        connection.execute(off.values(recording="off"))
        op.drop_column(name, "record")
    for column, length in (("announcement", 500), ("announcement_language", 2)):
        text = sa.Column(column, sa.String(length), nullable=False, server_default="")
        op.add_column("lines", text)


def downgrade() -> None:
    op.drop_column("lines", "announcement_language")
    op.drop_column("lines", "announcement")
    connection = op.get_bind()
    for name in _TABLES:
        column = sa.Column("record", sa.Boolean, nullable=False, server_default=sa.true())
        op.add_column(name, column)
        table = _table(name)
        # Where the employee had to ask, nothing is recorded unasked.
        off = table.update().where(table.c.recording != "on")
        connection.execute(off.values(record=sa.false()))
        op.drop_column(name, "recording")
