"""Codes by which parties look their matter up, wrong attempts, and answers after closing in totals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    op.create_table(
        "lookup_code",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "lookup_attempt",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("lock", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lookup_attempt", "lookup_attempt", ["lock", "at"])
    op.create_index("ix_lookup_attempt_at", "lookup_attempt", ["at"])
    op.create_table(
        "lookup_answer",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "etype", "month", "question", "answer"),
        sqlite_with_rowid=False,
    )
