"""More of the same cases: ``python -m benchmarks.multiply 20`` copies what a portal holds until it is 20 times as much.

Rules and walks make loading a hundred thousand cases a matter of half an hour; copies are spread over units, stages
and days like the originals, which is what statements and indexes notice.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from sqlalchemy import Connection, Table, Text, bindparam, func, insert, literal, select, text, update

from portal.adapters.keyring import PREFIX
from portal.core.access import Access
from portal.persistence.models import AuditEntry, Decision, Record, RecordEvent, Referral
from portal.services.portal import Portal
from portal.services.records.privacy.encryption import opened, sealed
from portal.services.releases.reading import pinned
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


def reseal(portal: Portal, connection: Connection, times: int) -> None:
    """Encrypt the sensitive values of the copies again: a ciphertext belongs to the one record it was made for."""
    rows: Any = Record.__table__
    held = rows.c.data.cast(Text).contains(PREFIX, autoescape=True)
    columns = (rows.c.id, rows.c.uid, rows.c.etype, rows.c.release_id, rows.c.data)
    found = connection.execute(select(*columns).where(held).order_by(rows.c.id)).all()
    originals = {row.uid[: UID - 6]: row for row in found[: len(found) // times]}
    changed = []
    with portal.reading(Access.system("benchmark")) as session:
        for row in found[len(originals) :]:
            first, bundle = originals[row.uid[: UID - 6]], pinned(portal, session, row.release_id)
            clear = opened(portal.keys, bundle, first.etype, first.uid, first.data)
            changed.append({"at": row.id, "new": sealed(portal.keys, bundle, row.etype, row.uid, clear)})
    connection.execute(
        update(rows).where(rows.c.id == bindparam("at")).values(data=bindparam("new")), changed
    )


def main() -> None:
    """Multiply the cases of the portal that the environment names."""
    portal, times = Portal.from_settings(Settings.from_env()), int(sys.argv[1])
    with portal.database.engine.begin() as connection:
        if portal.database.dialect == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]
        multiply(connection, times)
        reseal(portal, connection, times)


if __name__ == "__main__":
    main()
