"""Working calendars: weekends, public holidays and weekend days that are worked (调休).

A year is *gazetted* once the State Council has published its days off, and *provisional* before: then only the days
that regulation fixes are known, and whatever is counted through it may still move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

GAZETTED: Final = "gazetted"
PROVISIONAL: Final = "provisional"
STATES = (GAZETTED, PROVISIONAL)
# Days off of the same date each year: 全国年节及纪念日放假办法 (2024 revision), article 2. The others follow moon
# or sun, and make-up days follow the notice of the year.
FIXED_DAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
_SATURDAY = 6
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class YearDays:
    """What differs from plain weeks in one year, and whether it was published."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    source: str = ""
    state: str = GAZETTED
    notice: str = ""

    @classmethod
    def from_definition(cls, days: Mapping[str, Any]) -> YearDays:
        """Build a year from its entry of a calendar; one that does not say its state was published."""
        return cls(
            frozenset(map(date.fromisoformat, days.get("holidays", ()))),
            frozenset(map(date.fromisoformat, days.get("workdays", ()))),
            days.get("source", ""),
            days.get("state", GAZETTED),
            days.get("notice", ""),
        )


@dataclass(frozen=True)
class WorkCalendar:
    """Tells working days; in a year without an entry only the fixed days are off, see ``covers``."""

    years: Mapping[int, YearDays] = field(default_factory=dict)

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> WorkCalendar:
        """Build a calendar from the ``calendar`` section of a bundle."""
        return cls({int(year): YearDays.from_definition(days) for year, days in definition.items()})

    def covers(self, year: int) -> bool:
        """Tell whether the days off of ``year`` were published; if not, a computed day is provisional."""
        days = self.years.get(year)
        return days is not None and days.state == GAZETTED

    def is_made_up(self, day: date) -> bool:
        """Tell whether ``day`` is a weekend day that is worked."""
        days = self.years.get(day.year)
        return days is not None and day in days.workdays

    def is_holiday(self, day: date) -> bool:
        """Tell whether ``day`` is a public holiday, as far as its year is known."""
        days = self.years.get(day.year)
        if days is not None and day in days.holidays:
            return True
        return not self.covers(day.year) and (day.month, day.day) in FIXED_DAYS

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on ``day``."""
        if self.is_made_up(day):
            return True
        return day.isoweekday() < _SATURDAY and not self.is_holiday(day)

    def next_working(self, day: date) -> date:
        """Return ``day`` if it is a working day, else the first one after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    @property
    def ends(self) -> date | None:
        """Return the last day up to which every year from the first one on was published; None where none was."""
        published = sorted(year for year in self.years if self.covers(year))
        last = None
        for year in published:
            if last is not None and year != last + 1:
                break
            last = year
        return date(last, 12, 31) if last is not None else None


def years_over(*calendars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the years of several calendars, each laid over those before it.

    What is only expected never takes the place of what was published.
    """
    found: dict[str, Any] = {}
    for years in calendars:
        for year, days in years.items():
            if year not in found or _is_published(days) or not _is_published(found[year]):
                found[year] = days
    return found


def _is_published(days: Mapping[str, Any]) -> bool:
    return bool(days.get("state", GAZETTED) == GAZETTED)


def is_weekend(day: date) -> bool:
    """Tell whether ``day`` is a Saturday or a Sunday."""
    return day.isoweekday() >= _SATURDAY
