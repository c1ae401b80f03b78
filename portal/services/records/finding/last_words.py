"""The last that was written about some records: the latest event of each that carries a reason or a step's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.persistence.models import Record, RecordEvent
from portal.services.records.privacy.record_encryption import opened_events

if TYPE_CHECKING:
    from portal.services.portal import Portal

STEP = "transition"
# So many of a record are looked at for words.
MOST = 3


def last_events(portal: Portal, session: Session, found: Sequence[Record]) -> dict[int, list[RecordEvent]]:
    """Return the latest events that may have words of each record, the latest first; all of them are read at once.

    A step may have been taken without a word: so there are some of each.
    """
    by_id = {record.id: record for record in found}
    if not by_id:
        return {}
    nth = func.row_number().over(partition_by=RecordEvent.record_id, order_by=RecordEvent.id.desc())
    latest = (
        select(RecordEvent.id, nth.label("nth"))
        .where(RecordEvent.record_id.in_(by_id), or_(RecordEvent.reason != "", RecordEvent.kind == STEP))
        .subquery()
    )
    wanted = select(latest.c.id).where(latest.c.nth <= MOST)
    events = session.scalars(
        select(RecordEvent).where(RecordEvent.id.in_(wanted)).order_by(RecordEvent.id.desc())
    )
    opened: dict[int, list[RecordEvent]] = {}
    for event in events:
        opened.setdefault(event.record_id, []).extend(
            opened_events(portal.keys, by_id[event.record_id], [event])
        )
    return opened
