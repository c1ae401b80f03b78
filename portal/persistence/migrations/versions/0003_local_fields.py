"""Typed values of the fields that a county declares for itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at revision 0002."""
    op.add_column("record", sa.Column("kept", JSON_DOC, nullable=True))
    op.create_table(
        "record_value",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("pointer", sa.String(length=200), nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "pointer"),
    )
    for column in ("text", "number", "day"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_record_value_{column}",
            "record_value",
            ["etype", "pointer", column, "record_id"],
            unique=False,
            sqlite_where=there,
            postgresql_where=there,
        )
    op.create_table(
        "field_place",
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("pointer", sa.String(length=200), nullable=False),
        sa.Column("stored", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("etype", "pointer"),
    )
    op.create_table(
        "field_fill",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("pointer", sa.String(length=200), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("position", BIG_ID, nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("unit_id", "etype", "pointer"),
    )
