"""Which days a field can hold: what its form says, else what no centre has met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.core.errors import msg
from portal.core.values import as_date, day_of
from portal.core.ways.reading import Refused

TODAY = "today"
EARLIEST = date(1900, 1, 1)
YEARS_AHEAD = 50
MOST_DIGITS = 4

_FUTURE = msg("This day lies in the future")
_PAST = msg("This day lies in the past")
_BEFORE = msg("Enter a day from %(day)s on")
_AFTER = msg("Enter a day up to %(day)s")


@dataclass(frozen=True, slots=True)
class Range:
    """The days that a field can hold; each bound is a day, today, or so many days after today."""

    not_before: str = ""
    not_after: str = ""

    def refusal(self, value: object, today: date) -> Refused | None:
        """Return the reason against a day or moment; None for one that can be, and for what is none."""
        found = as_date(value)
        if found is None:
            return None
        first = _bound(self.not_before, today) or EARLIEST
        if found < first:
            past = self.not_before == TODAY
            return Refused("range", _PAST) if past else Refused("range", _BEFORE, {"day": first.isoformat()})
        if today == date.min:
            return None  # a form that is tried out on no day at all
        last = _bound(self.not_after, today) or today.replace(year=today.year + YEARS_AHEAD, month=12, day=31)
        if found <= last:
            return None
        future = self.not_after == TODAY
        return Refused("range", _FUTURE) if future else Refused("range", _AFTER, {"day": last.isoformat()})


def is_bound(text: str) -> bool:
    """Tell whether a form may say ``text`` as a bound."""
    try:
        return _days_ahead(text) is not None or bool(day_of(text))
    except ValueError:
        return False


def _bound(text: str, today: date) -> date | None:
    if not text:
        return None
    ahead = _days_ahead(text)
    return day_of(text) if ahead is None else today + timedelta(days=ahead)


def _days_ahead(text: str) -> int | None:
    """Return how many days after today a bound lies; None for one that is a day."""
    if text == TODAY:
        return 0
    days = text.removeprefix(f"{TODAY}+")
    return (
        int(days)
        if days != text and days.isascii() and days.isdecimal() and len(days) <= MOST_DIGITS
        else None
    )


ANY_DAY = Range()
