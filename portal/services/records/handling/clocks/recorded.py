"""The events that persons recorded of a record, as its history holds them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from portal.core.acts import RECORD_EVENT
from portal.core.arising import Occurrence
from portal.persistence.models import Record, RecordEvent
from portal.persistence.scope import prepared
from portal.services.records.privacy.record_encryption import opened_events

if TYPE_CHECKING:
    from portal.services.portal import Work

# Nothing that a matter of today turns on is older: an earlier day is a slip of the pen.
EARLIEST = dt.date(1900, 1, 1)
_RECORDED = prepared(
    select(RecordEvent)
    .where(RecordEvent.record_id == bindparam("record_id"), RecordEvent.kind == RECORD_EVENT.kind)
    .order_by(RecordEvent.id)
)


def recorded_since(uow: Work, record: Record, day: dt.date, but: str = "") -> list[Occurrence]:
    """Return the events recorded before now that happened on ``day`` or later, by their days; the last told holds."""
    with uow.session.no_autoflush:
        rows = list(uow.session.scalars(_RECORDED, {"record_id": record.id}))
    held: dict[str, dt.date] = {}
    for row in opened_events(uow.portal.keys, record, rows):
        said = (row.data or {}).get("day")
        if said and row.name != but:
            held[row.name] = dt.date.fromisoformat(said)
    found = [Occurrence(name, "recorded", when) for name, when in held.items() if when >= day]
    return sorted(found, key=lambda one: one.day or day)
