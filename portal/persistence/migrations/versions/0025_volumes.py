"""Files of closed matters, lists of what is to be destroyed, requests of persons about themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    _volume()
    _destruction()
    _item()
    op.create_table(
        "subject_request",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", PATH, nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("proof", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=130), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_subject_request_at", "subject_request", ["at"])


def _volume() -> None:
    op.create_table(
        "volume",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("placed", JSON_DOC, nullable=False),
        _text("retention", sa.String(length=64)),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("archived_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        _text("hold_reason", sa.Text()),
        _text("hold_by_name", sa.String(length=130)),
        sa.Column("hold_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index("ix_volume_ends", "volume", ["etype", "ends_on", "record_id"])


def _destruction() -> None:
    op.create_table(
        "destruction",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", PATH, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_by_name", sa.String(length=130), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        _text("decided_by_name", sa.String(length=130)),
        _text("decision", sa.Text()),
        sa.Column("job_id", BIG_ID, nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )


def _item() -> None:
    op.create_table(
        "destruction_item",
        sa.Column("destruction_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_uid", sa.String(length=32), nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        _text("code", sa.String(length=80)),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", PATH, nullable=False),
        sa.Column("retention", sa.String(length=64), nullable=False),
        sa.Column("retention_title", sa.String(length=200), nullable=False),
        sa.Column("archived_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        _text("why", sa.String(length=40)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted", JSON_DOC, nullable=False),
        sa.ForeignKeyConstraint(["destruction_id"], ["destruction.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("destruction_id", "n"),
    )
    op.create_index("ix_destruction_item_record", "destruction_item", ["record_uid"])


def _text(name: str, kind: sa.String) -> sa.Column[str]:
    return sa.Column(name, kind, server_default="", nullable=False)
