"""A password that somebody else made up is good for one sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    column = sa.Column("password_once", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("users", column)


def downgrade() -> None:
    op.drop_column("users", "password_once")
