"""Roles that wait for a second person, the unit that an account belongs to, and an index of what a person uploaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The uppermost role that somebody holds says where he belongs; of several, the one that he has held longest.
HOMES = """
INSERT INTO account_home (user_id, unit_id)
SELECT user_id, unit_id FROM (
    SELECT a.user_id, a.unit_id,
           ROW_NUMBER() OVER (PARTITION BY a.user_id ORDER BY LENGTH(u.path), a.id) AS place
    FROM assignment a JOIN unit u ON u.id = a.unit_id
) held WHERE place = 1
"""


def upgrade() -> None:
    """Change the schema of a database at revision 0010: roles that are held count as confirmed when they were given."""
    op.add_column("assignment", sa.Column("given_by", sa.Integer(), nullable=True))
    op.add_column("assignment", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assignment", sa.Column("confirmed_by_name", sa.String(length=130), nullable=True))
    op.execute("UPDATE assignment SET confirmed_at = created_at")
    op.create_table(
        "account_home",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_index(op.f("ix_account_home_unit_id"), "account_home", ["unit_id"], unique=False)
    op.execute(HOMES)
    op.create_index("ix_attachment_maker", "attachment", ["created_by", "created_at"])
