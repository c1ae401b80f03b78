"""Which units see a record, what figures count by, and figures kept by changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DOC = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
)
# Each unit with itself and the units above it.
UP = """
WITH RECURSIVE up(unit_id, above) AS (
    SELECT id, id FROM unit
    UNION ALL
    SELECT up.unit_id, unit.parent_id FROM up JOIN unit ON unit.id = up.above WHERE unit.parent_id IS NOT NULL
)
"""
# Each matter that somebody was asked to help with, and its parts, which are seen like their whole.
ASKED = """,
asked(whole_id, record_id) AS (
    SELECT record_id, record_id FROM referral WHERE status IN ('sent', 'accepted')
    UNION
    SELECT asked.whole_id, record.id FROM asked JOIN record ON record.parent_id = asked.record_id
)
"""
INTO = "INSERT INTO record_reach (record_id, unit_id, etype, created_at, is_open, due_on, waiting, why) "
COLUMNS = "r.id, up.above, r.etype, r.created_at, r.is_open, r.due_on"
# The strongest reason comes first; the key keeps the later ones out.
OWNED = f"""{INTO}{UP}
SELECT {COLUMNS}, r.is_open AND r.handler_path IS NULL, 'owner' FROM record r JOIN up ON up.unit_id = r.unit_id
"""
HANDLED = f"""{INTO}{UP}
SELECT {COLUMNS}, false, 'handler' FROM record r JOIN up ON up.unit_id = r.handler_unit_id
WHERE true ON CONFLICT DO NOTHING
"""
ASSISTED = f"""{INTO}{UP}{ASKED}
SELECT DISTINCT {COLUMNS}, false, 'assisting'
FROM asked JOIN referral f ON f.record_id = asked.whole_id AND f.status IN ('sent', 'accepted')
JOIN up ON up.unit_id = f.to_unit_id JOIN record r ON r.id = asked.record_id
WHERE true ON CONFLICT DO NOTHING
"""
ROUTES = """
UPDATE record SET route = (
    SELECT f.route FROM referral f
    WHERE f.record_id = record.id AND f.lead AND f.route <> '' AND f.status IN ('sent', 'accepted', 'done')
    ORDER BY f.id DESC LIMIT 1
) WHERE handler_path IS NOT NULL
"""


def upgrade() -> None:
    """Change the schema of a database at revision 0004, and say of each record which units see it.

    All in one transaction: one that is cut off leaves nothing, and can be run again.
    """
    for column in ("dispute_class", "channel", "route", "grade"):
        op.add_column("record", sa.Column(column, sa.String(length=64), nullable=True))
    _reach()
    _figures()
    connection = op.get_bind()
    for statement in (OWNED, HANDLED, ASSISTED, ROUTES):
        connection.execute(sa.text(statement))
    _channels(connection)
    _classes(connection)
    # Indexes are made over the rows at once: half the time of filling them row by row.
    _indexes()
    filled = connection.execute(sa.text("SELECT EXISTS (SELECT 1 FROM record)")).scalar()
    state = sa.table("figure_state", sa.column("id", sa.Integer), sa.column("ready", sa.Boolean))
    connection.execute(state.insert().values(id=1, ready=not filled))


def _reach() -> None:
    op.create_table(
        "record_reach",
        sa.Column("record_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "unit_id"),
        sqlite_with_rowid=False,
    )


def _indexes() -> None:
    op.create_index("ix_reach_created", "record_reach", ["unit_id", "etype", "created_at", "record_id"])
    partial = {
        "ix_reach_others": (["unit_id", "etype", "record_id"], "why <> 'owner'"),
        "ix_reach_due": (["unit_id", "etype", "is_open", "due_on", "record_id"], "due_on IS NOT NULL"),
        "ix_reach_waiting": (["unit_id", "etype", "created_at", "record_id"], "waiting"),
    }
    for name, (columns, where) in partial.items():
        there = sa.text(where)
        op.create_index(name, "record_reach", columns, sqlite_where=there, postgresql_where=there)


def _figures() -> None:
    op.create_table(
        "figure_delta",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("old", JSON_DOC, nullable=True),
        sa.Column("new", JSON_DOC, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_figure_delta_type", "figure_delta", ["etype", "id"])
    keys = ("unit_id", "side", "etype", "axis", "month", "value", "is_open")
    op.create_table(
        "figure",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=140), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*keys),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "figure_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _channels(connection: Any) -> None:
    held = (
        "data ->> 'channel'" if connection.dialect.name == "postgresql" else "json_extract(data, '$.channel')"
    )
    connection.execute(
        sa.text(f"UPDATE record SET channel = {held} WHERE {held} IS NOT NULL AND length({held}) <= 64")
    )


def _classes(connection: Any) -> None:
    """Give records the top of their dispute type, by the terms of the release of each."""
    found = connection.execute(
        sa.text("SELECT DISTINCT release_id, dispute_type FROM record WHERE dispute_type IS NOT NULL")
    ).all()
    if not found:
        return
    parents = {release: _parents(connection, release) for release in {row[0] for row in found}}
    values = [
        {"release": release, "code": code, "top": top}
        for release, code in found
        if (top := _top(parents[release], code)) is not None
    ]
    if values:
        # One statement over all records, by a list of pairs: one for each pair would read the table as often.
        connection.execute(
            sa.text("CREATE TEMPORARY TABLE top_of (release integer, code varchar(64), top varchar(64))")
        )
        connection.execute(sa.text("INSERT INTO top_of VALUES (:release, :code, :top)"), values)
        connection.execute(
            sa.text(
                "UPDATE record SET dispute_class = (SELECT top FROM top_of "
                "WHERE top_of.release = record.release_id AND top_of.code = record.dispute_type) "
                "WHERE dispute_type IS NOT NULL"
            )
        )
        connection.execute(sa.text("DROP TABLE top_of"))


def _parents(connection: Any, release: int) -> Mapping[str, str | None]:
    bundle = connection.execute(
        sa.text('SELECT bundle FROM "release" WHERE id = :id'), {"id": release}
    ).scalar()
    held = json.loads(bundle) if isinstance(bundle, str) else bundle
    return dict(_terms(held.get("taxonomies", {}).get("dispute", {}).get("terms", {})))


def _terms(terms: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    for code, term in terms.items():
        yield code, term.get("parent")


def _top(parents: Mapping[str, str | None], code: str) -> str | None:
    top, seen = None, set[str]()
    at: str | None = code
    while at is not None and at in parents and at not in seen:
        seen.add(at)
        top, at = at, parents[at]
    return top
