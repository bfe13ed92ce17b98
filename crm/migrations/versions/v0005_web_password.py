"""Every extension can be a browser, which registers with a password of its own."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_extensions = sa.table(
    "extensions", sa.column("id", sa.Integer), sa.column("web_password", sa.String)
)


def upgrade() -> None:
    column = sa.Column("web_password", sa.String(64), nullable=False, server_default="")
    op.add_column("extensions", column)
    connection = op.get_bind()
    for (id_,) in connection.execute(sa.select(_extensions.c.id)).all():
        made = _extensions.update().where(_extensions.c.id == id_)
        connection.execute(made.values(web_password=secrets.token_urlsafe(18)))


def downgrade() -> None:
    op.drop_column("extensions", "web_password")
