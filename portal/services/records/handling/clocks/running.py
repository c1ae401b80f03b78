"""The clocks of one record while an act is performed: loaded once, changed by events, worked out and stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.arising import Occurrence
from portal.core.conditions import Env
from portal.core.deadlines import Clock, ClockState, Length, Period, WorkCalendar, nearest
from portal.core.deadlines.clock import DUTIES, HANDLER
from portal.core.zone import LOCAL, begin_of
from portal.persistence import models
from portal.persistence.models import Record
from portal.persistence.plain_rows import waiting
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle
from portal.services.calendars import Counted, Imported, counted_by, imported_years
from portal.services.records.handling.clocks.rows import (
    Entry,
    facts_of,
    period_of,
    write,
)
from portal.services.releases.reading import pinned
from portal.services.units.in_force import Stamp
from portal.services.units.release_cache import kept_centre

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

# A day that is told again is a correction; what happens again in the portal begins anew.
_CORRECTS = frozenset({"recorded", "date"})
_OF_RECORD = prepared(
    select(models.Clock).where(models.Clock.record_id == bindparam("record_id")).order_by(models.Clock.n)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One length of a period under a release: what starts, stops, resumes and ends it."""

    period: Period
    key: str

    @property
    def whose(self) -> Any:
        """Return whose the period is; one that does not say is the handler's."""
        return self.period.variants[self.key].whose or "handler"


ByEvent = dict[str, tuple[Line, ...]]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lengths of a release's periods by the events that start, stop, resume and end them."""

    starts: ByEvent = field(default_factory=dict)
    pauses: ByEvent = field(default_factory=dict)
    resumes: ByEvent = field(default_factory=dict)
    ends: ByEvent = field(default_factory=dict)

    def know(self, event: str) -> bool:
        """Return whether some period goes by an event."""
        return any(event in one for one in (self.starts, self.pauses, self.resumes, self.ends))

    def concerned(self, event: str) -> list[Line]:
        """Return the lengths that an event ends, stops or lets go on."""
        return [line for one in (self.ends, self.pauses, self.resumes) for line in one.get(event, ())]


def lines_of(bundle: Bundle) -> Lines:
    """Return the lengths of a release's periods by events."""
    return bundle.once(("clock_lines",), lambda: _lines(bundle))


def _lines(bundle: Bundle) -> Lines:
    found = Lines()
    for period in bundle.periods.values():
        for key, variant in () if period.hidden else period.variants.items():
            line = Line(period, key)
            for by_event, events in (
                (found.starts, variant.starts),
                (found.pauses, period.pauses),
                (found.resumes, period.resumes),
                (found.ends, variant.ends),
            ):
                for event in events:
                    by_event[event] = (*by_event.get(event, ()), line)
    return found


class RecordClocks:
    """The clocks of one record during one act."""

    def __init__(self, uow: Work, record: Record, bundle: Bundle, *, new: bool = False) -> None:
        self.uow, self.record, self.bundle, self.new = uow, record, bundle, new
        self._in_force: Bundle | None = None
        self._imported: Imported | None = None
        rows = [] if new else self._rows()
        self.entries = [
            Entry(facts_of(row), pinned(uow.portal, uow.session, row.release_id), row, row.referral_id)
            for row in rows
        ]

    def _rows(self) -> Sequence[models.Clock]:
        with self.uow.session.no_autoflush:
            rows = list(self.uow.session.scalars(_OF_RECORD, {"record_id": self.record.id}))
        made = waiting(self.uow.session, models.Clock)
        return [*rows, *(one for one in made if one.record_id == self.record.id)]

    # --- what an event does -------------------------------------------------------------------------------------

    def end_by(self, one: Occurrence) -> None:
        """Let an event end, stop and resume the clocks that it is about."""
        day, lines = self.day(one), lines_of(self.bundle)
        for line in lines.ends.get(one.event, ()):
            self.end(line, day, one.event, correct=one.how in _CORRECTS)
        for entry in self._of(lines.pauses.get(one.event, ())):
            if day >= entry.clock.start_day:
                entry.become(entry.clock.paused(day))
        for entry in self._of(lines.resumes.get(one.event, ())):
            entry.become(entry.clock.resumed(day))

    def start_by(
        self, one: Occurrence, facts: Mapping[str, Any], env: Env, *, duties: bool = True
    ) -> list[Entry]:
        """Let an event start the clocks that it is about, without ``duties`` none of centre and handler.

        Return those that began or begin otherwise now.
        """
        chosen = (one.payload or {}).get("variants", {})
        lines = lines_of(self.bundle).starts.get(one.event, ())
        return [
            entry
            for line in picked(lines, facts, env, chosen)
            if duties or line.whose not in DUTIES
            if (entry := self.start(line, self.day(one), one.event, correct=one.how in _CORRECTS)) is not None
        ]

    def start(self, line: Line, day: dt.date, event: str, *, correct: bool = False) -> Entry | None:
        """Start a clock, or correct the start of the one that runs; return it where something changed.

        What happens again in the portal begins anew: the clock that runs is stopped, with neither verdict.
        """
        start = self._start(line, day)
        own = [entry for entry in self.entries if _is(entry, line)]
        if correct:
            for entry in reversed(own):
                ended = entry.clock.end
                if ended is None or (entry.clock.event == event and day <= ended.day):
                    before = entry.clock
                    entry.become(self._free(replace(before, start=start, event=event)))
                    return entry if entry.touched else None
        for entry in own:
            if entry.is_live:
                entry.become(entry.clock.ended(day, event, stopped=True))
        made = Entry(Clock(line.period.code, line.key, line.whose, event, start), self.bundle, touched=True)
        self.entries.append(made)
        return made

    def end(self, line: Line, day: dt.date, event: str, *, correct: bool = False) -> None:
        """End the clocks of a length that began by a day; an end that is told again corrects the day."""
        own = [entry for entry in self.entries if _is(entry, line) and entry.clock.start_day <= day]
        live = [entry for entry in own if entry.is_live]
        if not live and correct and own:
            last = own[-1].clock.end
            if last is not None and last.event == event and not last.stopped:
                live = own[-1:]
        for entry in live:
            entry.become(self._free(entry.clock.ended(day, event)))

    def stop(self, day: dt.date, event: str, *, by: frozenset[str] | None = None) -> None:
        """Stop what runs for centre and handler, with neither verdict; with ``by`` only what these events started."""
        for entry in self.entries:
            duty = entry.clock.whose in DUTIES
            if entry.is_live and (duty if by is None else entry.clock.event in by):
                entry.become(entry.clock.ended(day, event, stopped=True))

    # --- referrals ----------------------------------------------------------------------------------------------

    def refer(self, referral: models.Referral, deadline: str) -> None:
        """Start the clock of a referral: the unit that it went to reports back by its day."""
        if referral.due_on is None or any(entry.referral_id == referral.id for entry in self.entries):
            return
        period = self.bundle.periods.get(deadline)
        key = next(iter(period.variants)) if period is not None else ""
        fixed = None if period is not None else referral.due_on
        code = deadline if period is not None else ""
        day = referral.created_at.astimezone(LOCAL).date()
        start: dt.date | dt.datetime = day
        if period is not None and period.variants[key].length.unit == "hour":
            start = referral.created_at.astimezone(LOCAL)
        clock = Clock(code, key, "handler", "referral.sent", start, fixed=fixed)
        self.entries.append(Entry(clock, self.bundle, referral_id=referral.id, touched=True))

    def answer(self, referral: models.Referral, event: str, *, done: bool) -> None:
        """End the clock of a referral that is settled: with a verdict where it was done, else with none."""
        for entry in self.entries:
            if entry.referral_id == referral.id and entry.is_live:
                entry.become(entry.clock.ended(self.uow.today, event, stopped=not done))

    # --- effects of steps ---------------------------------------------------------------------------------------

    def lengths(self, deadline: str) -> list[Line]:
        """Return the lengths of a period of the record's release."""
        period = self.bundle.periods.get(deadline)
        return [Line(period, key) for key in period.variants] if period is not None else []

    def of(self, deadline: str) -> list[Entry]:
        """Return the live clocks of a period, those of referrals included."""
        return list(self._of(self.lengths(deadline)))

    def extend(self, deadline: str, length: Length) -> None:
        """Extend the live clocks of a period."""
        for entry in self.of(deadline):
            entry.become(entry.clock.extended(length))

    # --- working out --------------------------------------------------------------------------------------------

    def adopt(self, bundle: Bundle) -> None:
        """Count what runs by another release; a length that it does not have stays with the release before."""
        self.bundle = bundle
        for entry in self.entries:
            line = period_of(bundle, entry.clock.deadline, entry.clock.variant)
            if not entry.is_live or line is None or entry.bundle.release_id == bundle.release_id:
                continue
            whose = line.variants[entry.clock.variant].whose or "handler"
            entry.bundle, entry.touched = bundle, True
            if entry.referral_id is None:
                entry.clock = replace(entry.clock, whose=whose)

    def recount(self) -> list[Entry]:
        """Take up what runs by another calendar than the one by which it was counted; return these clocks."""
        for entry in self.entries:
            if entry.row is not None and entry.is_live and entry.clock.deadline:
                entry.touched = entry.touched or entry.row.calendar != self.counted(entry.bundle).digest
        return [entry for entry in self.entries if entry.touched]

    def counted(self, bundle: Bundle) -> Counted:
        """Return the calendar for a release: what is in force at the record's centre knows the latest years."""
        if self._imported is None:
            self._imported = imported_years(self.uow.portal, self.uow.session, self.uow.stamp)
        if self.new:
            return counted_by(bundle, self._imported)
        if self._in_force is None:
            self._in_force = in_force_at(self.uow.portal, self.uow.session, self.record)
        other = self._in_force
        return counted_by(bundle, self._imported, other if other.release_id != bundle.release_id else None)

    def work_out(self) -> None:
        """Work out what changed, and give the record the nearest day of centre or handler."""
        standing = []
        for entry in self.entries:
            if entry.touched:
                entry.work_out(self.uow.now, self.counted(entry.bundle))
            state = entry.state or (_stored(entry.row) if entry.row is not None else None)
            if state is not None and not _lapses(entry):
                standing.append((entry.clock.whose, state))
        if not self.entries:
            return
        own = nearest([(whose, state) for whose, state in standing if whose == HANDLER])
        for name, day in (("due_on", nearest(standing)), ("handler_due_on", own)):
            if getattr(self.record, name) != day:
                setattr(self.record, name, day)

    def store(self) -> None:
        """Write the rows of what changed."""
        made = []
        for n, entry in enumerate(self.entries):
            if not entry.touched or entry.state is None:
                continue
            row = entry.row
            if row is None:
                row = models.Clock(
                    record_id=self.record.id,
                    n=n,
                    etype=self.record.etype,
                    unit_path=self.record.unit_path,
                )
                entry.row = row
                made.append(row)
            write(row, entry, entry.state)
            if entry.referral_id is not None:
                self._tell_referral(entry.referral_id, row, new=row in made)
            entry.touched = False
        if made:
            self.uow.add(*made)

    def day(self, one: Occurrence) -> dt.date:
        """Return the day of an event; one without a day arose today."""
        return one.day or self.uow.today

    def _tell_referral(self, referral_id: int, row: models.Clock, *, new: bool) -> None:
        """Let a referral say the day of its clock."""
        referral = self.uow.session.get(models.Referral, referral_id)
        if referral is not None and row.ended_on is None and referral.due_on != row.due_on:
            referral.due_on = row.due_on
            referral.version += not new

    def _start(self, line: Line, day: dt.date) -> dt.date | dt.datetime:
        if line.period.variants[line.key].length.unit != "hour":
            return day
        now = self.uow.now.astimezone(LOCAL)
        return now if now.date() == day else begin_of(day)

    def _free(self, clock: Clock) -> Clock:
        """Return a clock whose facts a person corrected: the day that a party was told follows them."""
        return replace(clock, told=None) if self.uow.access.user_id is not None else clock

    def _of(self, lines: Iterable[Line]) -> Iterator[Entry]:
        names = {(line.period.code, line.key) for line in lines}
        for entry in self.entries:
            if entry.is_live and (entry.clock.deadline, entry.clock.variant) in names:
                yield entry


def in_force_at(portal: Portal, session: Session, record: Record, stamp: Stamp | None = None) -> Bundle:
    """Return the release in force at a record's centre; the record's own where no centre is there any more."""
    centre = kept_centre(portal, session, record.centre_id, stamp)
    return pinned(portal, session, centre.release_id if centre is not None else record.release_id)


def calendar_for(uow: Work, record: Record, bundle: Bundle) -> WorkCalendar:
    """Return the calendar by which days of a record are counted under a release."""
    in_force, imported = (
        in_force_at(uow.portal, uow.session, record),
        imported_years(uow.portal, uow.session, uow.stamp),
    )
    return counted_by(
        bundle, imported, in_force if in_force.release_id != bundle.release_id else None
    ).calendar


def picked(
    lines: Iterable[Line], facts: Mapping[str, Any], env: Env, chosen: Mapping[str, str]
) -> Iterator[Line]:
    """Yield the length of each period that counts: the chosen one, else the first whose condition holds.

    Where a person has to pick and did not, it is the first without a condition.
    """
    by_period: dict[str, list[Line]] = {}
    for line in lines:
        by_period.setdefault(line.period.code, []).append(line)
    for code, own in by_period.items():
        keys = {line.key: line for line in own}
        key = chosen.get(code) or own[0].period.variant_for(facts, env)
        free = (line for line in own if line.period.variants[line.key].when is None)
        found = keys.get(key or "") or next(free, None)
        if found is not None:
            yield found


def _is(entry: Entry, line: Line) -> bool:
    own = (entry.clock.deadline, entry.clock.variant) == (line.period.code, line.key)
    return own and entry.referral_id is None


def _lapses(entry: Entry) -> bool:
    """Tell whether a period is a right that lapses: nobody owes it by its day."""
    period = entry.period
    return entry.referral_id is None and period is not None and period.expiry == "right_lapses"


def _stored(row: models.Clock) -> ClockState:
    return ClockState(row.state, row.due_on)  # type: ignore[arg-type]
