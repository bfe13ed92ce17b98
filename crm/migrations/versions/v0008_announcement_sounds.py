"""A line's callers may hear a sound file that was uploaded, instead of a spoken text."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name, length in (("announcement_sound", 32), ("announcement_file", 100)):
        text = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("lines", text)
    seconds = sa.Column("announcement_seconds", sa.Float, nullable=False, server_default="0")
    op.add_column("lines", seconds)


def downgrade() -> None:
    for name in ("announcement_seconds", "announcement_file", "announcement_sound"):
        op.drop_column("lines", name)
