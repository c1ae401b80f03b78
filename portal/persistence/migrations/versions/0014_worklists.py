"""Where worklists stand in reach, and the units at which periods run: indexes by which badges are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
OLD = (
    "ix_reach_created",
    "ix_reach_updated",
    "ix_reach_others",
    "ix_reach_dated",
    "ix_reach_due",
    "ix_reach_waiting",
)
PLAIN = {
    "ix_reach_created": ["unit_id", "etype", "created_at", "record_id"],
    "ix_reach_updated": ["unit_id", "etype", "updated_at", "record_id"],
}
# The rows of an index, as PostgreSQL says them and as SQLite does.
DATED, OPEN = ("due_on IS NOT NULL",) * 2, ("is_open", "is_open = 1")
WAITS = ("waiting AND is_open", "waiting = 1 AND is_open = 1")
REACH = {
    "ix_reach_others": (["unit_id", "etype", "record_id"], ("why <> 'owner'",) * 2),
    "ix_reach_dated": (["unit_id", "etype", "due_on", "record_id"], DATED),
    "ix_reach_due": (["unit_id", "etype", "is_open", "due_on", "record_id"], DATED),
    "ix_reach_waiting": (["unit_id", "etype", "created_at", "record_id"], WAITS),
    "ix_reach_open": (["unit_id", "etype", "canonical_stage", "waiting", "handling", "record_id"], OPEN),
    "ix_reach_lanes": (["unit_id", "etype", "record_id"], ("lanes <> ''",) * 2),
}
RUNNING = "state = 'running'"
CLOCKS = {
    "ix_clock_unit": (["etype", "deadline", "unit_path", "due_on", "record_id"], (RUNNING,) * 2),
    "ix_clock_party": (
        ["etype", "unit_path", "due_on", "record_id"],
        (f"{RUNNING} AND whose = 'party'",) * 2,
    ),
}
OF_REFERRALS = {"ix_referral_assisting": (["to_path", "status", "id"], ("NOT lead", "lead = 0"))}
OF_RECORDS = {"ix_record_maker": (["created_by", "etype", "id"], OPEN)}
LANES = {
    "postgresql": "(SELECT ',' || string_agg(key, ',' ORDER BY key COLLATE \"C\") || ',' "
    "FROM jsonb_each_text(r.lanes) WHERE value = 'open')",
    "sqlite": "(SELECT ',' || group_concat(key, ',') || ',' "
    "FROM (SELECT key FROM json_each(r.lanes) WHERE value = 'open' ORDER BY key))",
}
PLACE_IN = {"postgresql": "strpos", "sqlite": "instr"}


def upgrade() -> None:
    """Change the schema of a database at revision 0014, and say in each row of reach where its record stands.

    All in one transaction: one that is cut off leaves nothing, and can be run again. Indexes are made over the rows at
    once: half the time of keeping them row by row.
    """
    kind = op.get_bind().dialect.name
    for name in OLD:
        op.drop_index(name, "record_reach")
    op.add_column("record_reach", sa.Column("canonical_stage", sa.String(length=20), nullable=True))
    op.add_column("record_reach", sa.Column("lanes", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "record_reach", sa.Column("handling", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(
        "UPDATE record_reach SET canonical_stage = r.canonical_stage, "
        f"lanes = coalesce({LANES[kind]}, ''), handling = coalesce({PLACE_IN[kind]}(r.handler_path, "
        "'/' || record_reach.unit_id || '/') > 0, false) FROM record r WHERE r.id = record_reach.record_id"
    )
    for name, columns in PLAIN.items():
        op.create_index(name, "record_reach", columns)
    op.add_column("clock", sa.Column("unit_path", PATH, server_default="", nullable=False))
    op.execute("UPDATE clock SET unit_path = r.unit_path FROM record r WHERE r.id = clock.record_id")
    op.create_index("ix_referral_from", "referral", ["status", "from_path", "id"])
    for table, indexes in (
        ("record_reach", REACH),
        ("clock", CLOCKS),
        ("referral", OF_REFERRALS),
        ("record", OF_RECORDS),
    ):
        for name, (columns, (said, on_sqlite)) in indexes.items():
            op.create_index(
                name, table, columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(said)
            )
