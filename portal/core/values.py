"""What counts as a number, a text, a date: strict, so that nothing is compared with another kind of thing."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from portal.core.blank import is_blank
from portal.core.strict_json import LARGEST_NUMBER, clean_text

# The kinds of things that a condition compares, by the type of a literal.
TEXT, NUMBER, BOOLEAN, DATE, LIST = "text", "number", "boolean", "date", "list"
Scalar = str | int | float | bool | date
_ISO = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(text: str) -> date:
    """Return the day that a person or a program wrote as year-month-day; ValueError for any other writing.

    ``date.fromisoformat`` alone would take weeks and days without dashes, which no control of a page can hold.
    """
    if not _DAY.fullmatch(text):
        raise ValueError(text[:40])
    return date.fromisoformat(text)


def as_text(value: Any) -> str | None:
    """Return ``value`` if it is a text, not empty, without NUL and without half surrogate pairs."""
    return value if isinstance(value, str) and value and clean_text(value) else None


def as_number(value: Any) -> int | float | None:
    """Return ``value`` if it is a finite number below 2^62; a boolean is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < LARGEST_NUMBER and not math.isnan(value) else None


def as_boolean(value: Any) -> bool | None:
    """Return ``value`` if it is true or false."""
    return value if isinstance(value, bool) else None


def as_date(value: Any) -> date | None:
    """Return the day of a date or of an ISO 8601 text."""
    if isinstance(value, str):
        match = _ISO.fullmatch(value) if len(value) <= 40 else None
        if match is None:
            return None
        try:
            return date.fromisoformat(match["day"])
        except ValueError:
            return None
    return value if type(value) is date else None


def like(value: Any, expected: Scalar) -> Any:
    """Return ``value`` as the kind of thing that ``expected`` is, or None if it is something else."""
    if isinstance(expected, str):
        return as_text(value)
    if isinstance(expected, bool):
        return as_boolean(value)
    if isinstance(expected, date):
        return as_date(value)
    return as_number(value)


def kind_of(value: Any) -> str:
    """Name the kind of a literal: text, number, boolean, date or list; empty for anything else."""
    if isinstance(value, list | tuple):
        return LIST
    if type(value) is date:
        return DATE
    if as_boolean(value) is not None:
        return BOOLEAN
    if as_number(value) is not None:
        return NUMBER
    return TEXT if as_text(value) is not None else ""


def is_missing(value: Any) -> bool:
    """Tell whether nothing was entered: no value, null, a text that shows nothing or an empty list."""
    if isinstance(value, str):
        return is_blank(value)
    return value is None or (isinstance(value, list | tuple | dict) and not value)


def is_sequence(value: Any) -> bool:
    """Tell whether ``value`` is a list of entries."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def shifted(day: date, days: int = 0, months: int = 0, years: int = 0) -> date | None:
    """Return ``day`` moved by a span; the 31st becomes a month's last day; None beyond the calendar."""
    index = day.year * 12 + day.month - 1 + months + years * 12
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    try:
        return date(year, month + 1, min(day.day, last)) + timedelta(days=days)
    except OverflowError:
        return None
