"""The first tables of clients."""

import sqlalchemy as sa

from crm.columns import Id, Json, UtcDateTime
from crm.migrations.versions.v0001 import metadata

sa.Table(
    "lead_statuses",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("code", sa.String(30), nullable=False, unique=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("color", sa.String(20), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
)

sa.Table(
    "cards",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("type", sa.String(10), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("name_key", sa.String(200), nullable=False),
    sa.Column("title", sa.String(200)),
    sa.Column("position", sa.String(100)),
    sa.Column("company_id", Id, sa.ForeignKey("cards.id", ondelete="SET NULL"), index=True),
    sa.Column("status_id", Id, sa.ForeignKey("lead_statuses.id")),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("call_number", sa.String(20)),
    sa.Column("responsible_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("source", sa.String(30), nullable=False),
    sa.Column("source_line_id", Id, sa.ForeignKey("lines.id", ondelete="SET NULL")),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("active_at", UtcDateTime, nullable=False),
    sa.Column("deleted_at", UtcDateTime),
    sa.Column("converted_to_id", Id, sa.ForeignKey("cards.id", ondelete="SET NULL"), index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(
        "ix_cards_by_activity",
        "type",
        "active_at",
        "id",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sa.Index(
        "ix_cards_by_name",
        "type",
        "name_key",
        "id",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sa.Index(
        "ix_cards_by_responsible",
        "responsible_id",
        "type",
        "active_at",
        "id",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sa.Index(
        "ix_cards_by_status",
        "status_id",
        "active_at",
        "id",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    ),
    sa.Index(
        "uq_cards_open_lead_number",
        "call_number",
        unique=True,
        sqlite_where=sa.text(
            "type = 'lead' AND is_open AND deleted_at IS NULL AND call_number IS NOT NULL"
        ),
        postgresql_where=sa.text(
            "type = 'lead' AND is_open AND deleted_at IS NULL AND call_number IS NOT NULL"
        ),
    ),
)

sa.Table(
    "activities",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("card_id", Id, sa.ForeignKey("cards.id", ondelete="CASCADE")),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("author_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL")),
    sa.Column("call_id", Id, sa.ForeignKey("calls.id", ondelete="SET NULL"), index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("edited_at", UtcDateTime),
    sa.Column("deleted_at", UtcDateTime),
    sa.Index("ix_activities_card", "card_id", "at", "id"),
)

sa.Table(
    "emails",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column(
        "card_id", Id, sa.ForeignKey("cards.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("address", sa.String(254), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("ix_emails_address", "address", "card_id"),
)

sa.Table(
    "phones",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column(
        "card_id", Id, sa.ForeignKey("cards.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("ix_phones_number", "number", "card_id"),
)
