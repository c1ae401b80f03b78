"""Fixtures for all tests."""

from tests.fixtures.browser import chromium
from tests.fixtures.database import (
    database_url,
    empty_database_url,
    portal,
    postgresql_server,
    seeded,
    seeded_postgresql,
    seeded_sqlite,
    seeded_url,
    sqlite_template,
    system,
)

__all__ = [
    "chromium",
    "database_url",
    "empty_database_url",
    "portal",
    "postgresql_server",
    "seeded",
    "seeded_postgresql",
    "seeded_sqlite",
    "seeded_url",
    "sqlite_template",
    "system",
]
