"""Records of other systems: sources with mappings, files with rows, where a record was taken over from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PATH = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    _sources()
    _files()
    _chunks()
    _origins()


def _sources() -> None:
    op.create_table(
        "import_source",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("mapping", JSON_DOC, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.String(length=130), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        sa.UniqueConstraint("unit_id", "name", name="uq_import_source"),
    )


def _files() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sheet", sa.String(length=100), server_default="", nullable=False),
        sa.Column("layout", JSON_DOC, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("found", JSON_DOC, nullable=False),
        sa.Column("job_id", _NUMBER, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_by_name", sa.String(length=130), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["import_source.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_import_file_source", "import_file", ["source_id", "id"], unique=False)
    op.create_index("ix_import_file_touched", "import_file", ["touched_at"], unique=False)


def _chunks() -> None:
    op.create_table(
        "import_chunk",
        sa.Column("file_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["import_file.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "n"),
    )


def _origins() -> None:
    op.create_table(
        "record_source",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("file_id", _NUMBER, nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", JSON_DOC, nullable=False),
        sa.Column("offered", JSON_DOC, nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["import_file.id"],
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["import_source.id"],
        ),
        sa.PrimaryKeyConstraint("record_id"),
        sa.UniqueConstraint("source_id", "number", name="uq_record_source"),
    )
    op.create_index("ix_record_source_file", "record_source", ["file_id"], unique=False)
