"""The rows in the database: shared out over the cores, written by COPY where there is one."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from benchmarks.spreading.cases import MODELS, Spreader
from benchmarks.spreading.courses import districts
from portal.core.access import Access
from portal.services.figures import upkeep
from portal.services.portal import Portal


def spread(portal: Portal, total: int) -> None:
    """Add cases until there are ``total``."""
    tables: Any = [model.__table__ for model in MODELS]
    with portal.reading(Access.system("benchmark")) as session:
        connection = session.connection()
        known = {
            table: connection.scalar(text(f"SELECT max(id) FROM {table.name}")) or 0
            for table in tables
            if "id" in table.c
        }
        there = connection.scalar(text("SELECT count(*) FROM record WHERE etype = 'case'")) or 0
        found = districts(portal, session)
        several = (os.cpu_count() or 1) if portal.database.dialect == "postgresql" else 1
        number = max(0, total - there)
        _work(
            [
                (
                    Spreader.share(portal, found, known, at, several),
                    number // several + (at < number % several),
                )
                for at in range(several)
            ]
        )
    with portal.database.engine.begin() as connection:
        _patient(connection)
        finish(connection, tables)
    upkeep.build(portal.database)


def _work(shares: Sequence[tuple[Spreader, int]]) -> None:
    """Write each share in a process of its own, which begins with the courses that are read already."""
    context = multiprocessing.get_context("fork")
    working = [context.Process(target=_write_other_share, args=share) for share in shares[1:]]
    for process in working:
        process.start()
    _write_share(*shares[0])
    for process in working:
        process.join()
        if process.exitcode:
            raise RuntimeError(f"a share was not written: exit code {process.exitcode}")


def _write_other_share(spreader: Spreader, number: int) -> None:
    spreader.portal.database.engine.dispose(close=False)
    _write_share(spreader, number)


def _write_share(spreader: Spreader, number: int) -> None:
    with spreader.portal.database.engine.begin() as connection:
        _patient(connection)
        for rows in spreader.rows(number):
            write(connection, rows)


def _patient(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]


def write(connection: Connection, rows: Mapping[Table, Sequence[dict[str, Any]]]) -> None:
    """Write rows: by COPY where there is one."""
    for table, values in rows.items():
        if not values:
            continue
        if connection.dialect.name != "postgresql":
            connection.execute(insert(table), list(values))
            continue
        columns = list(values[0])
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in values:
                copy.write_row([_plain(row[name]) for name in columns])


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def finish(connection: Connection, tables: Iterable[Table]) -> None:
    """Let the counters of identifiers go on behind what was written, and gather what the planner asks for."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            if "id" in table.c:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                    )
                )
    connection.execute(text("ANALYZE"))
