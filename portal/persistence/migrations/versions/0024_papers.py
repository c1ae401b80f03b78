"""Papers issued about records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    op.create_table(
        "paper",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        _text("number", sa.String(length=100)),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        _text("series", sa.String(length=64)),
        _text("period", sa.String(length=10)),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("release_id", sa.Integer(), nullable=False),
        _text("template", sa.String(length=64)),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", PATH, nullable=False),
        sa.Column("said", JSON_DOC, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        _text("issued_by_name", sa.String(length=130)),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        _text("void_by_name", sa.String(length=130)),
        _text("void_reason", sa.Text()),
        sa.Column("served", JSON_DOC, nullable=False),
        _text("scan", sa.String(length=32)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["unit.id"]),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("record_id", "n"),
    )
    op.create_index("uq_paper_number", "paper", ["centre_id", "series", "period", "seq"], unique=True)


def _text(name: str, kind: sa.String) -> sa.Column[str]:
    return sa.Column(name, kind, server_default="", nullable=False)
