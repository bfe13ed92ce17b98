"""People, clients and telephony."""

from alembic import op

from crm.migrations.versions.v0001 import clients, metadata, people, telephony

revision = "0001"
down_revision = None

# Importing them has put their tables into `metadata`.
AREAS = (people, clients, telephony)

# What a company begins with; the administrator renames, adds and removes.
STATUSES = (
    ("new", "New", "open", "blue"),
    ("in_progress", "In progress", "open", "azure"),
    ("qualified", "Qualified", "open", "green"),
    ("converted", "Converted", "won", "lime"),
    ("lost", "Lost", "lost", "secondary"),
)


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)
    rows = [
        {"code": code, "name": name, "kind": kind, "color": color, "position": position}
        for position, (code, name, kind, color) in enumerate(STATUSES)
    ]
    op.bulk_insert(metadata.tables["lead_statuses"], rows)


def downgrade() -> None:
    metadata.drop_all(op.get_bind(), checkfirst=False)
