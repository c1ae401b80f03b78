"""Which units see a record, and figures kept by changes."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at revision 0004."""
