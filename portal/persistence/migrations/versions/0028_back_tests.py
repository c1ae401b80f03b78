"""Drafts tried on past matters: what was asked, and what it came to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PATH = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    op.create_table(
        "draft_back_test",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("draft_uid", sa.String(length=32), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asked", JSON_DOC, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=130), nullable=False),
        sa.Column("job_id", _NUMBER, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", JSON_DOC, nullable=True),
        sa.ForeignKeyConstraint(["draft_uid"], ["draft.uid"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_back_test", "draft_back_test", ["draft_uid", "id"], unique=False)
