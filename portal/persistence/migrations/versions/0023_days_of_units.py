"""The day by which a unit accepts, its own day of a record, and the correction that waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# What of the unit's own periods runs out first. Its rights that lapse do not count: the record's day has left them out.
OWN_DAY = """
UPDATE record SET handler_due_on = (
    SELECT min(c.due_on) FROM clock c
    WHERE c.record_id = record.id AND c.state = 'running' AND c.whose = 'handler' AND c.due_on >= record.due_on
) WHERE is_open AND handler_path IS NOT NULL AND due_on IS NOT NULL
"""
# Where nobody was asked for long, the day of the report is the one by which to accept at the latest.
ACCEPT_BY = "UPDATE referral SET accept_by = due_on WHERE status = 'sent' AND kind <> 'dispute'"
# The account that asked; 0 where the row does not name it.
ASKED = """
UPDATE record SET correction_by = (
    SELECT coalesce(e.by_id, 0) FROM record_event e
    WHERE e.record_id = record.id AND e.kind = 'correction' ORDER BY e.id DESC LIMIT 1
) WHERE id IN (
    SELECT e.record_id FROM record_event e WHERE e.kind = 'correction' AND e.name = 'asked' AND e.id = (
        SELECT max(o.id) FROM record_event o WHERE o.record_id = e.record_id AND o.kind = 'correction'
    )
)
"""
SEEN = """
UPDATE record_reach SET correcting = true WHERE record_id IN (SELECT id FROM record WHERE correction_by IS NOT NULL)
"""


def upgrade() -> None:
    """Change the schema of a database at the revision before, and work out what the new columns say."""
    op.add_column("referral", sa.Column("accept_by", sa.Date(), nullable=True))
    op.add_column("record", sa.Column("handler_due_on", sa.Date(), nullable=True))
    op.add_column("record", sa.Column("correction_by", sa.Integer(), nullable=True))
    op.add_column(
        "record_reach", sa.Column("correcting", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_reach_correcting",
        "record_reach",
        ["unit_id", "etype", "updated_at", "record_id"],
        postgresql_where=sa.text("correcting"),
        sqlite_where=sa.text("correcting = 1"),
    )
    op.create_index(
        "ix_referral_asking",
        "referral",
        ["from_path", "status", "id"],
        postgresql_where=sa.text("NOT lead"),
        sqlite_where=sa.text("lead = 0"),
    )
    connection = op.get_bind()
    for statement in (OWN_DAY, ACCEPT_BY, ASKED, SEEN):
        connection.execute(sa.text(statement))
