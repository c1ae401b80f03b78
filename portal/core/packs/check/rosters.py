"""Who sits where: no two departments at one window on one day, none at another's, no number on two windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from portal.core import pointer as pointers
from portal.core.errors import Problem, Words, msg
from portal.core.layout import definition_at
from portal.core.layout.model import HALVES
from portal.core.packs import schemas
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.packs.places import said, window_words

DAYS = {
    1: msg("Monday"),
    2: msg("Tuesday"),
    3: msg("Wednesday"),
    4: msg("Thursday"),
    5: msg("Friday"),
    6: msg("Saturday"),
    7: msg("Sunday"),
}
_EVERY_DAY = msg("every day")
# Days, each with one of its halves.
_Weekly: TypeAlias = set[tuple[int, str]]
_Single: TypeAlias = set[tuple[str, str]]
_EVER, _NEVER = "0000-00-00", "9999-99-99"


@check
def rosters(context: Context) -> Iterator[Problem]:
    """Windows of the centre, and of the centres of levels, are each used by one department at a time."""
    if not context.broken.isdisjoint({"/layout", "/departments"}):
        return
    layout = context.section("layout")
    yield from _of_layout(context, layout, "/layout")
    for level, known in items(layout.get("levels")):
        for code in (None, *(code for code, _ in items(known.get("units")))):
            definition = definition_at(layout, level, code) or {}
            if not schemas.check_complete("layout", definition):
                where = pointers.join(["layout", "levels", level, *(["units", code] if code else [])])
                yield from _of_layout(context, definition, where)


def _of_layout(context: Context, layout: Mapping[str, Any], base: str) -> Iterator[Problem]:
    windows = {key: one for key, one in items(layout.get("windows")) if one.get("hidden") is not True}
    yield from _numbers(context, windows, base)
    yield from _closed_days(context, layout, base)
    stays = [(key, one) for key, one in items(layout.get("stationing")) if _counts(context, one)]
    taken: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for key, stay in stays:
        place = stay.get("place")
        window = place.get("window") if isinstance(place, dict) else None
        if isinstance(window, str) and window in windows:
            yield from _owner(context, key, stay, window, windows[window], base)
            for other, earlier in taken.setdefault(window, []):
                yield from _clash(context, (other, earlier), (key, stay), (window, windows[window]), base)
            taken[window].append((key, stay))


def _closed_days(context: Context, layout: Mapping[str, Any], base: str) -> Iterator[Problem]:
    """Yield each weekday of a roster on which the centre is closed: nobody would ever be there on it."""
    centre = layout.get("centre")
    rule = centre.get("open_on", "working_days") if isinstance(centre, dict) else "working_days"
    opened = {"every_day": set(range(1, 8)), "working_days": set(range(1, 6))}
    days = set(rule["weekdays"]) if isinstance(rule, dict) else opened.get(str(rule), set())
    for key, stay in items(layout.get("stationing")):
        named = {day for day, _ in _slots_of(stay)[0]}
        for day in sorted(named - days) if _counts(context, stay) else ():
            yield context.problem(
                "layout.closed_day",
                msg("%(department)s is rostered for %(day)s, when the centre is closed"),
                pointers.join(["stationing", key, "roster"], base),
                msg(
                    'Take the day out, name single days under "dates", or say under centre "open_on" when it is open'
                ),
                severity="warning",
                department=str(stay.get("department")),
                day=Words(DAYS[day]) if day in DAYS else day,
            )


def _counts(context: Context, stay: Mapping[str, Any]) -> bool:
    department = context.section("departments").get(str(stay.get("department")))
    shown = not isinstance(department, dict) or department.get("hidden") is not True
    return stay.get("hidden") is not True and stay.get("mode") in ("resident", "rotating") and shown


def _clash(
    context: Context,
    first: tuple[str, Mapping[str, Any]],
    second: tuple[str, Mapping[str, Any]],
    window: tuple[str, Mapping[str, Any]],
    base: str,
) -> Iterator[Problem]:
    """Yield a problem for each day on which two departments sit at one window."""
    one, other = first[1], second[1]
    if one.get("department") == other.get("department") or not _together(one, other):
        return
    names = [_named(context, stay) for stay in (one, other)]
    shared = _shared_days(one, other)
    for day in shared:
        yield context.problem(
            "layout.two_at_window",
            msg("Two departments at one window: %(first)s, %(second)s"),
            pointers.join(["stationing", second[0], "roster" if "roster" in other else "place"], base),
            msg("Give one of them another window or another day"),
            place=(window_words(*window), day),
            first=names[0],
            second=names[1],
            day=day.message + str(day.params.get("day", "")),
        )


def _shared_days(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Words]:
    """Return the days in words on which two stays meet: all, days of the week, or single days."""
    residents = [stay for stay in (one, other) if stay.get("mode") == "resident"]
    if len(residents) == 2:
        return [Words(_EVERY_DAY)]
    days, dates = _slots_of(one), _slots_of(other)
    if residents:
        weekly, single = days if one.get("mode") == "rotating" else dates
    else:
        weekly = days[0] & dates[0]
        single = (days[1] & dates[1]) | _on(days[1], dates[0]) | _on(dates[1], days[0])
    single = {
        (day, half) for day, half in single if (date.fromisoformat(day).isoweekday(), half) not in weekly
    }
    named = [Words(DAYS[day]) for day in sorted({day for day, _ in weekly}) if day in DAYS]
    return named + [Words(day) for day in sorted({day for day, _ in single})]


def _on(dates: _Single, weekdays: _Weekly) -> _Single:
    return {(day, half) for day, half in dates if (date.fromisoformat(day).isoweekday(), half) in weekdays}


def _slots_of(stay: Mapping[str, Any]) -> tuple[_Weekly, _Single]:
    """Return the halves of weekdays and of single days that a roster names."""
    weekly: _Weekly = set()
    single: _Single = set()
    for _, days in entries(stay.get("roster")):
        if isinstance(days, dict):
            halves = (days["half"],) if days.get("half") in HALVES else HALVES
            weekly |= {
                (day, half)
                for _, day in entries(days.get("weekdays"))
                for half in halves
                if isinstance(day, int)
            }
            single |= {
                (day, half)
                for _, day in entries(days.get("dates"))
                for half in halves
                if isinstance(day, str) and not schemas.not_a_day(day)
            }
    return weekly, single


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two stays are ever in force at the same time."""
    start = max(str(one.get("from", _EVER)), str(other.get("from", _EVER)))
    return start <= min(str(one.get("until", _NEVER)), str(other.get("until", _NEVER)))


def _owner(
    context: Context, key: str, stay: Mapping[str, Any], window: str, found: Mapping[str, Any], base: str
) -> Iterator[Problem]:
    owner = found.get("department")
    if isinstance(owner, str) and owner != stay.get("department"):
        yield context.problem(
            "layout.window_of_other",
            msg("%(department)s is placed at the window of %(owner)s"),
            pointers.join(["stationing", key, "place", "window"], base),
            msg('Name another window, or take "department" out of this one'),
            place=(window_words(window, found),),
            department=_named(context, stay),
            owner=_named(context, {"department": owner}),
        )


def _numbers(context: Context, windows: Mapping[str, Mapping[str, Any]], base: str) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for key, window in windows.items():
        number = window.get("number")
        if number is None:
            continue
        first = seen.setdefault(str(number).strip(), key)
        if first != key:
            yield context.problem(
                "layout.number",
                msg("The number %(number)s is also that of the window “%(other)s”"),
                pointers.join(["windows", key, "number"], base),
                msg("Give one of them another number"),
                number=str(number),
                other=said(windows[first].get("title"), first),
            )


def _named(context: Context, stay: Mapping[str, Any]) -> str:
    code = str(stay.get("department"))
    department = context.section("departments").get(code)
    return said(department.get("name") if isinstance(department, dict) else None, code)
