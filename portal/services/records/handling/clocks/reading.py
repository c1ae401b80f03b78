"""The clocks of a record as they stand now, for pages and the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.deadlines import Clock, ClockState, Period, Variant
from portal.core.zone import LOCAL
from portal.persistence import models
from portal.persistence.models import Record
from portal.persistence.scope import owned
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.handling.clocks.recording import Recordable, events_to_record
from portal.services.records.handling.clocks.rows import Entry, facts_of
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

_OF_RECORD = owned(models.Clock, models.Clock.id.desc())


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock as it stands now: its row, its facts, its period where the release names one."""

    row: models.Clock
    clock: Clock
    state: ClockState
    period: Period | None
    variant: Variant | None


def clocks_of(portal: Portal, session: Session, record: Record) -> list[ClockView]:
    """Return the clocks of a record: those that run by their day, then those that stand, then what ended, latest first."""
    now = portal.clock.now()
    found = [_view(portal, session, row, now) for row in rows_of(session, record, _OF_RECORD)]
    live = [one for one in found if one.state.is_live]
    ended = [one for one in found if not one.state.is_live]
    return [*sorted(live, key=lambda one: one.state.due_on or dt.date.max), *ended]


def events_of(portal: Portal, session: Session, record: Record) -> list[Recordable]:
    """Return the events that may be recorded of a record, those that concern a period that runs first."""
    live = [
        (one.clock.deadline, one.clock.variant)
        for one in clocks_of(portal, session, record)
        if one.state.is_live
    ]
    bundle = pinned(portal, session, record.release_id)
    return events_to_record(record, bundle, portal.clock.today(), live)


def _view(portal: Portal, session: Session, row: models.Clock, now: dt.datetime) -> ClockView:
    entry = Entry(facts_of(row), pinned(portal, session, row.release_id), row, row.referral_id)
    state = entry.work_out(now.astimezone(LOCAL))
    if entry.clock.end is not None:
        # What ended stands as it was when it ended, whatever calendar came since.
        state = ClockState(row.state, row.due_on, row.due_at, row.provisional)  # type: ignore[arg-type]
    return ClockView(row, entry.clock, state, entry.period, entry.variant)
