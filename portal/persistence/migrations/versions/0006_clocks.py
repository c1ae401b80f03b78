"""Running periods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at revision 0005; days of open referrals go on as clocks."""
    if not sa.inspect(op.get_bind()).has_table("clock"):
        _create_table()
    _index("ix_clock_due", ["etype", "whose", "due_on", "record_id"], "state = 'running'")
    _index("ix_clock_provisional", ["release_id", "record_id"], "provisional")
    # What period a day came from is sealed in the decision, so it goes on as a day alone.
    postgres = op.get_bind().dialect.name == "postgresql"
    # A referral begins on the day that it is at the centres: all of China keeps Beijing time, without summer time.
    local = "f.created_at AT TIME ZONE 'Asia/Shanghai'" if postgres else "f.created_at, '+8 hours'"
    op.execute(
        "INSERT INTO clock (record_id, n, etype, deadline, variant, referral_id, whose, event, started_on, pauses, "
        "extensions, end_event, state, due_on, provisional, release_id, calendar) "
        "SELECT f.record_id, row_number() OVER (PARTITION BY f.record_id ORDER BY f.id) - 1, f.etype, '', '', f.id, "
        f"'handler', 'referral.sent', date({local}), '[]', '[]', '', 'running', f.due_on, false, r.release_id, '' "
        "FROM referral f JOIN record r ON r.id = f.record_id "
        "WHERE f.status IN ('sent', 'accepted') AND f.lead AND r.is_open AND f.due_on IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM clock c WHERE c.referral_id = f.id)"
    )


def _index(name: str, columns: list[str], where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name,
        "clock",
        columns,
        unique=False,
        if_not_exists=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _create_table() -> None:
    op.create_table(
        "clock",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("deadline", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("referral_id", BIG_ID, nullable=True),
        sa.Column("whose", sa.String(length=10), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pauses", JSON_DOC, nullable=False),
        sa.Column("extensions", JSON_DOC, nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_event", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("earlier_on", sa.Date(), nullable=True),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("record_id", "n"),
    )
