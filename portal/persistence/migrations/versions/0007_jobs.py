"""Leases, progress and keys of jobs; what falls due; workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("status IN ('ready', 'running')")
WAITING = sa.text("done_at IS NULL AND given_up_at IS NULL")
UNSENT = sa.text("sent_at IS NULL AND given_up_at IS NULL")


def upgrade() -> None:
    """Change the schema of a database at revision 0006."""
    _jobs()
    _due()
    _outbox()
    op.create_table(
        "job_worker",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_job_worker_seen_at"), "job_worker", ["seen_at"], unique=False)


def _jobs() -> None:
    for column in (
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("worker", sa.String(length=80), nullable=False, server_default=""),
        sa.Column("progress", JSON_DOC, nullable=True),
        sa.Column("cancel", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("result", JSON_DOC, nullable=True),
    ):
        op.add_column("job", column)
    op.create_index("ix_job_key", "job", ["key"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.create_table(
        "job_result",
        sa.Column("job_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("chunk", sa.String(length=100), nullable=False),
        sa.Column("value", JSON_DOC, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "chunk"),
    )


def _due() -> None:
    op.create_table(
        "due_event",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("payload", JSON_DOC, nullable=False),
        sa.Column("retry_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("given_up_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_due_event_waiting",
        "due_event",
        ["kind", "due_at"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_due_event_subject", "due_event", ["kind", "subject"], unique=True)
    op.create_table(
        "due_effect",
        sa.Column("due_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("effect", sa.String(length=60), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["due_id"], ["due_event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("due_id", "effect"),
    )


def _outbox() -> None:
    op.add_column("outbox", sa.Column("retry_at", MOMENT, nullable=True))
    op.add_column("outbox", sa.Column("error", sa.Text(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("given_up_at", MOMENT, nullable=True))
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["id"], unique=False, sqlite_where=UNSENT, postgresql_where=UNSENT
    )
