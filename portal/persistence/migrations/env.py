"""What Alembic runs: migrate over the connection that ``portal.persistence.migrate`` hands over."""

from alembic import context

from portal.persistence.migrate import of_models
from portal.persistence.models import Model

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    compare_type=True,
    include_name=of_models,
    render_as_batch=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
