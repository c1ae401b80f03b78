"""When periods end.

The rules of counting: the first day (or hour) is not counted; a period of calendar days, months or years that
ends on a day off ends on the next working day; months and years end on the day of the same number, or on the
last day of a shorter month; days on which the clock was stopped are not counted.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.core.calendars import ONE_DAY, WorkCalendar
from portal.core.deadlines.model import Length, Period

_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock stands: from ``start`` up to but without ``end``; no end: it still stands."""

    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether the clock stands on ``day``."""
        return self.start <= day and (self.end is None or day < self.end)


def due(
    calendar: WorkCalendar,
    deadline: Period,
    start: date | datetime,
    *,
    key: str | None = None,
    pauses: Sequence[Pause] = (),
    extension: Length | None = None,
) -> date | datetime | None:
    """Return when ``deadline`` ends for what started at ``start``; None while the clock stands.

    Periods in hours need a ``datetime`` and give one; all others give a day.
    """
    length = deadline.length(key)
    if length.unit == "hour":
        if not isinstance(start, datetime):
            start = datetime(start.year, start.month, start.day)
        return due_at(start, length, extension=extension)
    day = start.date() if isinstance(start, datetime) else start
    return due_on(calendar, day, length, pauses=pauses, extension=extension)


def due_on(
    calendar: WorkCalendar,
    start: date,
    length: Length,
    *,
    pauses: Sequence[Pause] = (),
    extension: Length | None = None,
) -> date | None:
    """Return the last day of a period that starts on ``start``; None while the clock stands."""
    day: date | None = start
    for part in _joined(length, extension):
        day = _last_day(calendar, day, part, pauses) if day is not None else None
    return None if day is None else calendar.next_working(day)


def due_at(start: datetime, length: Length, *, extension: Length | None = None) -> datetime:
    """Return the end of a period in hours; the hour in which it starts is not counted."""
    hour = timedelta(hours=1)
    first = start.replace(minute=0, second=0, microsecond=0) + hour
    return first + sum(((part.n * hour) for part in _joined(length, extension)), timedelta())


def _joined(length: Length, extension: Length | None) -> Iterable[Length]:
    """Return a period and its extension, as one where they are counted in the same unit."""
    if extension is None:
        return (length,)
    if extension.unit == length.unit:
        return (Length(length.n + extension.n, length.unit),)
    return (length, extension)


def _last_day(calendar: WorkCalendar, start: date, length: Length, pauses: Sequence[Pause]) -> date | None:
    """Return the last counted day, not yet moved off a day off."""
    only_working = length.unit == "working_day"
    count = length.n if length.unit not in _MONTHS else (_months_later(start, length) - start).days
    day = start
    while count > 0:
        day += ONE_DAY
        stopped = [pause for pause in pauses if pause.holds(day)]
        if any(pause.end is None for pause in stopped):
            return None
        if not stopped and (not only_working or calendar.is_working(day)):
            count -= 1
    return day


def _months_later(start: date, length: Length) -> date:
    """Return the day of the same number some months later, or the last day of a shorter month."""
    total = start.year * 12 + start.month - 1 + length.n * _MONTHS[length.unit]
    year, month = divmod(total, 12)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))
