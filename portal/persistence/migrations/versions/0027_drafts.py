"""Drafts of configurations: commands, states in between, files, and who is at work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Only ever added to.
APPEND_ONLY = ("draft_command", "draft_snapshot", "draft_asset")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PATH = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    _drafts()
    _commands()
    _states()
    _presence()
    for table in APPEND_ONLY:
        _refuse_rewriting(table)


def _drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("pack", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("chain", JSON_DOC, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_by_name", sa.String(length=130), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_name", sa.String(length=130), nullable=False),
        sa.Column("found", JSON_DOC, nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_by_name", sa.String(length=130), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_draft_unit", "draft", ["unit_path", "state"], unique=False)


def _commands() -> None:
    op.create_table(
        "draft_command",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("draft_uid", sa.String(length=32), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("group_uid", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("takes_back", sa.String(length=32), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=130), nullable=False),
        sa.Column("why", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["draft_uid"], ["draft.uid"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("draft_uid", "number", name="uq_draft_command"),
    )
    op.create_index("ix_draft_command_group", "draft_command", ["draft_uid", "group_uid"], unique=False)


def _states() -> None:
    op.create_table(
        "draft_snapshot",
        sa.Column("draft_uid", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draft_uid"], ["draft.uid"]),
        sa.PrimaryKeyConstraint("draft_uid", "position"),
    )
    op.create_table(
        "draft_asset",
        sa.Column("draft_uid", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["draft_uid"], ["draft.uid"]),
        sa.PrimaryKeyConstraint("draft_uid", "sha256"),
    )


def _presence() -> None:
    op.create_table(
        "draft_presence",
        sa.Column("draft_uid", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_path", _PATH, nullable=False),
        sa.Column("name", sa.String(length=130), nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_uid"], ["draft.uid"]),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("draft_uid", "user_id"),
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
