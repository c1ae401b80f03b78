"""Bring the columns, titles and digests of stored records to what reading their values gives today.

The values themselves stay as they were entered. Work goes on in small transactions, writes only what differs, and
may be stopped and run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from portal.persistence.models import Record
from portal.services.records.entering.columns import columns_of
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.releases_above import releases_above
from portal.services.records.finding.titles import title_of
from portal.services.records.privacy.encryption import opened
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Work

# Small, for nobody else writes meanwhile on SQLite.
CHUNK = 100
_OPTIONS = {"unscoped": "a projection of the record's own data, for all records alike"}
_KEPT = "due_on"  # it follows from more than the data


def read_anew(begin: Callable[[], Work], told: Callable[[int], None], chunk: int = CHUNK) -> dict[str, int]:
    """Go through all records; ``begin`` begins a transaction, ``told`` hears how many were looked at."""
    last = seen = changed = 0
    while True:
        with begin() as uow:
            query = select(Record).where(Record.id > last).order_by(Record.id).limit(chunk).with_for_update()
            found = list(uow.session.scalars(query))
            if not found:
                return {"records": seen, "changed": changed}
            changed += _chunk(uow, found)
            seen, last = seen + len(found), found[-1].id
            told(seen)
            uow.commit()


def _chunk(uow: Work, found: Sequence[Record]) -> int:
    changes: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for record in found:
        bundle = pinned(uow.portal, uow.session, record.release_id)
        newer = releases_above(uow.portal, uow.session, record)
        clear = opened(uow.portal.keys, bundle, record.etype, record.uid, record.data)
        title = title_of(bundle, record.etype, clear)
        values = {"title": title, "search_text": f"{record.code or ''} {title}".casefold()}
        values |= columns_of(bundle, record.etype, clear, newer).columns
        other = {
            name: value for name, value in values.items() if name != _KEPT and getattr(record, name) != value
        }
        if other:
            changes[tuple(sorted(other))].append({"of_record": record.id, **other})
        index_record(uow.session, uow.portal.keys, bundle, record, clear, newer)
    table = Record.__table__
    for names, rows in changes.items():
        statement = update(table).where(table.c.id == bindparam("of_record"))
        statement = statement.values({name: bindparam(name) for name in names})
        uow.session.execute(statement, rows, execution_options=_OPTIONS)
    return sum(map(len, changes.values()))
