"""The data of a record at an earlier version, read back from its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core.pointer import join, split
from portal.persistence.models import Record, RecordEvent
from portal.services.records.erasable import opened_events


def data_at(keys: Keyring, session: Session, record: Record, version: int) -> dict[str, Any]:
    """Return the record's data as they were at a version, going back through its history."""
    query = (
        select(RecordEvent)
        .where(RecordEvent.record_id == record.id, RecordEvent.version > version)
        .order_by(RecordEvent.id.desc())
    )
    data: dict[str, Any] = dict(record.data)
    for one in opened_events(keys, record, session.scalars(query)):
        data = _undone(data, one.data.get("base") or {})
    return data


def _undone(data: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = dict(data)
    for pointer, old in base.items():
        result = with_value(result, pointer, old)
    return result


def with_value(data: Mapping[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """Return a copy of ``data`` with one field set, or taken out where the value is None."""
    head, *rest = split(pointer)
    result = dict(data)
    if rest:
        inner = result.get(head)
        result[head] = with_value(inner if isinstance(inner, dict) else {}, join(rest), value)
    elif value is None:
        result.pop(head, None)
    else:
        result[head] = value
    return result
