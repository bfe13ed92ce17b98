"""An employee may have a mobile telephone, which rings first where that is chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("users", sa.Column("mobile", sa.String(20)))


def downgrade() -> None:
    op.drop_column("users", "mobile")
