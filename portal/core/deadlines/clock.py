"""Clocks: one running period of one matter, as facts, and its standing as one function of them.

A clock keeps what happened and never a conclusion: by which event and when it began, the days on which it stood, what
it was extended by, when it ended. Due day, standing and what is left are worked out, so a corrected fact, a calendar
that arrives late and another release are the same piece of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from portal.core.calendars import ONE_DAY, WorkCalendar
from portal.core.deadlines.due import Pause, due_on
from portal.core.deadlines.model import Length, Period, Whose

State = Literal["running", "paused", "overdue", "in_time", "late", "stopped"]
RUNNING: Final = "running"
PAUSED: Final = "paused"
OVERDUE: Final = "overdue"
IN_TIME: Final = "in_time"
LATE: Final = "late"
STOPPED: Final = "stopped"
# Of a clock that has not ended. That one is overdue follows from the day on which it is asked, so it is never stored.
LIVE = (RUNNING, PAUSED)
ENDED = (IN_TIME, LATE, STOPPED)
# Whose duty the day of a record is about.
HANDLER: Whose = "handler"
DUTIES: frozenset[Whose] = frozenset({"centre", HANDLER})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class End:
    """How a clock ended: on which day and by which event; one that is ``stopped`` was neither in time nor late."""

    day: date
    event: str = ""
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """The facts of one clock.

    ``start`` is a moment for a period in hours. ``told`` is a day that was told to a party: what is worked out anew is
    never earlier. ``fixed`` is the due day of a clock whose period no release names.
    """

    deadline: str
    variant: str
    whose: Whose
    event: str
    start: date | datetime
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Length, ...] = ()
    end: End | None = None
    told: date | None = None
    fixed: date | None = None

    @property
    def start_day(self) -> date:
        """Return the day on which it began, which is not counted."""
        return self.start.date() if isinstance(self.start, datetime) else self.start

    def paused(self, day: date) -> Clock:
        """Return the clock stopped from a day on; one that stands already is left as it is."""
        return self if self.stands else replace(self, pauses=(*self.pauses, Pause(day)))

    def resumed(self, day: date) -> Clock:
        """Return the clock going on from a day on; one that does not stand is left as it is."""
        if not self.stands:
            return self
        since = self.pauses[-1].start
        # A clock that goes on before it stopped did not stand at all.
        stood = [Pause(since, day)] if since < day else []
        return replace(self, pauses=(*self.pauses[:-1], *stood))

    def extended(self, length: Length) -> Clock:
        """Return the clock with one more extension."""
        return replace(self, extensions=(*self.extensions, length))

    def ended(self, day: date, event: str = "", *, stopped: bool = False) -> Clock:
        """Return the clock ended on a day."""
        return replace(self, end=End(day, event, stopped))

    @property
    def stands(self) -> bool:
        """Tell whether it was stopped and nothing let it go on."""
        return bool(self.pauses) and self.pauses[-1].end is None


@dataclass(frozen=True, slots=True)
class ClockState:
    """The standing of a clock.

    ``due_at`` is given for periods in hours alone. ``left`` counts working days for a period in working days, hours for
    one in hours, else calendar days: below zero where it is overdue, and as it would be if a clock that stands went on
    today. ``earlier`` is the day that the facts give where a party was told a later one, which holds.
    """

    state: State
    due_on: date | None
    due_at: datetime | None = None
    provisional: bool = False
    left: int | None = None
    earlier: date | None = None

    @property
    def stored(self) -> State:
        """Return the standing that does not change as days go by."""
        return RUNNING if self.state == OVERDUE else self.state

    @property
    def is_live(self) -> bool:
        """Tell whether it has not ended."""
        return self.stored in LIVE


def state_of(clock: Clock, period: Period | None, calendar: WorkCalendar, now: date | datetime) -> ClockState:
    """Return the standing of a clock under a release's period and calendar, at ``now``.

    Without a period the clock has the day that it was given. What happens after its end changes nothing.
    """
    clock = _until_its_end(clock)
    length = period.length(clock.variant or None) if period is not None else None
    last = _last(clock, length, calendar)
    day = last.date() if isinstance(last, datetime) else last
    earlier = day if day is not None and clock.told is not None and day < clock.told else None
    if earlier is not None:
        last = day = clock.told
    return ClockState(
        _standing(clock, last, now),
        day,
        last if isinstance(last, datetime) else None,
        length is not None and _is_provisional(clock, length, day, calendar),
        None if clock.end else _left(clock, length, calendar, now),
        earlier,
    )


def nearest(clocks: Sequence[tuple[Whose, ClockState]]) -> date | None:
    """Return the nearest day by which centre or handler have to act; None where nothing runs for them."""
    days = [state.due_on for whose, state in clocks if whose in DUTIES and state.is_live and state.due_on]
    return min(days, default=None)


def _until_its_end(clock: Clock) -> Clock:
    """Return the clock without what came after its end."""
    if clock.end is None:
        return clock
    day = clock.end.day
    pauses = tuple(
        pause if pause.end is not None and pause.end <= day else Pause(pause.start, None)
        for pause in clock.pauses
        if pause.start <= day
    )
    return replace(clock, pauses=pauses)


def _last(clock: Clock, length: Length | None, calendar: WorkCalendar) -> date | datetime | None:
    """Return the day, or for hours the moment, at which a clock runs out; None while it stands."""
    if length is None:
        return None if clock.stands else clock.fixed
    extensions = [one for one in clock.extensions if (one.unit == "hour") == (length.unit == "hour")]
    if length.unit == "hour":
        start = clock.start
        moment = start if isinstance(start, datetime) else datetime(start.year, start.month, start.day)
        return _hours_later(moment, length.n + sum(one.n for one in extensions), clock.pauses)
    whole, *more = _in_one(length, extensions)
    extension = more[0] if more else None
    return due_on(calendar, clock.start_day, whole, pauses=clock.pauses, extension=extension)


def _in_one(length: Length, extensions: Sequence[Length]) -> list[Length]:
    """Return a length with its extensions: one length, or two where they are counted in another unit."""
    own = length.n + sum(one.n for one in extensions if one.unit == length.unit)
    others = [one for one in extensions if one.unit != length.unit]
    joined = [Length(own, length.unit)]
    if others:
        joined.append(Length(sum(one.n for one in others), others[0].unit))
    return joined


def _hours_later(start: datetime, hours: int, pauses: Sequence[Pause]) -> datetime | None:
    """Return the end of a period in hours: the first hour, and those of days on which it stood, are not counted."""
    moment = start.replace(minute=0, second=0, microsecond=0) + _HOUR
    if not pauses:
        return moment + hours * _HOUR
    while hours > 0:
        stopped = [pause for pause in pauses if pause.holds(moment.date())]
        if any(pause.end is None for pause in stopped):
            return None
        hours -= not stopped
        moment += _HOUR
    return moment


def _standing(clock: Clock, last: date | datetime | None, now: date | datetime) -> State:
    if clock.end is not None:
        if clock.end.stopped:
            return STOPPED
        day = last.date() if isinstance(last, datetime) else last
        return IN_TIME if day is None or clock.end.day <= day else LATE
    if last is None:
        return PAUSED
    return OVERDUE if _is_past(last, now) else RUNNING


def _is_past(last: date | datetime, now: date | datetime) -> bool:
    if isinstance(last, datetime) and isinstance(now, datetime):
        return last < now
    day = last.date() if isinstance(last, datetime) else last
    return day < (now.date() if isinstance(now, datetime) else now)


def _is_provisional(clock: Clock, length: Length, day: date | None, calendar: WorkCalendar) -> bool:
    """Tell whether the day depends on a year whose days off nobody has published."""
    if day is None or length.unit == "hour":
        return False
    counted = length.unit == "working_day" or any(one.unit == "working_day" for one in clock.extensions)
    first = clock.start_day.year if counted else day.year
    return not all(calendar.covers(year) for year in range(first, day.year + 1))


def _left(clock: Clock, length: Length | None, calendar: WorkCalendar, now: date | datetime) -> int | None:
    today = now.date() if isinstance(now, datetime) else now
    last = _last(clock.resumed(today) if clock.stands else clock, length, calendar)
    if last is None:
        return None
    if isinstance(last, datetime) and isinstance(now, datetime):
        return int((last - now) // _HOUR)
    day = last.date() if isinstance(last, datetime) else last
    if clock.told is not None and clock.told > day:
        day = clock.told
    if length is not None and length.unit == "working_day":
        return _working_days(calendar, today, day)
    return (day - today).days


def _working_days(calendar: WorkCalendar, today: date, day: date) -> int:
    """Return the working days after today up to a day; below zero for a day that is past."""
    first, last = min(today, day), max(today, day)
    count = sum(calendar.is_working(first + step * ONE_DAY) for step in range(1, (last - first).days + 1))
    return count if day >= today else -count
