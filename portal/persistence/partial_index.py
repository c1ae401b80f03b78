"""Indexes of some rows of a table, with their condition as statements of each database write it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, text


def partial_index(name: str, *columns: str, where: str, on_sqlite: str = "") -> Index:
    """Return an index of the rows that meet a condition.

    SQLite finds it only where a statement says the very same: a flag is written ``is_open = 1`` there, ``on_sqlite``.
    """
    said: dict[str, Any] = {"sqlite_where": text(on_sqlite or where), "postgresql_where": text(where)}
    return Index(name, *columns, **said)
