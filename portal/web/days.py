"""Days as people write them: without the year where it is this one, with the day of the week where one plans by it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from babel.dates import format_skeleton

from portal.core.errors import fill, msg
from portal.core.zone import LOCAL
from portal.web.language import current, translate

_PATTERNS = {"": "MMMd", "year": "yMMMd"}


def short_day(day: dt.date | dt.datetime | None, today: dt.date | None = None) -> str:
    """Return a day such as 5月6日 or May 6; the year is told where it is not that of ``today``."""
    when = _day(day)
    if when is None:
        return ""
    return _written(when, today is not None and when.year != today.year, current())


def short_moment(moment: dt.datetime | None, today: dt.date | None = None) -> str:
    """Return a day with its time, such as 5月6日 16:10; the year is told where it is not that of ``today``."""
    if moment is None:
        return ""
    aware = moment if moment.tzinfo else moment.astimezone()
    return f"{short_day(aware, today)} {aware.astimezone(LOCAL):%H:%M}"


def long_moment(moment: dt.datetime | None) -> str:
    """Return a day with its year and time, as it stands on paper."""
    if moment is None:
        return ""
    aware = moment if moment.tzinfo else moment.astimezone()
    return f"{long_day(aware)} {aware.astimezone(LOCAL):%H:%M}"


def long_day(day: dt.date | dt.datetime | None) -> str:
    """Return a day with its year, as it stands on paper."""
    when = _day(day)
    return "" if when is None else _written(when, True, current())


def day_in_words(day: dt.date, with_year: bool) -> str:
    """Return a day with its year or without, as forms tell it."""
    return long_day(day) if with_year else short_day(day)


def month_of_year(year: int, month: int) -> str:
    """Return a month with its year, such as 2026年5月 or May 2026."""
    return _skeleton("yMMM", dt.date(year, month, 1), current())


def day_of_week(day: dt.date | dt.datetime | None, today: dt.date | None = None) -> str:
    """Return a day with its day of the week, such as 5月6日（周三） or May 6 (Wed)."""
    when = _day(day)
    if when is None:
        return ""
    words = {"day": short_day(when, today), "weekday": _skeleton("EEE", when, current())}
    return fill(translate(msg("%(day)s (%(weekday)s)")), words)


def _day(day: dt.date | dt.datetime | None) -> dt.date | None:
    return day.astimezone(LOCAL).date() if isinstance(day, dt.datetime) else day


@lru_cache(maxsize=4_000)
def _written(day: dt.date, with_year: bool, lang: str) -> str:
    return _skeleton(_PATTERNS["year" if with_year else ""], day, lang)


@lru_cache(maxsize=4_000)
def _skeleton(name: str, day: dt.date, lang: str) -> str:
    return str(format_skeleton(name, day, locale="zh_CN" if lang.startswith("zh") else "en"))
