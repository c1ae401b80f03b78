"""A key of its own for each record: what stays in append-only tables goes with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at revision 0003: older records get a key when they are changed."""
    op.add_column("record", sa.Column("key", sa.Text(), nullable=True))
