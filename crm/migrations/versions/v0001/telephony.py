"""The first tables of telephony."""

import sqlalchemy as sa

from crm.columns import Id, Json, UtcDateTime
from crm.migrations.versions.v0001 import metadata

sa.Table(
    "calls",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("key", sa.String(120), nullable=False, unique=True),
    sa.Column("direction", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("outcome", sa.String(12)),
    sa.Column("number", sa.String(40)),
    sa.Column("withheld", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("network_name", sa.String(100)),
    sa.Column("line", sa.String(40)),
    sa.Column("dialled", sa.String(40)),
    sa.Column("extension", sa.String(10)),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("answered_extension", sa.String(10)),
    sa.Column("answered_by_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("ended_by_side", sa.String(10)),
    sa.Column("cause", sa.Integer, nullable=False),
    sa.Column("assumed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("quality", Json),
    sa.Column("merged_into_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), index=True),
    sa.Column("placed_by_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Index("ix_calls_line", "line", "started_at"),
    sa.Index(
        "ix_calls_live",
        "state",
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    ),
    sa.Index("ix_calls_number", "number", "started_at"),
    sa.Index("ix_calls_started", "started_at", "id"),
)

sa.Table(
    "call_cards",
    metadata,
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("card_id", Id, sa.ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("attached", sa.Boolean, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Index("ix_call_cards_card", "card_id", "started_at", "call_id"),
)

sa.Table(
    "call_events",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.UniqueConstraint("call_id", "key"),
)

sa.Table(
    "call_parties",
    metadata,
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("extension", sa.String(10)),
    sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("number", sa.String(40)),
    sa.Column("line", sa.String(40)),
    sa.Column("name", sa.String(100)),
    sa.Column("how", sa.String(12), nullable=False),
    sa.Column("joined_at", UtcDateTime, nullable=False),
    sa.Column("left_at", UtcDateTime),
)

sa.Table(
    "call_transfers",
    metadata,
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("by_party", Json),
    sa.Column("to_party", Json, nullable=False),
    sa.Column("returned", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

sa.Table(
    "call_users",
    metadata,
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("spoke", sa.Boolean, nullable=False),
    sa.Index("ix_call_users_user", "user_id", "call_id"),
)

sa.Table(
    "missed_calls",
    metadata,
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.String(40)),
    sa.Column("responsible_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL"), index=True),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("cleared_at", UtcDateTime),
    sa.Column("cleared_by_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("cleared_call_id", Id, sa.ForeignKey("calls.id", ondelete="SET NULL")),
    sa.Index(
        "ix_missed_open",
        "number",
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    ),
    sa.Index("ix_missed_raised", "raised_at", "call_id"),
)

sa.Table(
    "recordings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("channel", sa.String(120), nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False, index=True),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("seconds", sa.Float),
    sa.Column("channels", sa.Integer),
    sa.Column("path", sa.String(255)),
    sa.Column("size", sa.BigInteger),
    sa.Column("sha256", sa.String(64)),
    sa.Column("client_sha256", sa.String(64)),
    sa.Column("company_sha256", sa.String(64)),
    sa.Column("peaks", sa.LargeBinary),
    sa.Column("condition", sa.String(10)),
    sa.Column("problems", Json, nullable=False),
    sa.Column("deleted_at", UtcDateTime),
    sa.Column("deleted_reason", sa.Text),
    sa.UniqueConstraint("channel", "part"),
    sa.Index("ix_recordings_call", "call_id"),
)

sa.Table(
    "listenings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column(
        "recording_id",
        Id,
        sa.ForeignKey("recordings.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("user_name", sa.String(100), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
