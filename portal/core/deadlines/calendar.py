"""Working calendars: weekends, public holidays and weekend days that are worked (调休)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

_SATURDAY = 6
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class YearDays:
    """What differs from plain weeks in one year."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    source: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """Tells working days; a year without an entry has plain weeks, see ``covers``."""

    years: Mapping[int, YearDays] = field(default_factory=dict)

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> WorkCalendar:
        """Build a calendar from the ``calendar`` section of a bundle."""
        return cls(
            {
                int(year): YearDays(
                    frozenset(map(date.fromisoformat, days.get("holidays", ()))),
                    frozenset(map(date.fromisoformat, days.get("workdays", ()))),
                    days.get("source", ""),
                )
                for year, days in definition.items()
            }
        )

    def covers(self, year: int) -> bool:
        """Tell whether the holidays of ``year`` are known; if not, a computed day is provisional."""
        return year in self.years

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on ``day``."""
        days = self.years.get(day.year)
        if days is not None and day in days.workdays:
            return True
        if days is not None and day in days.holidays:
            return False
        return day.isoweekday() < _SATURDAY

    def next_working(self, day: date) -> date:
        """Return ``day`` if it is a working day, else the first one after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day
