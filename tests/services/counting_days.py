"""Count the last day of a clock from its facts, day by day, beside the code that works it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.core.zone import LOCAL
from portal.persistence.models import Clock

FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}  # off in a year that nobody has published
ONE = dt.timedelta(days=1)


class Counting:
    """Days as the law counts them, from the lists of days off alone."""

    def __init__(self, years: Mapping[str, Any]) -> None:
        self.years = years

    def works(self, day: dt.date) -> bool:
        year = self.years.get(str(day.year))
        if year is None:
            return day.weekday() < 5 and (day.month, day.day) not in FIXED
        if day.isoformat() in year["workdays"]:
            return True
        return day.weekday() < 5 and day.isoformat() not in year["holidays"]

    def last(self, row: Clock, lengths: list[tuple[int, str]]) -> dt.date | dt.datetime | None:
        """Return the last day of a clock; None where it stands before it ran out."""
        pauses = [
            (
                one["start"],
                one["end"]
                if one["end"] and not (row.ended_on and one["end"] > row.ended_on.isoformat())
                else None,
            )
            for one in row.pauses
            if not (row.ended_on and one["start"] > row.ended_on.isoformat())
        ]
        if lengths[0][1] == "hour":
            return self._hour(row, sum(n for n, unit in lengths if unit == "hour"), pauses)
        own = sum(n for n, unit in lengths if unit == lengths[0][1])
        others = [(n, unit) for n, unit in lengths if unit not in (lengths[0][1], "hour")]
        day: dt.date | None = row.started_on
        for n, unit in [(own, lengths[0][1]), *others]:
            day = self._counted(day, n, unit, pauses)
            if day is None:
                return None
        while not self.works(day):
            day += ONE
        return day

    def _counted(self, day: dt.date, n: int, unit: str, pauses: list[Any]) -> dt.date | None:
        if unit in ("month", "year"):
            n, unit = (_same_number(day, n * (12 if unit == "year" else 1)) - day).days, "calendar_day"
        while n:
            day += ONE
            standing = [
                until
                for since, until in pauses
                if since <= day.isoformat() and (not until or day.isoformat() < until)
            ]
            if None in standing:
                return None
            n -= not standing and (unit == "calendar_day" or self.works(day))
        return day

    def _hour(self, row: Clock, hours: int, pauses: list[Any]) -> dt.datetime | None:
        begin = (
            row.started_at.astimezone(LOCAL)
            if row.started_at
            else dt.datetime.combine(row.started_on, dt.time())
        )
        moment = begin.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
        while hours:
            today = moment.date().isoformat()
            standing = [until for since, until in pauses if since <= today and (not until or today < until)]
            if None in standing:
                return None
            hours -= not standing
            moment += dt.timedelta(hours=1)
        return moment


def _same_number(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 0, -1):
        try:
            return dt.date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError


def expected(row: Clock, bundle: Any, counting: Counting) -> tuple[str, dt.date | None]:
    """Return the standing of a clock and its last day, from its facts."""
    period = bundle.periods.get(row.deadline)
    length = period.variants[row.variant].length
    lengths = [(length.n, length.unit), *((one["n"], one["unit"]) for one in row.extensions)]
    last = counting.last(row, lengths)
    day = last.date() if isinstance(last, dt.datetime) else last
    if row.state == "stopped":
        return "stopped", day
    if row.ended_on is not None:
        return ("in_time" if day is None or row.ended_on <= day else "late"), day
    return ("paused" if day is None else "running"), day
