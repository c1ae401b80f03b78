"""Put the same rows into the database of a peer, by COPY."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from benchmarks.peers import rows


def load(dsn: str, tables: tuple[str, str], number: int, renamed: Mapping[str, str] | None = None) -> None:
    """Fill the tables of units and cases; ``renamed`` says which columns a peer calls otherwise."""
    named = dict(renamed or {})
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        for table, columns, found in (
            (tables[0], rows.UNIT_COLUMNS, rows.units()),
            (tables[1], rows.CASE_COLUMNS, (tuple(one.values()) for one in rows.cases(number))),
        ):
            names = ", ".join(named.get(name, name) for name in columns)
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in found:
                    copy.write_row(row)
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # type: ignore[arg-type]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
