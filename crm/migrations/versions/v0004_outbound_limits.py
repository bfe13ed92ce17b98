"""What the limits of outbound calls are counted by."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_calls_extension", "calls", ["extension", "started_at"])
    op.create_index("ix_call_transfers_at", "call_transfers", ["at"])


def downgrade() -> None:
    op.drop_index("ix_call_transfers_at", "call_transfers")
    op.drop_index("ix_calls_extension", "calls")
