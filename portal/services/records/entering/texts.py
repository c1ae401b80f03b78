"""Keep the words by which a record is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.persistence import plain_rows
from portal.persistence.models import Record, RecordText
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.finding.text_fields import texts_of

_HELD = owned(RecordText, RecordText.pointer)


def keep_texts(
    session: Session,
    bundle: Bundle,
    record: Record,
    clear: Mapping[str, Any],
    newer: Iterable[Bundle],
    *,
    new: bool = False,
) -> None:
    """Store the words of a record; those that stay the same are not written."""
    wanted = texts_of(bundle, record.etype, clear, newer)
    held = {} if new else {one.pointer: one for one in rows_of(session, record, _HELD)}
    for pointer in held.keys() - wanted.keys():
        session.delete(held[pointer])
    for pointer, words in wanted.items():
        if pointer not in held:
            made = RecordText(record_id=record.id, etype=record.etype, pointer=pointer, grams=words)
            plain_rows.add(session, [made])
        elif held[pointer].grams != words:
            held[pointer].grams = words
