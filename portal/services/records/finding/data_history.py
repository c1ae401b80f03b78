"""The data of a record at an earlier version, read back from its history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core.pointer import patched
from portal.persistence.models import Record, RecordEvent
from portal.services.records.privacy.record_encryption import opened_events


def data_at(keys: Keyring, session: Session, record: Record, version: int) -> dict[str, Any]:
    """Return the record's data as they were at a version, going back through its history."""
    query = (
        select(RecordEvent)
        .where(RecordEvent.record_id == record.id, RecordEvent.version > version)
        .order_by(RecordEvent.id.desc())
    )
    data: dict[str, Any] = dict(record.data)
    for one in opened_events(keys, record, session.scalars(query)):
        data = patched(data, one.data.get("base") or {})
    return data
