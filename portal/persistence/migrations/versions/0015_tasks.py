"""Tasks of records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    """Change the schema of a database at the revision before; what steps left to be done stays in the histories."""
    op.create_table(
        "task",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        *(_text(name, sa.String(length=64)) for name in ("task", "role", "source_name")),
        *(_text(name, sa.Text()) for name in ("words", "settled_words")),
        *(
            _text(name, sa.String(length=130))
            for name in ("owner_name", "created_by_name", "settled_by_name")
        ),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", PATH, nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("due_set", sa.Boolean(), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("record_id", "n"),
    )
    _index("ix_task_owner", ["owner_id", "due_on"])
    _index("ix_task_unit", ["unit_path", "due_on"])


def _text(name: str, kind: sa.String) -> sa.Column[str]:
    return sa.Column(name, kind, server_default="", nullable=False)


def _index(name: str, columns: list[str]) -> None:
    op.create_index(name, "task", columns, sqlite_where=OPEN, postgresql_where=OPEN)
