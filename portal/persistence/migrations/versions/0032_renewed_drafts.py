"""Drafts that go on over what came into force meanwhile: which draft each one goes on from, and what it began with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    with op.batch_alter_table("draft") as table:
        table.add_column(sa.Column("renews", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("from_files", sa.Boolean(), nullable=True))
