"""Alembic's entry: runs on the connection that `crm.migrations` opened, in its transaction."""

from alembic import context

from crm.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
context.run_migrations()
