"""Deadlines: working calendars, periods and the days on which they end."""

from portal.core.calendars import GAZETTED, PROVISIONAL, WorkCalendar, YearDays, years_over
from portal.core.deadlines.clock import Clock, ClockState, End, nearest, state_of
from portal.core.deadlines.due import Pause, due, due_at, due_on
from portal.core.deadlines.model import Extension, Length, Period, Variant, periods

__all__ = [
    "GAZETTED",
    "PROVISIONAL",
    "Clock",
    "ClockState",
    "End",
    "Extension",
    "Length",
    "Pause",
    "Period",
    "Variant",
    "WorkCalendar",
    "YearDays",
    "due",
    "due_at",
    "due_on",
    "nearest",
    "periods",
    "state_of",
    "years_over",
]
