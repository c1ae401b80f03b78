"""All rows as they stand at one moment, while others go on writing.

SQLite: one reading transaction over the write-ahead log. PostgreSQL: one REPEATABLE READ transaction. Neither keeps
writers waiting, and neither needs a program of the database beside the portal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import DateTime, Engine, inspect
from sqlalchemy.engine import Connection

from portal.persistence import migrate
from portal.persistence.models import Model
from portal.persistence.snapshot.lines import BYTES, DAY, DOCUMENT, MOMENT, Column, Lines, TableLines, kind_of
from portal.persistence.text_match import is_beside

VERSIONS = "alembic_version"
_AT_ONCE, _LARGE_AT_ONCE = 2_000, 4
_PG_MOMENT = "YYYY-MM-DD HH24:MI:SS.US"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tables of a database at one moment; read while its context lasts."""

    connection: Connection
    revision: str
    others: tuple[str, ...]

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self.connection.dialect.name

    def tables(self) -> Iterator[TableLines]:
        """Yield each table of the portal with its rows."""
        for name in sorted(set(tables_of(self.connection)) - set(self.others)):
            yield table_lines(self.connection, name)

    def sequences(self) -> Mapping[str, int]:
        """Return the last number that was given out for each table's key; asked for after the moment of the rows."""
        return _sequences(self.connection) if self.dialect == "postgresql" else {}


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Open the snapshot of this moment; it holds no lock that keeps others from reading or writing rows."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            unlimited(connection)
            # No migration begins meanwhile. In a transaction of its own: the next one sees what is there afterwards.
            connection.exec_driver_sql(f"SELECT pg_advisory_lock_shared({migrate.LOCK})")
            connection.commit()
        try:
            revision = MigrationContext.configure(connection).get_current_revision() or ""
            # The tables of this version are known; those that somebody else keeps beside them are not the portal's.
            known = set(Model.metadata.tables) if revision == migrate.head() else set(tables_of(connection))
            others = tuple(name for name in tables_of(connection) if name not in known)
            yield Snapshot(connection, revision, others)
        finally:
            connection.rollback()
            if connection.dialect.name == "postgresql":
                # It carries the lock and the setting: it does not go back to the pool.
                connection.invalidate()


def unlimited(connection: Connection) -> None:
    """Let statements of a connection to PostgreSQL take as long as they need."""
    connection.exec_driver_sql("SET statement_timeout = 0")
    connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]


def tables_of(connection: Connection) -> list[str]:
    """Return the names of all tables but that of the revision, and those that the database keeps words in."""
    names = inspect(connection).get_table_names()
    return sorted(name for name in names if name != VERSIONS and not is_beside(name))


def table_lines(connection: Connection, name: str) -> TableLines:
    """Return a table with its rows as they stand for a connection."""
    described = inspect(connection).get_columns(name)
    columns = tuple(Column(one["name"], kind_of(one["type"])) for one in described)
    quote = connection.dialect.identifier_preparer.quote
    asked = ", ".join(
        _asked(connection, quote(column.name), column.kind, one["type"])
        for column, one in zip(columns, described, strict=True)
    )
    lines = Lines(columns)
    large = any(column.kind == BYTES for column in columns)
    rows = _rows(connection, f"SELECT {asked} FROM {quote(name)}", _LARGE_AT_ONCE if large else _AT_ONCE)
    return TableLines(name, lines, (lines.write(row) for row in rows))


def _asked(connection: Connection, column: str, kind: str, column_type: Any) -> str:
    """Return what is selected so that a value reads as SQLite stores it."""
    if connection.dialect.name != "postgresql":
        return column
    if kind == MOMENT:
        zoned = isinstance(column_type, DateTime) and column_type.timezone
        return f"to_char({column}{' AT TIME ZONE $$UTC$$' if zoned else ''}, '{_PG_MOMENT}')"
    return f"{column}::text" if kind in (DOCUMENT, DAY) else column


def _rows(connection: Connection, statement: str, at_once: int) -> Iterator[Any]:
    """Yield the rows of a statement as the driver gives them, few at a time."""
    driver: Any = connection.connection.driver_connection
    cursor = (
        driver.cursor(name="portal_backup") if connection.dialect.name == "postgresql" else driver.cursor()
    )
    try:
        cursor.execute(statement)
        while rows := cursor.fetchmany(at_once):
            yield from rows
    finally:
        cursor.close()


def _sequences(connection: Connection) -> dict[str, int]:
    owned = connection.exec_driver_sql(
        "SELECT t.relname, s.relname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') "
        "JOIN pg_class t ON t.oid = d.refobjid WHERE s.relkind = 'S' AND d.refclassid = 'pg_class'::regclass "
        "AND s.relnamespace = current_schema()::regnamespace"
    ).all()
    quote = connection.dialect.identifier_preparer.quote
    found: dict[str, int] = {}
    for table, sequence in owned:
        row = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {quote(sequence)}").one()
        found[table] = int(row[0]) if row[1] else 0
    return found
