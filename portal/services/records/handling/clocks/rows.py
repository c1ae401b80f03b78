"""Rows of clocks as facts, and facts with their standing back into rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from portal.core.deadlines import (
    Clock,
    ClockState,
    End,
    Length,
    Pause,
    Period,
    Variant,
    state_of,
)
from portal.core.deadlines.clock import STOPPED
from portal.core.deadlines.model import Unit, Whose
from portal.core.zone import LOCAL
from portal.persistence import models
from portal.services.bundles import Bundle
from portal.services.calendars import Counted


@dataclass(slots=True)
class Entry:
    """One clock while an act is performed: its facts, its row where it has one, the release that it is counted by."""

    clock: Clock
    bundle: Bundle
    row: models.Clock | None = None
    referral_id: int | None = None
    touched: bool = False
    state: ClockState | None = None
    counted: Counted | None = None

    @property
    def period(self) -> Period | None:
        """Return the period under its release; None where that names none."""
        return period_of(self.bundle, self.clock.deadline, self.clock.variant)

    @property
    def variant(self) -> Variant | None:
        """Return the length under its release."""
        period = self.period
        return period.variants.get(self.clock.variant) if period is not None else None

    @property
    def is_live(self) -> bool:
        """Tell whether it has not ended."""
        return self.clock.end is None

    def become(self, clock: Clock) -> None:
        """Take other facts; what follows from them is worked out when the act is settled."""
        if clock != self.clock:
            self.clock, self.touched = clock, True

    def work_out(self, now: dt.datetime, by: Counted) -> ClockState:
        """Return the standing at a moment, by a calendar."""
        self.counted = by
        self.state = state_of(self.clock, self.period, by.calendar, now.astimezone(LOCAL))
        return self.state


def period_of(bundle: Bundle, deadline: str, variant: str) -> Period | None:
    """Return a period of a release that has a length of that name; None where there is none."""
    period = bundle.periods.get(deadline)
    return period if period is not None and variant in period.variants else None


def facts_of(row: models.Clock) -> Clock:
    """Return the facts that a row holds."""
    start: dt.date | dt.datetime = row.started_on
    if row.started_at is not None:
        start = row.started_at.astimezone(LOCAL)
    end = End(row.ended_on, row.end_event, row.state == STOPPED) if row.ended_on is not None else None
    return Clock(
        row.deadline,
        row.variant,
        cast("Whose", row.whose),
        row.event,
        start,
        tuple(_pauses(row.pauses)),
        tuple(Length(one["n"], cast("Unit", one["unit"])) for one in row.extensions),
        end,
        row.told_on,
        row.due_on if not row.deadline else None,
    )


def _pauses(stored: Iterable[dict[str, Any]]) -> Iterable[Pause]:
    for one in stored:
        until = one.get("end")
        yield Pause(dt.date.fromisoformat(one["start"]), dt.date.fromisoformat(until) if until else None)


def write(row: models.Clock, entry: Entry, state: ClockState) -> models.Clock:
    """Put facts and standing into a row, and return it."""
    clock = entry.clock
    row.deadline, row.variant, row.whose, row.event = clock.deadline, clock.variant, clock.whose, clock.event
    row.referral_id = entry.referral_id
    row.started_on = clock.start_day
    row.started_at = clock.start if isinstance(clock.start, dt.datetime) else None
    row.pauses = [
        {"start": pause.start.isoformat(), "end": pause.end.isoformat() if pause.end else None}
        for pause in clock.pauses
    ]
    row.extensions = [{"n": one.n, "unit": one.unit} for one in clock.extensions]
    row.ended_on = clock.end.day if clock.end else None
    row.end_event = clock.end.event if clock.end else ""
    row.state = state.stored
    row.due_on, row.due_at = state.due_on, state.due_at
    row.provisional = state.provisional
    row.earlier_on = state.earlier
    row.told_on = (state.due_on or clock.told) if clock.whose == "party" else None
    row.release_id = entry.bundle.release_id
    row.calendar = entry.counted.digest if entry.counted is not None else ""
    return row
