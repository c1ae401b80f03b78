"""Changes of rosters that the week asks for, each a group of commands of the draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.adapters.pinyin import spelling
from portal.core.drafts import Change
from portal.core.drafts.order import STEP
from portal.core.editors import identifier
from portal.core.errors import InvalidInput, NotFound, msg
from portal.core.layout.model import PLACES
from portal.core.layout.week import DAYS_OF_WEEK, ROSTER, ROTATING, WHOLE, cleared, filled
from portal.web.editing.saving import save
from portal.web.hall.desk import Desk
from portal.web.hall.saving import last_of
from portal.web.hall.weekly import HALF_WORDS, WeekDesk

_GONE = msg("This is not there any more: somebody removed it")


def fill(week: WeekDesk, cell: str, department: str, half: str) -> str:
    """Let a department be at a place on a day of each week; return the day's cell."""
    desk = week.desk
    kind, place, day = _cell(desk, cell)
    if department not in desk.departments:
        raise InvalidInput("layout.department", msg("Choose a department"))
    half = half if half in HALF_WORDS else WHOLE
    key = _stay_of(week, kind, place, department)
    if key:
        _save(desk, key, filled(desk.things("stationing")[key].get(ROSTER), [day], half))
    else:
        save(desk.key, [_new(desk, kind, place, department, filled(None, [day], half), [])])
    return f"c-{kind}-{place}-{day}"


def deal(week: WeekDesk, who: Sequence[str]) -> int:
    """Put a department at each window that has nobody, as one group of changes; return the number of windows."""
    desk = week.desk
    if not set(who) <= set(desk.departments):
        raise InvalidInput("layout.department", msg("Choose a department"))
    rosters: dict[tuple[str, str], list[dict[str, Any]] | None] = {}
    keys: dict[tuple[str, str], str] = {}
    for one in week.dealt(who):
        if not one.department:
            continue
        at = (one.window, one.department)
        if at not in rosters:
            keys[at] = _stay_of(week, "window", *at)
            rosters[at] = desk.things("stationing")[keys[at]].get(ROSTER) if keys[at] else None
        rosters[at] = filled(rosters[at], [one.day], one.half)
    wanted: list[Change] = []
    taken: list[str] = []
    for (window, department), roster in rosters.items():
        key = keys[window, department]
        if key:
            before = desk.things("stationing")[key].get(ROSTER)
            wanted.append(Change("replace", desk.place("stationing", key, ROSTER), before, roster))
        else:
            wanted.append(_new(desk, "window", window, department, roster or [], taken))
    if not wanted:
        raise InvalidInput("layout.nobody", msg("There is no window that anybody of these could take"))
    save(desk.key, wanted)
    return len({window for window, _ in rosters})


def _stay_of(week: WeekDesk, kind: str, place: str, department: str) -> str:
    """Return the roster that a department has at a place already; empty for none."""
    for key, stay in week.desk.things("stationing").items():
        here = stay.get("place") == {kind: place} and stay.get("department") == department
        if not here or stay.get("hidden"):
            continue
        if stay.get("mode") == "resident":
            raise InvalidInput("layout.always", msg("This department is always there already"))
        if stay.get("mode") == ROTATING and _in_force(week, key):
            return key
    return ""


def _new(
    desk: Desk, kind: str, place: str, department: str, roster: list[dict[str, Any]], taken: list[str]
) -> Change:
    """Return the change that adds a roster; ``taken`` are the names that others of the same group have."""
    made: dict[str, Any] = {
        "department": department,
        "mode": ROTATING,
        "place": {kind: place},
        ROSTER: roster,
        "order": last_of(desk, "stationing") + STEP * len(taken),
    }
    name = identifier(department, [*desk.things("stationing"), *taken], spelling, "stay")
    taken.append(name)
    return Change("add", desk.place("stationing", name), None, made)


def clear(week: WeekDesk) -> None:
    """Take the chosen shift out of its roster; the last one takes the stay with it."""
    key, stay = _stay(week)
    shift = week.shift
    assert shift is not None
    left = cleared(stay.get(ROSTER), [shift.day], shift.half)
    desk = week.desk
    if left:
        _save(desk, key, left)
    elif key in (desk.screen.draft.above.get("layout") or {}).get("stationing", {}):
        where = desk.place("stationing", key, "hidden")
        save(desk.key, [Change("replace", where, stay.get("hidden"), True)])
    else:
        save(desk.key, [Change("remove", desk.place("stationing", key), dict(stay), None)])


def change_half(week: WeekDesk, half: str) -> None:
    """Let the chosen shift be on another part of its day."""
    key, stay = _stay(week)
    shift = week.shift
    if shift is None or half not in HALF_WORDS:
        raise NotFound("editor.gone", _GONE)
    rest = cleared(stay.get(ROSTER), [shift.day], WHOLE)
    _save(week.desk, key, filled(rest, [shift.day], half))


def spread(week: WeekDesk, days: Sequence[str]) -> None:
    """Let the chosen shift be on other days too."""
    key, stay = _stay(week)
    shift = week.shift
    wanted = [int(day) for day in days if day.isdecimal() and 1 <= int(day) <= DAYS_OF_WEEK]
    if not wanted or shift is None:
        raise InvalidInput("layout.days", msg("Choose at least one day"))
    _save(week.desk, key, filled(stay.get(ROSTER), wanted, shift.half))


def move(week: WeekDesk, to: str) -> None:
    """Let the chosen shift be on another day."""
    key, stay = _stay(week)
    shift = week.shift
    day, _, half = to.partition(".")
    if shift is None or not day.isdecimal() or not 1 <= int(day) <= DAYS_OF_WEEK or half not in HALF_WORDS:
        raise NotFound("editor.gone", _GONE)
    rest = cleared(stay.get(ROSTER), [shift.day], shift.half)
    _save(week.desk, key, filled(rest, [int(day)], half))


def _save(desk: Desk, stay: str, roster: list[dict[str, Any]]) -> None:
    before = desk.things("stationing")[stay].get(ROSTER)
    if roster != before:
        save(desk.key, [Change("replace", desk.place("stationing", stay, ROSTER), before, roster)])


def _cell(desk: Desk, cell: str) -> tuple[str, str, int]:
    kind, _, rest = cell.partition(" ")
    place, _, day = rest.rpartition(" ")
    known = kind in PLACES and place in desk.things(PLACES[kind])
    if not known or not day.isdecimal() or not 1 <= int(day) <= DAYS_OF_WEEK:
        raise NotFound("editor.gone", _GONE)
    return kind, place, int(day)


def _stay(week: WeekDesk) -> tuple[str, Any]:
    shift = week.shift
    if shift is None or shift.single:
        raise NotFound("editor.gone", _GONE)
    return shift.stay, week.desk.things("stationing")[shift.stay]


def _in_force(week: WeekDesk, key: str) -> bool:
    stay = next((one for one in week.desk.layout.stationing if one.id == key), None)
    return stay is not None and any(
        stay.in_force(week.week.date_of(day)) for day in range(1, DAYS_OF_WEEK + 1)
    )
