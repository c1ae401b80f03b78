"""Layers and assets, states of releases, and which release is in force from when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON_DOC = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
APPEND_ONLY = ("layer", "layer_file", "blob", "release_state")


def upgrade() -> None:
    """Change the schema of a database at revision 0001; what its centres run by stays as it is."""
    _create_tables()
    op.add_column("release", sa.Column("format", sa.Integer(), nullable=False, server_default="1"))
    _schedule_activations()
    with op.batch_alter_table("centre") as centre:
        centre.drop_column("release_id")
    op.execute(
        "INSERT INTO release_state (release_id, state, at, by_name, reason) "
        "SELECT id, 'approved', published_at, published_by, 'published before releases had states' FROM release"
    )
    for table in APPEND_ONLY:
        _refuse_rewriting(table)


def _create_tables() -> None:
    op.create_table(
        "layer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(length=160), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("manifest", JSON_DOC, nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=130), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("pack", "version", name="uq_layer_version"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "layer_file",
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"]),
        sa.ForeignKeyConstraint(["blob"], ["blob.sha256"]),
        sa.PrimaryKeyConstraint("layer_id", "path"),
    )
    op.create_table(
        "release_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(length=130), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_release_state_release_id", "release_state", ["release_id"])


def _schedule_activations() -> None:
    """Give each activation the moment from which it counts.

    The database refuses to change these rows, so that is switched off while the new columns are filled. SQLite
    makes the table anew, which takes its triggers away.
    """
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute("ALTER TABLE release_activation DISABLE TRIGGER release_activation_append_only")
    with op.batch_alter_table("release_activation") as table:
        table.add_column(sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("kind", sa.String(12), nullable=False, server_default="activate"))
        table.add_column(sa.Column("origin", sa.String(10), nullable=False, server_default="act"))
        table.add_column(sa.Column("cancels", sa.Integer(), nullable=True))
        table.add_column(sa.Column("name", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("agency", sa.String(20), nullable=False, server_default=""))
        table.create_foreign_key("fk_release_activation_cancels", "release_activation", ["cancels"], ["id"])
    if not postgres:
        # A table that was made anew has no triggers; where it was not, this keeps the filling possible.
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS release_activation_no_{verb}")
    _fill_activations()
    with op.batch_alter_table("release_activation") as table:
        table.alter_column("effective_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        table.drop_index("ix_release_activation_unit_id")
        table.create_index("ix_release_activation_in_force", ["unit_id", "effective_at", "id"])
        table.create_index("ix_release_activation_cancels", ["cancels"], unique=True)
    if postgres:
        op.execute("ALTER TABLE release_activation ENABLE TRIGGER release_activation_append_only")
    else:
        _refuse_rewriting("release_activation")


def _fill_activations() -> None:
    op.execute("UPDATE release_activation SET effective_at = at")
    op.execute(
        "UPDATE release_activation SET kind = 'open' "
        "WHERE id IN (SELECT min(id) FROM release_activation GROUP BY unit_id)"
    )
    # Seeding wrote its name into the entry of the release that it published.
    op.execute(
        "UPDATE release_activation SET origin = 'seed' WHERE by_name = 'system' AND reason = 'publish' "
        "AND EXISTS (SELECT 1 FROM audit_entry e WHERE e.action = 'publish' AND e.kind = 'release' "
        "AND e.reason = 'seed' AND e.release_id = release_activation.release_id)"
    )
    # What a centre pointed at is in force there: where its last activation says another thing, one is added.
    op.execute(
        "INSERT INTO release_activation "
        "(unit_id, release_id, previous_id, at, effective_at, kind, by_name, reason) "
        "SELECT c.unit_id, c.release_id, l.release_id, coalesce(l.effective_at, c.changed_at), "
        "coalesce(l.effective_at, c.changed_at), CASE WHEN l.id IS NULL THEN 'open' ELSE 'activate' END, "
        "'system', 'in force before activations had times' "
        "FROM centre c LEFT JOIN release_activation l ON l.id = (SELECT a.id FROM release_activation a "
        "WHERE a.unit_id = c.unit_id ORDER BY a.effective_at DESC, a.id DESC LIMIT 1) "
        "WHERE l.id IS NULL OR l.release_id <> c.release_id"
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
