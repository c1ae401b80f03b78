"""Roll-out: plans and decisions of centres, campaigns with waves, targets and evidence."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

# Only ever added to.
APPEND_ONLY = ("rollout_decision", "campaign_evidence")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PATH = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    _plans()
    _decisions()
    _campaigns()
    _waves()
    _evidence()
    for table in APPEND_ONLY:
        _refuse_rewriting(table)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _plans() -> None:
    op.create_table(
        "rollout_plan",
        sa.Column("id", _NUMBER, nullable=False),
        _text("uid", 32),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        _text("pack", 100),
        _text("parent", 100),
        _text("version", 60),
        _text("digest", 64),
        sa.Column("based_on", sa.Integer(), nullable=False),
        _text("adopted", 60),
        _text("state", 12),
        sa.Column("bound", JSON_DOC, nullable=False),
        sa.Column("counts", JSON_DOC, nullable=False),
        sa.Column("impact", JSON_DOC, nullable=False),
        sa.Column("found", JSON_DOC, nullable=True),
        _moment("made_at"),
        sa.Column("made_by", sa.Integer(), nullable=True),
        _text("made_by_name", 130),
        sa.Column("release_id", sa.Integer(), nullable=True),
        _moment("applied_at", nullable=True),
        _moment("effective_at", nullable=True),
        _text("applied_by_name", 130),
        _moment("ended_at", nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_rollout_plan_unit", "rollout_plan", ["unit_id", "state"], unique=False)
    op.create_index("ix_rollout_plan_target", "rollout_plan", ["digest", "state"], unique=False)


def _decisions() -> None:
    op.create_table(
        "rollout_decision",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        _text("parent", 100),
        _text("version", 60),
        _text("path", 500),
        _text("base", 64),
        _text("theirs", 64),
        _text("ours", 64),
        _text("kind", 8),
        _text("action", 8),
        sa.Column("value", sa.Text(), nullable=True),
        _moment("at"),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _text("by_name", 130),
        _text("why", 2000),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rollout_decision_unit", "rollout_decision", ["unit_id", "parent"], unique=False)
    op.create_index("ix_rollout_decision_place", "rollout_decision", ["parent", "path"], unique=False)


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", _NUMBER, nullable=False),
        _text("uid", 32),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        _text("pack", 100),
        _text("version", 60),
        _text("digest", 64),
        _text("title", 100),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("aim_percent", sa.Integer(), nullable=False),
        sa.Column("aim_days", sa.Integer(), nullable=False),
        sa.Column("by_itself", sa.Boolean(), nullable=False),
        _text("state", 12),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        _moment("created_at"),
        sa.Column("created_by", sa.Integer(), nullable=True),
        _text("created_by_name", 130),
        _moment("changed_at"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_campaign_unit", "campaign", ["unit_path", "state"], unique=False)


def _waves() -> None:
    op.create_table(
        "campaign_wave",
        _text("campaign_uid", 32),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _text("title", 60),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("gates", JSON_DOC, nullable=False),
        _moment("resumed_at", nullable=True),
        sa.ForeignKeyConstraint(["campaign_uid"], ["campaign.uid"]),
        sa.PrimaryKeyConstraint("campaign_uid", "number"),
    )
    op.create_table(
        "campaign_target",
        _text("campaign_uid", 32),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_uid"], ["campaign.uid"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("campaign_uid", "unit_id"),
    )


def _evidence() -> None:
    op.create_table(
        "campaign_evidence",
        sa.Column("id", _NUMBER, nullable=False),
        _text("campaign_uid", 32),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        _text("gate", 40),
        _text("item", 40),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        _text("verdict", 12),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _moment("at"),
        _text("by_name", 130),
        sa.ForeignKeyConstraint(["campaign_uid"], ["campaign.uid"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_campaign_evidence", "campaign_evidence", ["campaign_uid", "unit_id", "gate"], unique=False
    )


def _refuse_rewriting(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
