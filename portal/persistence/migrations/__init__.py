"""Alembic migrations; run them with ``portal db upgrade``."""
