"""The week of those stationed: a row for each place, a column for each day, what collides and what stays empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.core.errors import msg
from portal.core.layout.filling import Dealt, dealt
from portal.core.layout.model import AFTERNOON, HALVES, MORNING, PLACES, Thing
from portal.core.layout.week import (
    WHOLE,
    Clash,
    Gap,
    Shift,
    Week,
    clashes,
    free_slot,
    gaps,
    open_days,
    week_of,
)
from portal.web.days import short_day
from portal.web.hall.desk import Desk
from portal.web.language import translate
from portal.web.words.lengths import WEEKDAYS

HALF_WORDS: Mapping[str, str] = {
    WHOLE: msg("Whole day"),
    MORNING: msg("Morning"),
    AFTERNOON: msg("Afternoon"),
}
ON_CALL = "on_call"


@dataclass(frozen=True, slots=True)
class Shown:
    """A shift in words: the department, which part of the day, whether it collides or is chosen."""

    shift: Shift
    who: str
    half: str
    url: str
    clash: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A day at a place: its shifts, whether more can be put there, whether a department is missing."""

    id: str
    value: str
    label: str
    shifts: tuple[Shown, ...]
    can_fill: bool
    clash: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A place with its days."""

    number: str
    title: str
    always: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A collision or an empty window in words, with its repair where a day is free."""

    text: str
    level: str
    repair: str = ""
    shift: str = ""
    to: str = ""


def key_of(shift: Shift) -> str:
    """Return what tells a shift from all others of a week."""
    return f"{shift.stay}.{shift.day}.{shift.half}"


@dataclass
class WeekDesk:
    """The week of a draft's layout as a person works on it."""

    desk: Desk
    monday: date
    chosen: str = ""

    def __post_init__(self) -> None:
        self.week: Week = week_of(self.desk.layout, self.monday)
        self.clashes: list[Clash] = clashes(self.week)

    @property
    def days(self) -> list[tuple[str, str]]:
        """Return the days of the week: name and date."""
        return [(translate(WEEKDAYS[day - 1]), short_day(self.week.date_of(day))) for day in self.week.days]

    @property
    def title(self) -> str:
        """Return the first and the last day of the week."""
        first, last = self.week.date_of(1), self.week.date_of(7)
        return f"{short_day(first)} – {short_day(last)}"

    def link(self, **query: str) -> str:
        """Return the address of this week."""
        return self.desk.link(view="week", week=self.monday.isoformat(), **query)

    def beside(self, weeks: int) -> str:
        """Return the address of a week before or after."""
        return self.desk.link(view="week", week=(self.monday + timedelta(days=7 * weeks)).isoformat())

    # -- the table ---------------------------------------------------------------------------------

    @property
    def rows(self) -> list[Row]:
        """Return the places that have no department of their own all week, and those where others rotate."""
        found = []
        for kind, thing in self.week.places:
            always = self.week.always(kind, thing.id)
            rotating = any((one.kind, one.place) == (kind, thing.id) for one in self.week.shifts)
            if always and not rotating:
                continue
            cells = tuple(self._cell(kind, thing, day) for day in self.week.days)
            names = tuple(self.desk.department(stay.department) for stay in always)
            if kind == "window" and not always:
                names = self._served(thing)
            found.append(Row(str(thing.extra.get("number", "")), self.desk.texts(thing.title), names, cells))
        return found

    def _served(self, window: Thing) -> tuple[str, ...]:
        """Return those who serve a window of no roster: the centre's people, or a department that is always here."""
        if window.department is None:
            return (translate(msg("The centre")),)
        here = {stay.department for stay in self.week.residents}
        return (self.desk.department(window.department),) if window.department in here else ()

    def _cell(self, kind: str, thing: Thing, day: int) -> Cell:
        shifts = self.week.at(kind, thing.id, day)
        taken = {half for one in shifts for half in one.halves}
        clash = next(
            (
                one
                for one in self.clashes
                if one.same_place
                and one.second.day == day
                and (one.second.kind, one.second.place) == (kind, thing.id)
            ),
            None,
        )
        said = self.clash_words(clash) if clash is not None else ""
        title, name = self.desk.texts(thing.title), translate(WEEKDAYS[day - 1])
        free = kind != "window" or len(taken) < len(HALVES)
        missing = any(one.window == thing.id and one.day == day for one in self.gaps) and kind == "window"
        return Cell(
            f"c-{kind}-{thing.id}-{day}",
            f"{kind} {thing.id} {day}",
            translate(msg("Add at %(place)s on %(day)s")) % {"place": title, "day": name},
            tuple(self._shown(one) for one in shifts),
            self.desk.may_edit and free,
            said,
            missing,
        )

    def _shown(self, shift: Shift) -> Shown:
        key = key_of(shift)
        half = translate(HALF_WORDS[shift.half])
        if shift.single:
            half = translate(msg("%(half)s, on this day alone")) % {"half": half}
        bad = any(key in (key_of(one.first), key_of(one.second)) for one in self.clashes)
        url = f"{self.link(shift=key)}#week-shift"
        return Shown(shift, self.desk.department(shift.department), half, url, bad, key == self.chosen)

    # -- what is chosen ----------------------------------------------------------------------------

    @property
    def shift(self) -> Shift | None:
        """Return the shift that the page is about."""
        return next((one for one in self.week.shifts if key_of(one) == self.chosen), None)

    @property
    def shift_words(self) -> dict[str, Any]:
        """Return the chosen shift in words."""
        shift = self.shift
        if shift is None:
            return {}
        return {
            "who": self.desk.department(shift.department),
            "place": self.place_words(shift),
            "day": translate(WEEKDAYS[shift.day - 1]),
            "half": shift.half,
            "single": shift.single,
            "url": self.desk.page_of("stationing", shift.stay),
            "others": [
                (day, translate(WEEKDAYS[day - 1]))
                for day in open_days(self.desk.layout.centre)
                if day != shift.day
            ],
        }

    def place_words(self, shift: Shift) -> str:
        """Return what the place of a shift is called."""
        group = PLACES.get(shift.kind, "")
        number = self.desk.things(group).get(shift.place, {}).get("number")
        title = self.desk.title(group, shift.place)
        if shift.kind == "window" and number is not None:
            return translate(msg("window %(number)s (%(name)s)")) % {"number": number, "name": title}
        return title

    @property
    def halves(self) -> list[tuple[str, str]]:
        """Return the parts of a day to choose from."""
        return [(name, translate(text)) for name, text in HALF_WORDS.items()]

    # -- what was found ----------------------------------------------------------------------------

    @property
    def gaps(self) -> list[Gap]:
        """Return the windows where nobody sits on an open day."""
        return gaps(self.desk.layout, self.week)

    def clash_words(self, clash: Clash) -> str:
        """Return what collides, in a few words for a cell."""
        if clash.half == WHOLE:
            return translate(msg("two departments"))
        return translate(msg("%(half)s: two departments")) % {"half": translate(HALF_WORDS[clash.half])}

    @property
    def findings(self) -> list[Finding]:
        """Return what collides, with a repair where a day is free, then what stays empty."""
        return [*(self._collides(one) for one in self.clashes), *self._empty()]

    def _collides(self, clash: Clash) -> Finding:
        second = clash.second
        day = translate(WEEKDAYS[second.day - 1])
        when = f"{day} {translate(HALF_WORDS[clash.half])}"
        if not clash.same_place:
            text = translate(msg("%(who)s is at two places on %(when)s: %(one)s, %(other)s")) % {
                "who": self.desk.department(second.department),
                "when": when,
                "one": self.place_words(clash.first),
                "other": self.place_words(second),
            }
        else:
            text = translate(msg("%(place)s has two departments on %(when)s: %(one)s, %(other)s")) % {
                "place": self.place_words(second),
                "when": when,
                "one": self.desk.department(clash.first.department),
                "other": self.desk.department(second.department),
            }
        rotating = {one.id for one in self.desk.layout.stationing if one.mode == "rotating"}
        if second.single or second.stay not in rotating:
            return Finding(text, "must")
        slot = free_slot(self.desk.layout, self.week, second)
        if slot is None:
            return Finding(text, "must")
        there = f"{translate(WEEKDAYS[slot[0] - 1])} {translate(HALF_WORDS[slot[1]])}"
        repair = translate(msg("Move %(who)s to %(when)s")) % {
            "who": self.desk.department(second.department),
            "when": there,
        }
        return Finding(text, "must", repair, key_of(second), f"{slot[0]}.{slot[1]}")

    def _empty(self) -> list[Finding]:
        found: dict[str, list[str]] = {}
        for gap in self.gaps:
            found.setdefault(gap.window, []).append(self._when(gap.day, gap.half))
        return [
            Finding(
                translate(msg("%(place)s: nobody is there on %(days)s"))
                % {
                    "place": self.place_words(Shift("", "", "window", window, 1, WHOLE)),
                    "days": translate(msg(", ")).join(days),
                },
                "advice",
            )
            for window, days in found.items()
        ]

    def dealt(self, who: Sequence[str]) -> list[Dealt]:
        """Return who would sit at the windows that have nobody, of these departments by turns or of their own."""
        return dealt(self.desk.layout, self.week, who)

    def dealt_words(self, who: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return that in words: the window, its days, and the department; empty where nobody is free."""
        found: dict[tuple[str, str], list[str]] = {}
        for one in self.dealt(who):
            found.setdefault((one.window, one.department), []).append(self._when(one.day, one.half))
        return [
            (
                self.place_words(Shift("", "", "window", window, 1, WHOLE)),
                translate(msg(", ")).join(days),
                self.desk.department(department),
            )
            for (window, department), days in found.items()
        ]

    @staticmethod
    def _when(day: int, half: str) -> str:
        name = translate(WEEKDAYS[day - 1])
        return name if half == WHOLE else f"{name} {translate(HALF_WORDS[half])}"

    @property
    def empty_windows(self) -> int:
        """Return how many windows have nobody on some open day."""
        return len({one.window for one in self.gaps})

    @property
    def resident(self) -> list[str]:
        """Return the departments that are always there and need no roster."""
        return list(dict.fromkeys(self.desk.department(one.department) for one in self.week.residents))

    @property
    def on_call(self) -> list[str]:
        """Return the departments that come when they are called, with the hours within which they answer."""
        found = []
        for stay in self.desk.layout.stationing:
            if stay.mode == ON_CALL:
                name = self.desk.department(stay.department)
                hours = (
                    translate(msg("within %(n)s h")) % {"n": f"{stay.answer_hours:g}"}
                    if stay.answer_hours
                    else ""
                )
                found.append(
                    translate(msg("%(name)s (%(hours)s)")) % {"name": name, "hours": hours} if hours else name
                )
        return found


def monday_of(text: str, today: date) -> date:
    """Return the Monday of the week of a day; of the next working week where none is said and the week is over."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today + timedelta(days=2) if today.isoweekday() > 5 else today
    if not date(2000, 1, 3) <= day <= date(2099, 12, 20):
        day = today
    return day - timedelta(days=day.isoweekday() - 1)
