"""Files of calendar years: read whole, with every problem at once, into an entry of a calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.core import pointer as pointers
from portal.core import strict_json
from portal.core.calendars import FIXED_DAYS, GAZETTED, ONE_DAY, is_weekend
from portal.core.errors import Problem, Words, msg
from portal.core.packs import schemas

SCHEMA = "calendar_year"
# A notice gives 26 to 33 days off, weekends inside a holiday included; what is far from it is a slip.
FEWEST, MOST = 15, 45
# The longest shipped periods of working days are 60 of them, and the notice of a year comes in November.
WARN_DAYS = 120
Told = Callable[..., Problem]


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year as it is kept: its entry of a calendar, in the shape of calendar.json."""

    year: int
    days: Mapping[str, Any]

    @property
    def state(self) -> str:
        """Return whether the year was gazetted or is provisional."""
        return str(self.days["state"])


def read_year(text: str | bytes, *, file: str = "") -> tuple[CalendarYear | None, list[Problem]]:
    """Return the year that a file holds, and everything wrong with it; None where something is an error."""
    value, problems = strict_json.loads(text, file=file)
    if problems:
        return None, problems
    problems = schemas.check_complete(SCHEMA, value, file=file)
    if problems:
        return None, problems
    days, spans = _days_off(value["holidays"], file)
    entry = {
        "state": value["state"],
        "holidays": sorted(days),
        "workdays": sorted(value["workdays"]),
        "source": value["source"],
        **{key: value[key] for key in ("notice", "note") if key in value},
    }
    problems = [*spans, *_whole(value, days, file), *year_problems(str(value["year"]), entry, _teller(file))]
    if any(problem.severity == "error" for problem in problems):
        return None, problems
    return CalendarYear(value["year"], entry), problems


def year_problems(year: str, days: Mapping[str, Any], tell: Told, base: str = "") -> Iterator[Problem]:
    """Yield what is wrong with the days of one year: days of other years, of the week, off and worked at once.

    ``tell`` makes a problem of code, message, place and remedy.
    """
    off = {day for day in _listed(days.get("holidays")) if isinstance(day, str)}
    for sort in ("holidays", "workdays"):
        for index, day in enumerate(_listed(days.get(sort))):
            where = base + pointers.join([sort, index])
            if not isinstance(day, str) or schemas.not_a_day(day):
                continue
            if not day.startswith(year):
                yield tell(
                    "calendar.year",
                    msg("%(day)s is not in the year %(year)s"),
                    where,
                    msg("Move it to its year"),
                    day=day,
                    year=year,
                )
            if sort == "workdays" and not is_weekend(date.fromisoformat(day)):
                yield tell(
                    "calendar.workday",
                    msg("%(day)s is an ordinary working day anyway"),
                    where,
                    msg("workdays lists weekend days that are worked"),
                    day=day,
                )
            if sort == "workdays" and day in off:
                yield tell(
                    "calendar.both",
                    msg("%(day)s is both a holiday and a workday"),
                    where,
                    msg("Keep one of them"),
                    day=day,
                )


def ends_soon(ends: date | None, today: date, file: str = "") -> Problem | None:
    """Return a warning where the published years end so soon that periods of today run beyond them."""
    if ends is not None and (ends - today).days > WARN_DAYS:
        return None
    last = ends.isoformat() if ends is not None else Words(msg("none"))
    return Problem(
        "calendar.ends",
        msg("The published days off end with %(day)s: days counted beyond it are provisional"),
        {"day": last},
        file,
        "",
        remedy=msg("Import the next year as soon as its notice is published: portal calendar import"),
        severity="warning",
    )


def _days_off(listed: list[Any], file: str) -> tuple[set[str], list[Problem]]:
    """Return the single days that a list of days and spans means, and its spans that are none."""
    days: set[str] = set()
    problems: list[Problem] = []
    for index, one in enumerate(listed):
        first, last = (one, one) if isinstance(one, str) else (one["from"], one["to"])
        found = [] if schemas.not_a_day(first) or schemas.not_a_day(last) else list(_span(first, last))
        if not found:
            problems.append(
                _teller(file)(
                    "calendar.span",
                    msg("%(first)s to %(last)s is no span of days"),
                    pointers.join(["holidays", index]),
                    msg("A span is at most 31 days long, and its first day comes first"),
                    first=first,
                    last=last,
                )
            )
        elif twice := days.intersection(found):
            problems.append(
                _teller(file)(
                    "calendar.twice",
                    msg("%(day)s is listed twice"),
                    pointers.join(["holidays", index]),
                    msg("Keep one of them"),
                    day=min(twice),
                )
            )
        days.update(found)
    return days, problems


def _span(first: str, last: str) -> Iterator[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    if (end - start).days > 30:
        return
    while start <= end:
        yield start.isoformat()
        start += ONE_DAY


def _whole(value: Mapping[str, Any], days: set[str], file: str) -> Iterator[Problem]:
    """Yield what a year as a whole lacks: the number of its notice, fixed days off, its usual length."""
    tell, year = _teller(file), value["year"]
    if value["state"] != GAZETTED:
        return
    if not value.get("notice", "").strip():
        yield tell(
            "calendar.notice",
            msg("A gazetted year names the number of its notice"),
            "/notice",
            msg('Write it under "notice", or say "provisional" as long as there is none'),
        )
    for month, day in FIXED_DAYS:
        if (fixed := date(year, month, day).isoformat()) not in days:
            yield tell(
                "calendar.fixed",
                msg("%(day)s is a public holiday in every year and is missing"),
                "/holidays",
                msg("Add it"),
                day=fixed,
            )
    if not FEWEST <= len(days) <= MOST:
        yield tell(
            "calendar.count",
            msg("%(count)s days off are unusual for a year"),
            "/holidays",
            msg("List the weekend days inside a holiday too, and no other weekend days"),
            count=len(days),
        )


def _teller(file: str) -> Told:
    def tell(code: str, message: str, where: str, remedy: str, **params: Any) -> Problem:
        return Problem(code, message, params, file, where, remedy)

    return tell


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
