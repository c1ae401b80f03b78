"""Layers and assets, states of releases, and which release is in force from when."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at revision 0001."""
