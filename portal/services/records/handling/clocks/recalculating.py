"""Work out what runs once more: a calendar year has come, or was changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, union

from portal.core.acts import RECALCULATE
from portal.core.deadlines.clock import LIVE
from portal.core.tasks import OPEN
from portal.persistence.models import Clock, Record, Task
from portal.services.records.acts.loading import bundle_of
from portal.services.records.acts.performing import perform
from portal.services.records.handling.clocks.running import RecordClocks
from portal.services.records.handling.tasks.following import recounted

if TYPE_CHECKING:
    from portal.services.portal import Work


def running_records(uow: Work, centre_id: int, first: int, end: int) -> Sequence[Record]:
    """Return the records of a centre with a clock or a counted task that is not over, between two identifiers."""
    live = union(
        select(Clock.record_id).where(
            Clock.record_id >= first, Clock.record_id < end, Clock.state.in_(LIVE), Clock.deadline != ""
        ),
        select(Task.record_id).where(
            Task.record_id >= first, Task.record_id < end, Task.status == OPEN, Task.counted_from.is_not(None)
        ),
    )
    query = select(Record).where(Record.id.in_(live), Record.centre_id == centre_id).order_by(Record.id)
    return list(uow.session.scalars(query.with_for_update()))


def recalculate(uow: Work, record: Record) -> bool:
    """Work out clocks and tasks of a record by the calendar in force at its centre; return whether some day moved.

    A day that a party was told never moves earlier by it: it stays, and the earlier one is kept for a person.
    """
    clocks = RecordClocks(uow, record, bundle_of(uow, record))
    before, moved = {}, []
    for entry in clocks.recount():
        row, state = entry.row, entry.work_out(uow.now, clocks.counted(entry.bundle))
        told = (row.due_on, row.provisional, row.earlier_on) if row is not None else None
        # One that says what it said stays as it is: nothing is written about it.
        entry.touched = told != (state.due_on, state.provisional, state.earlier)
        if row is not None and entry.touched:
            before[entry.clock.deadline] = _said(row)
            moved.append(row)
    with perform(uow, RECALCULATE, record, at=()) as act:
        if not recounted(act) and not moved:
            act.cancel()
            return False
        act.touch()
        clocks.work_out()
        clocks.store()
        act.history(data={"periods": sorted(before)})
        act.audit(before={"periods": before}, after={"periods": {row.deadline: _said(row) for row in moved}})
    return True


def _said(row: Clock) -> dict[str, Any]:
    """Return what people were told of a clock."""
    return {
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "provisional": row.provisional,
        "earlier_on": row.earlier_on.isoformat() if row.earlier_on else None,
    }
