"""Who spoke with the client last, and where a recording was paused."""

import sqlalchemy as sa
from alembic import op

from crm.columns import Id, Json

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("calls", sa.Column("last_extension", sa.String(10)))
    op.add_column("calls", sa.Column("last_user_id", Id))
    op.add_column("recordings", sa.Column("gaps", Json))
    op.execute(
        "UPDATE calls SET last_extension = answered_extension, last_user_id = answered_by_id"
    )


def downgrade() -> None:
    op.drop_column("recordings", "gaps")
    op.drop_column("calls", "last_user_id")
    op.drop_column("calls", "last_extension")
