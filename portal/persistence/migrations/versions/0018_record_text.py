"""Texts of records, and what finds them by their words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TRIGGERS = {
    "added": ("INSERT", "INSERT INTO record_text_index(rowid, grams) VALUES (new.id, new.grams);"),
    "gone": (
        "DELETE",
        "INSERT INTO record_text_index(record_text_index, rowid, grams) VALUES ('delete', old.id, old.grams);",
    ),
    "changed": (
        "UPDATE",
        "INSERT INTO record_text_index(record_text_index, rowid, grams) VALUES ('delete', old.id, old.grams);"
        " INSERT INTO record_text_index(rowid, grams) VALUES (new.id, new.grams);",
    ),
}


def upgrade() -> None:
    """Change the schema of a database at the revision before."""
    op.create_table(
        "record_text",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("record_id", _NUMBER, nullable=False),
        sa.Column("etype", sa.String(length=64), nullable=False),
        sa.Column("pointer", sa.String(length=200), nullable=False),
        sa.Column("grams", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("record_id", "pointer", name="uq_record_text"),
    )
    op.create_index("ix_record_text_field", "record_text", ["etype", "pointer"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX record_text_index ON record_text USING gin (to_tsvector('simple'::regconfig, grams))"
        )
        return
    # The index alone: the words stay in record_text, and how they follow one another is read there.
    op.execute(
        "CREATE VIRTUAL TABLE record_text_index USING fts5"
        "(grams, content='record_text', content_rowid='id', tokenize='ascii', detail='none')"
    )
    for name, (verb, does) in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER record_text_{name} AFTER {verb} ON record_text BEGIN {does} END")
