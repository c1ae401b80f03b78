"""Referrals say of which kind they are, whether a decision binds, and until when they may be returned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at the revision before: what was sent is ordinary and has no last day."""
    op.add_column("referral", sa.Column("kind", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("referral", sa.Column("binding", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("referral", sa.Column("return_by", sa.Date(), nullable=True))
