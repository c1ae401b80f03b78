"""Reach in the order of changes and of due days, so that lists run along it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OLD = ("ix_reach_created", "ix_reach_others", "ix_reach_due", "ix_reach_waiting")
PLAIN = {
    "ix_reach_created": ["unit_id", "etype", "created_at", "record_id"],
    "ix_reach_updated": ["unit_id", "etype", "updated_at", "record_id"],
}
PARTIAL = {
    "ix_reach_others": (["unit_id", "etype", "record_id"], "why <> 'owner'"),
    "ix_reach_dated": (["unit_id", "etype", "due_on", "record_id"], "due_on IS NOT NULL"),
    "ix_reach_due": (["unit_id", "etype", "is_open", "due_on", "record_id"], "due_on IS NOT NULL"),
    "ix_reach_waiting": (["unit_id", "etype", "created_at", "record_id"], "waiting"),
}


def upgrade() -> None:
    """Change the schema of a database at revision 0008, and say in each row of reach when its record was changed.

    All in one transaction: one that is cut off leaves nothing, and can be run again. Indexes are made over the rows at
    once: half the time of keeping them row by row.
    """
    for name in OLD:
        op.drop_index(name, "record_reach")
    if op.get_bind().dialect.name == "postgresql":
        _in_place()
    else:
        _rebuilt()
    for name, columns in PLAIN.items():
        op.create_index(name, "record_reach", columns)
    for name, (columns, where) in PARTIAL.items():
        there = sa.text(where)
        op.create_index(name, "record_reach", columns, sqlite_where=there, postgresql_where=there)


def _in_place() -> None:
    """Add the column to the table that is there: rights that a server gave for it stay."""
    op.add_column("record_reach", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE record_reach SET updated_at = record.updated_at FROM record WHERE record.id = record_reach.record_id"
    )
    op.alter_column("record_reach", "updated_at", nullable=False)


def _rebuilt() -> None:
    """Fill a new table: SQLite adds no column that must hold something."""
    op.create_table(
        "record_reach_new",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "unit_id"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO record_reach_new "
        "SELECT s.record_id, s.unit_id, s.etype, s.created_at, r.updated_at, s.is_open, s.due_on, s.waiting, s.why "
        "FROM record_reach s JOIN record r ON r.id = s.record_id"
    )
    op.drop_table("record_reach")
    op.rename_table("record_reach_new", "record_reach")
