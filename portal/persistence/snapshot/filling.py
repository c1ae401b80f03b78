"""An empty database filled with the rows of a snapshot, all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import Connection

from portal.core.errors import PortalError, msg
from portal.persistence import migrate
from portal.persistence.database import build_engine, usable_url
from portal.persistence.snapshot.lines import TRUTH, Lines, TableLines, Tally
from portal.persistence.snapshot.reading import table_lines, tables_of, unlimited

# Whatever happens in a portal leaves an entry here; only migrations and the framework's own tables come before it.
USED = "audit_entry"
_AT_ONCE = 500


def require_empty(url: str, revision: str) -> None:
    """Raise PortalError unless a database has no tables, or tables that no portal has used yet."""
    parsed = usable_url(url)
    is_file = parsed.get_backend_name() == "sqlite"
    if is_file and not Path(str(parsed.database)).exists():
        return
    engine = build_engine(parsed)
    try:
        with engine.connect() as connection:
            names = tables_of(connection)
            used = USED in names and connection.exec_driver_sql(f"SELECT 1 FROM {USED} LIMIT 1").first()
        if used or (names and USED not in names):
            raise PortalError(
                "restore.not_empty",
                msg("This database is in use; a backup is restored into an empty one only"),
            )
        reached = migrate.current(engine)
    finally:
        engine.dispose()
    # An SQLite file is replaced by one made anew.
    if not is_file and reached is not None and reached not in migrate.ancestors(revision):
        raise PortalError(
            "restore.newer_tables",
            msg(
                "The tables of this database are newer than the backup; restore into a database without tables"
            ),
        )


@contextmanager
def target(url: str) -> Iterator[Engine]:
    """Yield an engine to fill; what is at ``url`` afterwards is whole, or what it was before.

    An SQLite database is filled beside its place and moved there; PostgreSQL is filled in one transaction.
    """
    parsed = usable_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = build_engine(parsed)
        try:
            yield engine
        finally:
            engine.dispose()
        return
    place = Path(str(parsed.database)).absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.restoring")
    _remove(beside)
    engine = build_engine(parsed.set(database=str(beside)))
    try:
        yield engine
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        _remove(place)
        os.replace(beside, place)
        _sync(place)
    finally:
        engine.dispose()
        _remove(beside)


def fill(
    engine: Engine,
    revision: str,
    tables: Iterator[TableLines],
    sequences: Mapping[str, int],
    *,
    same_kind: bool,
) -> tuple[dict[str, int], list[str]]:
    """Bring an empty database to a revision and put the rows of a snapshot into it, in one transaction.

    Each table is read again before anything is stored, and compared with what went in. Return how many rows each
    table got, and the names of tables that are not the portal's and were left out.
    """
    migrate.upgrade(engine, revision)
    filled: dict[str, int] = {}
    left_out: list[str] = []
    with engine.execution_options(portal_writer=True).connect() as connection:
        filling = _Postgresql(connection) if connection.dialect.name == "postgresql" else _Sqlite(connection)
        try:
            filling.begin()
            here = tables_of(connection)
            for name in here:
                _clear(connection, name)
            for table in tables:
                if table.name not in here:
                    left_out.append(table.name)
                    for _row in table.rows:
                        pass
                    continue
                filled[table.name] = _fill(filling, table, same_kind=same_kind)
            filling.finish(sequences)
            connection.commit()
        finally:
            connection.rollback()
            connection.invalidate()
    return filled, left_out


def _fill(filling: _Filling, table: TableLines, *, same_kind: bool) -> int:
    """Put the rows of one table in, read them again, and compare."""
    spell = None if same_kind else table.lines.normal
    gone_in, there = Tally(), Tally()
    try:
        filling.insert(table.name, table.lines, gone_in.counting(table.rows, spell))
    except filling.errors as error:
        raise PortalError(
            "restore.refused",
            msg("The database refused a row of table %(table)s (%(error)s); nothing was restored"),
            {"table": table.name, "error": type(error).__name__},
        ) from error
    for _line in there.counting(_again(filling.connection, table), spell):
        pass
    if gone_in != there:
        raise PortalError(
            "restore.differs",
            msg("Table %(table)s reads otherwise than what was put in; nothing was restored"),
            {"table": table.name},
        )
    return there.rows


def _again(connection: Connection, table: TableLines) -> Iterator[bytes]:
    """Yield what a table holds now, with its columns in the order of the backup."""
    found = table_lines(connection, table.name)
    names = [column.name for column in found.lines.columns]
    if names == [column.name for column in table.lines.columns]:
        yield from found.rows
        return
    order = [names.index(column.name) for column in table.lines.columns]
    for line in found.rows:
        values = found.lines.read(line)
        yield table.lines.write([values[place] for place in order])


class _Filling:
    """What the two kinds of database do differently."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.quote = connection.dialect.identifier_preparer.quote
        self.errors: tuple[type[Exception], ...] = (connection.dialect.loaded_dbapi.Error,)

    def begin(self) -> None:
        raise NotImplementedError

    def insert(self, table: str, lines: Lines, rows: Iterator[bytes]) -> None:
        raise NotImplementedError

    def finish(self, sequences: Mapping[str, int]) -> None:
        raise NotImplementedError

    def into(self, table: str, lines: Lines) -> str:
        """Return the table and its columns, as a statement names them."""
        return f"{self.quote(table)} ({', '.join(self.quote(column.name) for column in lines.columns)})"


class _Sqlite(_Filling):
    def begin(self) -> None:
        # Before the transaction begins: inside it would do nothing.
        cursor = self.connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()

    def insert(self, table: str, lines: Lines, rows: Iterator[bytes]) -> None:
        places = ", ".join("?" for _ in lines.columns)
        statement = f"INSERT INTO {self.into(table, lines)} VALUES ({places})"
        cursor = self.connection.connection.cursor()
        while chunk := [lines.read(row) for row in islice(rows, _AT_ONCE)]:
            cursor.executemany(statement, chunk)
        cursor.close()

    def finish(self, sequences: Mapping[str, int]) -> None:
        broken = self.connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise PortalError(
                "restore.refers", msg("A row of %(table)s refers to nothing"), {"table": broken[0]}
            )


class _Postgresql(_Filling):
    def begin(self) -> None:
        unlimited(self.connection)
        # Rows come table by table, and some refer to others of their own table: references are checked at the end.
        self.references = self.connection.exec_driver_sql(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        ).all()
        for table, name, _definition in self.references:
            self.connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {self.quote(name)}")

    def insert(self, table: str, lines: Lines, rows: Iterator[bytes]) -> None:
        truths = [place for place, column in enumerate(lines.columns) if column.kind == TRUTH]
        driver: Any = self.connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {self.into(table, lines)} FROM STDIN") as copy:
            for row in rows:
                values = lines.read(row)
                for place in truths:
                    values[place] = None if values[place] is None else bool(values[place])
                copy.write_row(values)

    def finish(self, sequences: Mapping[str, int]) -> None:
        for table, name, definition in self.references:
            self.connection.exec_driver_sql(
                f"ALTER TABLE {table} ADD CONSTRAINT {self.quote(name)} {definition}"
            )
        for table in tables_of(self.connection):
            for column in inspect(self.connection).get_columns(table):
                self._renumber(table, column["name"], sequences.get(table, 0))

    def _renumber(self, table: str, column: str, last: int) -> None:
        """Let the numbers of a key go on after all that were ever given out, those of lost transactions included."""
        found = self.connection.exec_driver_sql(
            "SELECT pg_get_serial_sequence(%(table)s, %(column)s)",
            {"table": self.quote(table), "column": column},
        ).scalar()
        if found is None:
            return
        highest = self.connection.exec_driver_sql(
            f"SELECT max({self.quote(column)}) FROM {self.quote(table)}"
        ).scalar()
        if number := max(last, highest or 0):
            self.connection.exec_driver_sql(
                "SELECT setval(%(name)s::regclass, %(number)s)", {"name": found, "number": number}
            )


def _clear(connection: Connection, name: str) -> None:
    """Take out what migrations and the framework put into a table; one that is append-only has nothing yet."""
    quoted = connection.dialect.identifier_preparer.quote(name)
    if connection.exec_driver_sql(f"SELECT 1 FROM {quoted} LIMIT 1").first() is not None:
        connection.exec_driver_sql(f"DELETE FROM {quoted}")


def _remove(place: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        place.with_name(place.name + ending).unlink(missing_ok=True)


def _sync(place: Path) -> None:
    """See that the new name is on the disk."""
    for path in (place, place.parent):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
