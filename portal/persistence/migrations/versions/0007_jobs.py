"""Leases, progress and keys of jobs; due events."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema of a database at revision 0006."""
