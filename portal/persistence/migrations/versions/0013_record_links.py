"""Links between records: one that came of another, or is about the same matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema of a database at the revision before; each step is passed over where it is done already."""
    if not sa.inspect(op.get_bind()).has_table("record_link"):
        op.create_table(
            "record_link",
            sa.Column("id", BIG_ID, nullable=False),
            sa.Column("kind", sa.String(length=20), nullable=False),
            sa.Column("from_id", BIG_ID, nullable=False),
            sa.Column("to_id", BIG_ID, nullable=False),
            sa.Column("by_name", sa.String(length=130), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(["from_id"], ["record.id"], ondelete="CASCADE"),
            sa.ForeignKeyConstraint(["to_id"], ["record.id"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("id"),
            sa.UniqueConstraint("from_id", "to_id", name="uq_record_link"),
        )
    op.create_index("ix_record_link_to", "record_link", ["to_id", "id"], if_not_exists=True)
