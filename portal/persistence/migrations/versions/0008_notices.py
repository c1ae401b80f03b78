"""What changed for a person, in words; who sent a referral."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at revision 0007; each step is passed over where it is done already."""
    known = sa.inspect(op.get_bind())
    if not any(column["name"] == "created_by" for column in known.get_columns("referral")):
        op.add_column("referral", sa.Column("created_by", sa.Integer(), nullable=True))
    if not known.has_table("notice"):
        op.create_table(
            "notice",
            sa.Column("id", BIG_ID, nullable=False),
            sa.Column("user_id", sa.Integer(), nullable=False),
            sa.Column("outbox_id", BIG_ID, nullable=False),
            sa.Column("record_uid", sa.String(length=32), nullable=False),
            sa.Column("etype", sa.String(length=64), nullable=False),
            sa.Column("event", sa.String(length=40), nullable=False),
            sa.Column("by_name", sa.String(length=130), nullable=False),
            sa.Column("params", JSON_DOC, nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
            sa.PrimaryKeyConstraint("id"),
            sa.UniqueConstraint("outbox_id", "user_id", name="uq_notice"),
        )
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["user_id", "id"],
        if_not_exists=True,
        sqlite_where=unread,
        postgresql_where=unread,
    )
    op.create_index("ix_notice_record", "notice", ["record_uid"], if_not_exists=True)
