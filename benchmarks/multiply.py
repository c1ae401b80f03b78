"""More of the same cases: ``python -m benchmarks.multiply 20`` copies what a portal holds until it is 20 times as much.

Rules and walks make loading a hundred thousand cases a matter of half an hour; copies are spread over units, stages
and days like the originals, which is what statements and indexes notice.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from sqlalchemy import Connection, Table, func, insert, literal, select, text

from portal.persistence.database import Database
from portal.persistence.models import AuditEntry, Decision, Record, RecordEvent, Referral
from portal.settings import Settings

TABLES: tuple[Table, ...] = tuple(
    model.__table__ for model in (Record, RecordEvent, Decision, Referral, AuditEntry)
)
REFERENCES = {"record_id": "record", "parent_id": "record", "decision_id": "decision"}
UID = 32


def multiply(connection: Connection, times: int) -> None:
    """Copy every case ``times - 1`` times, with its history, decisions, referrals and audit entries."""
    last = {table.name: connection.scalar(select(func.max(table.c.id))) or 0 for table in TABLES}
    for copy in range(1, times):
        for table in TABLES:
            values = {column.name: _value(column, copy, last) for column in table.c}
            rows = select(*values.values()).where(table.c.id <= last[table.name])
            if table.name == "audit_entry":
                rows = rows.where(func.length(table.c.object_id) == UID)
            connection.execute(insert(table).from_select(list(values), rows))
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                )
            )
        connection.execute(text("ANALYZE"))  # what autovacuum does there; SQLite gathers nothing by itself


def _value(column: Any, copy: int, last: dict[str, int]) -> Any:
    """Return what a copy holds in a column."""
    table = REFERENCES.get(column.name, column.table.name if column.name == "id" else "")
    if table:
        return column + copy * last[table]
    if column.name in ("uid", "object_id"):
        return func.substr(column, 1, UID - 6).concat(literal(f"{copy:06x}"))
    return column.concat(literal(f"-{copy}")) if column.name == "code" else column


def main() -> None:
    """Multiply the cases of the portal that the environment names."""
    database = Database.connect(Settings.from_env().database_url)
    with database.engine.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]
        multiply(connection, int(sys.argv[1]))


if __name__ == "__main__":
    main()
