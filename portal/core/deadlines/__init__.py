"""Deadlines: working calendars, periods and the days on which they end."""

from portal.core.deadlines.calendar import WorkCalendar, YearDays
from portal.core.deadlines.period import Deadline, Length, Pause, due, due_at, due_on

__all__ = ["Deadline", "Length", "Pause", "WorkCalendar", "YearDays", "due", "due_at", "due_on"]
