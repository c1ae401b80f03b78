"""Tokens of feeds, exports back to other systems, and up to where a matter was exported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PATH = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    op.add_column("import_file", sa.Column("token_id", _NUMBER, nullable=True))
    _tokens()
    _exports()
    _exported()


def _tokens() -> None:
    op.create_table(
        "import_token",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(length=130), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["import_source.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_import_token_source", "import_token", ["source_id"], unique=False)


def _exports() -> None:
    op.create_table(
        "source_export",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=130), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("fields", JSON_DOC, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["import_source.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_source_export_source", "source_export", ["source_id", "id"], unique=False)


def _exported() -> None:
    op.create_table(
        "exported_record",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("event_id", _NUMBER, nullable=False),
        sa.Column("export_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["source_export.id"]),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index("ix_exported_record_export", "exported_record", ["export_id"], unique=False)
