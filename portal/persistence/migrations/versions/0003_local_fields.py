"""Typed values of the fields that a county declares for itself."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at revision 0002."""
