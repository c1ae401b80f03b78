"""The week of a centre: which department sits where on which half of a day, what collides, what stays empty.

A week shows what is there on its days: those who are always there, those whose roster names the weekday, and those
whose roster names the single day. Filling and clearing changes the roster of weekdays alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.core.layout.model import AFTERNOON, HALVES, PLACES, Layout, Stationing, Thing

WHOLE = "day"
WEEKDAYS, DATES, HALF, ROSTER = "weekdays", "dates", "half", "roster"
RESIDENT, ROTATING = "resident", "rotating"
DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class Shift:
    """A department at a place on a day of the week: the whole day or one half; ``single``: on that day alone."""

    stay: str
    department: str
    kind: str
    place: str
    day: int
    half: str
    single: bool = False

    @property
    def halves(self) -> tuple[str, ...]:
        """Return the halves of the day that the shift takes."""
        return HALVES if self.half == WHOLE else (self.half,)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two shifts that cannot both be: two departments at one window, or one department at two places."""

    first: Shift
    second: Shift
    half: str

    @property
    def same_place(self) -> bool:
        """Tell whether two departments are at one place; else one department is at two."""
        return (self.first.kind, self.first.place) == (self.second.kind, self.second.place)


@dataclass(frozen=True, slots=True)
class Gap:
    """A window of a department at which nobody sits on a half of an open day; the whole day where both are empty."""

    window: str
    day: int
    half: str


@dataclass(frozen=True, slots=True)
class Week:
    """The shifts of one week, with the places that have any and the days on which the centre is open."""

    monday: date
    days: tuple[int, ...]
    places: tuple[tuple[str, Thing], ...]
    shifts: tuple[Shift, ...]
    residents: tuple[Stationing, ...]

    def at(self, kind: str, place: str, day: int) -> list[Shift]:
        """Return the shifts of a place on a day, the morning first."""
        found = [one for one in self.shifts if (one.kind, one.place, one.day) == (kind, place, day)]
        return sorted(found, key=lambda one: (one.half == AFTERNOON, one.department))

    def always(self, kind: str, place: str) -> list[Stationing]:
        """Return the departments that are always at a place."""
        return [stay for stay in self.residents if (stay.place_kind, stay.place) == (kind, place)]

    def date_of(self, day: int) -> date:
        """Return the date of a day of the week."""
        return self.monday + timedelta(days=day - 1)


def open_days(centre: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the days of the week on which a centre is open, holidays apart."""
    rule = centre.get("open_on", "working_days")
    if isinstance(rule, Mapping):
        return tuple(sorted(day for day in rule.get(WEEKDAYS, ()) if isinstance(day, int)))
    return tuple(range(1, 8 if rule == "every_day" else 6))


def week_of(layout: Layout, monday: date) -> Week:
    """Return the week that begins on a Monday."""
    stays = [stay for stay in layout.stationing if stay.mode != "on_call"]
    shifts = tuple(shift for stay in stays for shift in _shifts(stay, monday))
    days = {*open_days(layout.centre), *(shift.day for shift in shifts)}
    used = {(stay.place_kind, stay.place) for stay in stays}
    places = tuple(
        (kind, thing)
        for kind, group in PLACES.items()
        for thing in getattr(layout, group)
        if kind in ("window", "room") or (kind, thing.id) in used
    )
    residents = tuple(
        stay for stay in stays if stay.mode == RESIDENT and stay.in_force(monday + timedelta(days=4))
    )
    return Week(monday, tuple(sorted(days)), places, shifts, residents)


def _shifts(stay: Stationing, monday: date) -> Iterator[Shift]:
    if stay.mode != ROTATING:
        return
    for day in range(1, DAYS_OF_WEEK + 1):
        there = monday + timedelta(days=day - 1)
        if not stay.in_force(there):
            continue
        weekly = {half for one in stay.roster if day in one.weekdays for half in _halves(one.half)}
        single = {half for one in stay.roster if there in one.dates for half in _halves(one.half)}
        for halves, alone in ((weekly, False), (single - weekly, True)):
            if halves:
                half = WHOLE if len(halves) == len(HALVES) else next(iter(halves))
                yield Shift(stay.id, stay.department, stay.place_kind, stay.place, day, half, alone)


def _halves(half: str) -> tuple[str, ...]:
    return (half,) if half in HALVES else HALVES


# -- what collides, what is empty ------------------------------------------------------------------


def clashes(week: Week) -> list[Clash]:
    """Return what cannot both be: two departments at one window, one department at two places at one time."""
    everywhere = [*_always(week), *week.shifts]
    found = []
    for number, second in enumerate(everywhere):
        for first in everywhere[:number]:
            shared = [half for half in first.halves if half in second.halves]
            if first.day != second.day or not shared or first.stay == second.stay:
                continue
            if _collide(week, first, second):
                found.append(Clash(first, second, _joined(shared)))
    return found


def _collide(week: Week, first: Shift, second: Shift) -> bool:
    """Tell whether two shifts at one time exclude one another."""
    if (first.kind, first.place) == (second.kind, second.place):
        return first.kind == "window" and first.department != second.department
    return first.department == second.department and _rotates(week, first, second)


def _rotates(week: Week, first: Shift, second: Shift) -> bool:
    """Tell whether both shifts are of rosters: a department that is always there may have several places."""
    always = {stay.id for stay in week.residents}
    return first.stay not in always and second.stay not in always


def _always(week: Week) -> list[Shift]:
    return [
        Shift(stay.id, stay.department, stay.place_kind, stay.place, day, WHOLE)
        for stay in week.residents
        for day in week.days
    ]


def _joined(halves: Sequence[str]) -> str:
    return WHOLE if len(halves) == len(HALVES) else halves[0]


def gaps(layout: Layout, week: Week) -> list[Gap]:
    """Return the windows of departments at which nobody sits while the centre is open.

    A window without a department is served by the centre's own people; a department that is always in the centre is
    called from its other place.
    """
    found = []
    here = {stay.department for stay in week.residents}
    for window in layout.windows:
        if window.department is None or window.department in here or week.always("window", window.id):
            continue
        for day in open_days(layout.centre):
            taken = {half for shift in week.at("window", window.id, day) for half in shift.halves}
            free = [half for half in HALVES if half not in taken]
            if free:
                found.append(Gap(window.id, day, _joined(free)))
    return found


def free_slot(layout: Layout, week: Week, shift: Shift) -> tuple[int, str] | None:
    """Return another day and half on which a shift would collide with nothing at its place; None where none is."""
    days = sorted(open_days(layout.centre), key=lambda day: (day < shift.day, day))
    if week.always(shift.kind, shift.place):
        return None
    for day in days:
        here = {half for one in week.at(shift.kind, shift.place, day) for half in one.halves}
        away = {
            half
            for one in week.shifts
            if one.department == shift.department and one.day == day
            for half in one.halves
        }
        if not {*shift.halves} & (here | away):
            return day, shift.half
    return None


# -- changing a roster -----------------------------------------------------------------------------

Entries = Sequence[Mapping[str, Any]]


def filled(roster: Entries | None, days: Sequence[int], half: str) -> list[dict[str, Any]]:
    """Return a roster that names further days of the week, whole or one half of each."""
    slots = _slots(roster)
    wanted = HALVES if half == WHOLE else (half,)
    return _entries(slots | {(day, one) for day in days for one in wanted}, roster)


def cleared(roster: Entries | None, days: Sequence[int], half: str) -> list[dict[str, Any]]:
    """Return a roster without days of the week, or without one half of each; empty where nothing is left."""
    gone = HALVES if half == WHOLE else (half,)
    return _entries(_slots(roster) - {(day, one) for day in days for one in gone}, roster)


def _slots(roster: Entries | None) -> set[tuple[int, str]]:
    return {
        (day, half)
        for one in roster or ()
        for day in one.get(WEEKDAYS, ())
        for half in _halves(str(one.get(HALF, "")))
    }


def _entries(slots: set[tuple[int, str]], roster: Entries | None) -> list[dict[str, Any]]:
    whole = sorted({day for day, _ in slots if all((day, half) in slots for half in HALVES)})
    found: list[dict[str, Any]] = [{WEEKDAYS: whole}] if whole else []
    for half in HALVES:
        days = sorted({day for day, one in slots if one == half and day not in whole})
        if days:
            found.append({WEEKDAYS: days, HALF: half})
    return [*found, *(dict(one) for one in roster or () if DATES in one)]
