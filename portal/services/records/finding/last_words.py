"""The last that was written about some records: the latest event of each that carries a reason or a step's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.persistence.models import Record, RecordEvent
from portal.services.records.privacy.record_encryption import opened_events

if TYPE_CHECKING:
    from portal.services.portal import Portal

STEP = "transition"


def last_events(portal: Portal, session: Session, found: Sequence[Record]) -> dict[int, RecordEvent]:
    """Return the latest event with words of each record, by the record; all of them are read at once."""
    by_id = {record.id: record for record in found}
    if not by_id:
        return {}
    earlier = aliased(RecordEvent)
    latest = (
        select(func.max(earlier.id))
        .where(earlier.record_id.in_(by_id), or_(earlier.reason != "", earlier.kind == STEP))
        .group_by(earlier.record_id)
    )
    events = session.scalars(select(RecordEvent).where(RecordEvent.id.in_(latest)))
    return {
        event.record_id: opened
        for event in events
        for opened in opened_events(portal.keys, by_id[event.record_id], [event])
    }
