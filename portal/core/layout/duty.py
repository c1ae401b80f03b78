"""Duty: who is really there on a day. This is the one answer to it, for the page, for rules and for the API.

Three things decide: on which days the centre is open (``centre.open_on``), which days are worked (the calendar), and
what the stationing says (resident, rostered, on call). A single day that a roster names holds whatever the other two
say.

For a proposed target a department that is resident comes first, then one that rotates and is rostered on the day, then
one on call. Where nobody is found the caller asks the next unit up. On a day on which the centre is closed the matter
waits for the next day on which it is open: who answers then is the answer, with that day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from portal.core.calendars import ONE_DAY, WorkCalendar
from portal.core.layout.model import Layout, Mode, Stationing, Thing

_RANK = {"resident": 0, "rotating": 1}
# How far ahead the next day of a roster, or of an open centre, is looked for.
_AHEAD = 62


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the centre where somebody competent sits on the day.

    ``there_on`` is the day on which, where nobody is there on the day that was asked.
    """

    department: str | None
    place_kind: str
    place: str
    stationing: str | None
    mode: Mode
    there_on: date | None = None


@dataclass(frozen=True, slots=True)
class OnCall:
    """A department that comes when it is called; from ``there_on`` on, where the centre is closed on the day."""

    department: str
    stationing: str
    answer_hours: float | None
    there_on: date | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """One stay on a day: whether the department is there, and when it is there next where it is not."""

    stay: Stationing
    present: bool
    next_on: date | None = None


def is_open(layout: Layout, day: date, calendar: WorkCalendar) -> bool:
    """Tell whether the centre is open on ``day``: by default on working days."""
    rule = layout.centre.get("open_on", "working_days")
    if rule == "every_day":
        return True
    if rule == "working_days":
        return calendar.is_working(day)
    if calendar.is_made_up(day):
        return True
    return day.isoweekday() in rule["weekdays"] and not calendar.is_holiday(day)


def is_there(layout: Layout, stay: Stationing, day: date, calendar: WorkCalendar) -> bool:
    """Tell whether a department sits in the centre on ``day``."""
    if stay.mode == "on_call" or not stay.in_force(day):
        return False
    if stay.names(day):
        return True
    return (stay.mode == "resident" or stay.rostered(day)) and is_open(layout, day, calendar)


def duty_of(layout: Layout, stay: Stationing, day: date, calendar: WorkCalendar) -> Duty:
    """Return one stay on ``day``, with the next day on which the department is there where it is not."""
    if is_there(layout, stay, day, calendar):
        return Duty(stay, True)
    ahead = (day + n * ONE_DAY for n in range(1, min(_AHEAD, (date.max - day).days) + 1))
    return Duty(stay, False, next((one for one in ahead if is_there(layout, stay, one, calendar)), None))


def next_open(layout: Layout, day: date, calendar: WorkCalendar) -> date | None:
    """Return ``day`` where the centre is open on it, else the next day on which it is; None where none is near."""
    days = (day + n * ONE_DAY for n in range(min(_AHEAD, (date.max - day).days) + 1))
    return next((one for one in days if is_open(layout, one, calendar)), None)


def resolve(
    layout: Layout,
    target: Mapping[str, str],
    day: date,
    calendar: WorkCalendar,
    departments: Collection[str] | None = None,
) -> Seat | OnCall | None:
    """Return who answers for ``target`` on ``day``; None: nobody here, ask one level up.

    ``target`` names a department, window, room, zone or sub-centre; ``departments`` are those in use (all
    that the layout knows by default). A tier is not a seat, so it gives None.
    """
    known = layout.departments if departments is None else departments
    found = _on(layout, target, day, calendar, known)
    if is_open(layout, day, calendar) or (isinstance(found, Seat) and found.stationing is not None):
        return found
    later = next_open(layout, day, calendar)
    found = None if later is None else _on(layout, target, later, calendar, known)
    return None if found is None else replace(found, there_on=later)


def off_duty(layout: Layout, department: str, day: date, calendar: WorkCalendar) -> Duty | None:
    """Return the stay of a department that is stationed here and not there on ``day``; None where there is none."""
    stays = [stay for stay in _stays(layout, day) if stay.department == department and stay.mode != "on_call"]
    return duty_of(layout, stays[0], day, calendar) if stays else None


def _on(
    layout: Layout, target: Mapping[str, str], day: date, calendar: WorkCalendar, known: Collection[str]
) -> Seat | OnCall | None:
    kind, name = next(iter(target.items()), ("", ""))
    if kind == "department":
        return _department(layout, name, day, calendar, known)
    thing = layout.find(kind, name)
    return None if thing is None else _place(layout, kind, thing, day, calendar, known)


def _place(
    layout: Layout, kind: str, thing: Thing, day: date, calendar: WorkCalendar, known: Collection[str]
) -> Seat | OnCall | None:
    """Ask whoever is present at the place, else its department elsewhere, else the centre's own staff."""
    here = [
        stay
        for stay in _stays(layout, day)
        if is_there(layout, stay, day, calendar)
        and (stay.place_kind, stay.place) == (kind, thing.id)
        and stay.department in known
        and thing.department in (None, stay.department)
    ]
    if here:
        return _seat(here[0])
    if thing.department is not None:
        return _department(layout, thing.department, day, calendar, known)
    return Seat(None, kind, thing.id, None, "resident")


def _department(
    layout: Layout, name: str, day: date, calendar: WorkCalendar, known: Collection[str]
) -> Seat | OnCall | None:
    if name not in known:
        return None
    stays = [stay for stay in _stays(layout, day) if stay.department == name]
    for stay in stays:
        if is_there(layout, stay, day, calendar):
            return _seat(stay)
    for stay in stays:
        if stay.mode == "on_call":
            return OnCall(name, stay.id, stay.answer_hours)
    return None


def _stays(layout: Layout, day: date) -> list[Stationing]:
    stays = [stay for stay in layout.stationing if stay.in_force(day)]
    return sorted(stays, key=lambda stay: (_RANK.get(stay.mode, 2), stay.order, stay.id))


def _seat(stay: Stationing) -> Seat:
    return Seat(stay.department, stay.place_kind, stay.place, stay.id, stay.mode)
