"""Store the typed rows, the words and the digests by which a record is found beside its own columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.persistence import plain_rows
from portal.persistence.models import Record, RecordValue
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.declared_places import has_rows
from portal.services.field_places import typed_row
from portal.services.records.entering.columns import columns_of
from portal.services.records.entering.texts import keep_texts
from portal.services.records.finding.as_read import as_read
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.privacy.encryption import opened
from portal.services.records.privacy.people_index import index_people

_HELD = owned(RecordValue, RecordValue.pointer)


def index_record(
    session: Session,
    keys: Keyring,
    bundle: Bundle,
    record: Record,
    data: Mapping[str, Any],
    newer: Iterable[Bundle] = (),
    *,
    new: bool = False,
) -> None:
    """Store the digests of a record's people, its words and its typed rows; a ``new`` record has none to compare with.

    ``newer`` are the releases in force above the record: by their fields it is found as well.
    """
    clear = as_read(bundle, record.etype, opened(keys, bundle, record.etype, record.uid, data))
    index_people(session, keys, bundle, record, clear, new=new)
    newer = tuple(newer)
    keep_texts(session, bundle, record, clear, newer, new=new)
    if any(has_rows(one, record.etype) for one in (bundle, *newer)):
        rows = columns_of(bundle, record.etype, clear, newer).rows or {}
        keep_rows(session, record, rows, new=new)


def keep_rows(
    session: Session, record: Record, rows: Mapping[str, tuple[str, Any]], *, new: bool = False
) -> None:
    """Give a record its typed values; those that stay the same are not written."""
    held = {} if new else {one.pointer: one for one in rows_of(session, record, _HELD)}
    for pointer in held.keys() - rows.keys():
        session.delete(held[pointer])
    for pointer, (column, value) in rows.items():
        values = typed_row(column, value)
        if pointer not in held:
            made = RecordValue(record_id=record.id, pointer=pointer, etype=record.etype, **values)
            plain_rows.add(session, [made])
            continue
        for name, one in values.items():
            setattr(held[pointer], name, one)
