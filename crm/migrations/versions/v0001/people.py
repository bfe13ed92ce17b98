"""The first tables of people."""

import sqlalchemy as sa

from crm.columns import Id, Json, UtcDateTime
from crm.migrations.versions.v0001 import metadata

sa.Table(
    "departments",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
)

sa.Table(
    "lines",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(40), nullable=False, unique=True),
    sa.Column("number", sa.String(20), nullable=False, unique=True),
    sa.Column("label", sa.String(100), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("sip_user", sa.String(100), nullable=False),
    sa.Column("sip_password", sa.String(100), nullable=False),
    sa.Column("mode", sa.String(10), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("ring_seconds", sa.Integer, nullable=False),
    sa.Column("record", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("lead_for_withheld", sa.Boolean, nullable=False, server_default=sa.false()),
)

sa.Table(
    "options",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", Json, nullable=False),
)

sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("subject", sa.String(120), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
)

sa.Table(
    "users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("email", sa.String(254)),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column(
        "department_id", Id, sa.ForeignKey("departments.id", ondelete="SET NULL"), index=True
    ),
    sa.Column("language", sa.String(10)),
    sa.Column("timezone", sa.String(64)),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("presence", sa.String(10), nullable=False, server_default="free"),
    sa.Column("default_line_id", Id, sa.ForeignKey("lines.id", ondelete="SET NULL")),
    sa.Column("outbound_per_hour", sa.Integer),
    sa.Column("countries", Json),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column(
        "user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
)

sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL"), index=True),
    sa.Column("user_name", sa.String(100), nullable=False),
    sa.Column("action", sa.String(50), nullable=False),
    sa.Column("subject", sa.String(30), nullable=False),
    sa.Column("subject_id", Id),
    sa.Column("details", Json, nullable=False),
    sa.Index("ix_audit_subject", "subject", "subject_id", "id"),
)

sa.Table(
    "extensions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.String(10), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("sip_password", sa.String(64), nullable=False),
    sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="SET NULL"), index=True),
    sa.Column("pickup_group", sa.String(50)),
    sa.Column("record", sa.Boolean, nullable=False, server_default=sa.true()),
)

sa.Table(
    "sign_ins",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column(
        "user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
)

sa.Table(
    "user_lines",
    metadata,
    sa.Column("user_id", Id, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("line_id", Id, sa.ForeignKey("lines.id", ondelete="CASCADE"), primary_key=True),
)

sa.Table(
    "line_rings",
    metadata,
    sa.Column("line_id", Id, sa.ForeignKey("lines.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "extension_id", Id, sa.ForeignKey("extensions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("position", sa.Integer, nullable=False),
)
