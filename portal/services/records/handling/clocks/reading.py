"""The clocks of a record as they stand now, for pages and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.deadlines import Clock, ClockState, Period, Variant
from portal.persistence import models
from portal.persistence.models import Record
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.calendars import Imported, counted_by, imported_years
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.handling.clocks.recording import Recordable, events_to_record, recorded_events
from portal.services.records.handling.clocks.rows import Entry, facts_of, period_of
from portal.services.records.handling.clocks.running import in_force_at
from portal.services.releases.reading import pinned
from portal.services.units.in_force import Stamp

if TYPE_CHECKING:
    from portal.services.portal import Portal

_OF_RECORD = owned(models.Clock, models.Clock.n.desc())


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock as it stands now: its row, its facts, its period where the release names one."""

    row: models.Clock
    clock: Clock
    state: ClockState
    period: Period | None
    variant: Variant | None


def clocks_of(
    portal: Portal, session: Session, record: Record, stamp: Stamp | None = None
) -> list[ClockView]:
    """Return the clocks of a record: those that run by their day, those that stand, then what ended.

    Centre and imported years are taken as they were read under the same access stamp, where there is one.
    """
    rows = rows_of(session, record, _OF_RECORD)
    if not rows:
        return []
    now, in_force = portal.clock.now(), in_force_at(portal, session, record, stamp)
    imported = imported_years(portal, session, stamp)
    found = [_view(portal, session, row, now, in_force, imported) for row in rows]
    live = [one for one in found if one.state.is_live]
    ended = [one for one in found if not one.state.is_live]
    return [*sorted(live, key=lambda one: one.state.due_on or dt.date.max), *ended]


def may_be_recorded(portal: Portal, session: Session, record: Record) -> bool:
    """Tell whether a record's release has events that persons record."""
    return bool(recorded_events(pinned(portal, session, record.release_id)))


def events_of(portal: Portal, session: Session, record: Record) -> list[Recordable]:
    """Return the events that may be recorded of a record, those that concern a period that runs first."""
    live = [
        (row.deadline, row.variant) for row in rows_of(session, record, _OF_RECORD) if row.ended_on is None
    ]
    bundle = pinned(portal, session, record.release_id)
    return events_to_record(record, bundle, portal.clock.today(), live)


def moved_days(
    portal: Portal, session: Session, record: Record, new: Bundle
) -> Iterator[tuple[str, dt.date | None, dt.date | None]]:
    """Yield each period that runs and would be due on another day under a newer release, with both days."""
    now, in_force = portal.clock.now(), in_force_at(portal, session, record)
    other = in_force if in_force.release_id != new.release_id else None
    imported = imported_years(portal, session)
    for row in rows_of(session, record, _OF_RECORD):
        if row.ended_on is None and period_of(new, row.deadline, row.variant) is not None:
            after = Entry(facts_of(row), new, row, row.referral_id).work_out(
                now, counted_by(new, imported, other)
            )
            if after.due_on != row.due_on:
                yield row.deadline, row.due_on, after.due_on


def _view(
    portal: Portal,
    session: Session,
    row: models.Clock,
    now: dt.datetime,
    in_force: Bundle,
    imported: Imported,
) -> ClockView:
    """Return a clock with its stored day: what is left and whether it is past follows from today."""
    bundle = pinned(portal, session, row.release_id)
    entry = Entry(facts_of(row), bundle, row, row.referral_id)
    other = in_force if in_force.release_id != bundle.release_id else None
    state = entry.work_out(now, counted_by(bundle, imported, other))
    stored = replace(state, due_on=row.due_on, due_at=row.due_at, provisional=row.provisional)
    if entry.clock.end is not None:
        stored = replace(stored, state=row.state)  # type: ignore[arg-type]
    return ClockView(row, entry.clock, stored, entry.period, entry.variant)
