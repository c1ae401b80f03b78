"""The paper of a meeting in words: its sections as tables of texts and figures, for the page and for files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from portal.adapters.papers.minutes import Part, write_minutes
from portal.adapters.workbooks.writing import Sheet, write_workbook
from portal.core.errors import msg
from portal.core.indicators import Counts
from portal.core.indicators.arithmetic import rounded
from portal.core.indicators.meetings import (
    ASSIGNED,
    CHOICES,
    DECISIONS,
    EVIDENCE,
    FIGURES,
    LAST,
    MATTERS,
    SECTIONS,
    UNITS,
)
from portal.core.indicators.sorts import MEDIAN, RATE
from portal.core.text import Texts
from portal.persistence.models import Meeting
from portal.services.meetings.assigning import untold_lines
from portal.services.meetings.deciding import days_of as numbered_days
from portal.services.meetings.taking_out import untold
from portal.web.board.exporting import LEFT_OUT
from portal.web.board.words import FEW, NOTHING, VERY_FEW, Shown, days, number
from portal.web.days import long_day, long_moment, month_of_year
from portal.web.language import translate

WEEK_DAYS, MONTH_DAYS = 7, 31
NAMES = {
    "week": msg("week %(n)s of %(year)s"),
    "quarter": msg("quarter %(n)s of %(year)s"),
}


# Texts, and figures that a page shows with their counts below them.
Entry = str | Shown


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a paper: its name, and its table."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]

    @property
    def counts(self) -> bool:
        """Tell whether all but the first column are figures."""
        return self.name in (FIGURES, UNITS, ASSIGNED)


def title_of(row: Meeting, say: Texts) -> str:
    """Return how a meeting is called: its kind and its number."""
    every = _every(row)
    which = month_of_year(row.year, row.number) if every == "month" else _numbered(row, every)
    return f"{say(row.content['title'])} · {which}"


def _numbered(row: Meeting, every: str) -> str:
    return translate(NAMES[every], n=row.number, year=row.year)


def _every(row: Meeting) -> str:
    """Return of what the figures are, by their days: the pack may have given up this kind of meeting since."""
    number = len(numbered_days(row))
    return "week" if number <= WEEK_DAYS else "month" if number <= MONTH_DAYS else "quarter"


def days_of(row: Meeting) -> tuple[str, str]:
    """Return the first and the last day of which a meeting has figures."""
    first, last = (long_day(dt.date.fromisoformat(one)) for one in (row.first_on, row.last_on))
    return first, last


def cut_off(row: Meeting) -> str:
    """Return as of when the figures of a meeting are."""
    first, last = days_of(row)
    return translate(
        msg("%(first)s to %(last)s; figures as of %(at)s, unchanged since."),
        first=first,
        last=last,
        at=long_moment(row.cut_off),
    )


def sections(
    row: Meeting, last: Meeting | None, sheets: Mapping[str, str], say: Texts, *, out: bool
) -> list[Section]:
    """Return the sections of a meeting; ``out`` leaves small figures of single units out."""
    found = []
    for name in row.content["sections"]:
        heads, rows = _TABLES[name](row, last, sheets, say, out)
        found.append(
            Section(name, translate(SECTIONS[name]), tuple(translate(one) for one in heads), tuple(rows))
        )
    return found


Rows = tuple[tuple[str, ...], Iterable[tuple[Entry, ...]]]


def _figures(row: Meeting, _last: Any, _sheets: Any, say: Texts, _out: bool) -> Rows:
    heads = (msg("Figure"), msg("In the period"), msg("The period before"))
    lines = [
        (say(one["title"]), _told(one, one["now"]), _told(one, one["before"]))
        for one in row.content["figures"]
    ]
    return heads, lines


def _units(row: Meeting, _last: Any, _sheets: Any, say: Texts, out: bool) -> Rows:
    figures = row.content["figures"]
    hidden = {one["id"]: untold(one) for one in figures} if out else {}
    lines = list[tuple[Entry, ...]]()
    for key, _code, name in row.content["units"]:
        cells: list[Entry] = [
            LEFT_OUT if key in hidden.get(one["id"], ()) else _told(one, one["rows"].get(str(key)))
            for one in figures
        ]
        lines.append((name, *cells))
    return (msg("Unit"), *(say(one["title"]) for one in figures)), lines


def _assigned(row: Meeting, _last: Any, _sheets: Any, _say: Texts, out: bool) -> Rows:
    heads = (msg("Unit"), msg("Assigned"), msg("Done"), msg("Returned"), msg("Waiting"))
    held = row.content["assigned"]
    hidden = untold_lines(held) if out else frozenset()
    lines = [
        (str(name), *(LEFT_OUT if key in hidden else number(int(one)) for one in counts))
        for key, name, *counts in held
    ]
    sums = [sum(int(one[at]) for one in held) for at in range(2, 6)]
    whole = tuple(LEFT_OUT if 0 in hidden else number(one) for one in sums)
    return heads, [*lines, (translate(msg("Together")), *whole)] if held else []


def _evidence(row: Meeting, _last: Any, _sheets: Any, say: Texts, _out: bool) -> Rows:
    heads = (msg("Figure"), msg("What it says"), msg("Source"))
    return heads, [(say(title), say(said), say(source)) for title, said, source in row.content["evidence"]]


def _last(_row: Meeting, last: Meeting | None, sheets: Mapping[str, str], _say: Texts, _out: bool) -> Rows:
    heads = (msg("What was decided"), msg("Unit"), msg("Due on"), msg("How it stands"))
    return heads, _decided(last, sheets)


def _decisions(row: Meeting, _last: Any, sheets: Mapping[str, str], _say: Texts, _out: bool) -> Rows:
    heads = (msg("What is decided"), msg("Unit"), msg("Due on"), msg("How it stands"))
    return heads, _decided(row, sheets)


def _decided(row: Meeting | None, sheets: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [
        (one["text"], one["unit_name"], _day(one["due_on"]), sheets.get(one["sheet"], NOTHING))
        for one in (row.decisions if row is not None else ())
    ]


def _day(text: str) -> str:
    return long_day(dt.date.fromisoformat(text)) if text else NOTHING


def _matters(row: Meeting, _last: Any, _sheets: Any, _say: Texts, out: bool) -> Rows:
    comma = translate(msg(", "))
    lines = [
        (
            one["code"] if out else f"{one['code']} {one['title']}",
            one["unit"],
            _day(one["due_on"]),
            comma.join(translate(CHOICES[name]) for name in one["grounds"]),
        )
        for one in row.content["matters"]
    ]
    return (msg("Matter"), msg("Unit"), msg("Due on"), msg("Why it is here")), lines


_TABLES: Mapping[str, Any] = {
    FIGURES: _figures,
    UNITS: _units,
    ASSIGNED: _assigned,
    EVIDENCE: _evidence,
    LAST: _last,
    MATTERS: _matters,
    DECISIONS: _decisions,
}


def _told(figure: Mapping[str, Any], pair: Any) -> Shown:
    """Return a frozen figure as it is read, a rate with both counts."""
    if pair is None:
        pair = [None, 0] if figure["shows"] == MEDIAN else [0, 0]
    if figure["shows"] == MEDIAN:
        if pair[0] is None:
            return Shown(NOTHING, few=True)
        value = str(rounded(Fraction(*pair[0]), figure["places"])).removesuffix(".0")
        return Shown(days(value), "", pair[1] < FEW)
    counts = Counts(*pair)
    if figure["shows"] != RATE:
        return Shown(number(counts.base))
    rate = counts.per_cent(figure["places"])
    both = f"{number(counts.counted)} / {number(counts.base)}"
    if rate is None:
        return Shown(NOTHING, few=True)
    return Shown(both, few=True) if counts.base < VERY_FEW else Shown(f"{rate}%", both, counts.base < FEW)


def in_lines(section: Section) -> list[tuple[str, ...]]:
    """Return the rows of a section with each entry as one text."""
    return [tuple(in_a_line(one) for one in row) for row in section.rows]


def in_a_line(entry: Entry) -> str:
    """Return an entry of a table as one text: a rate with both counts behind it."""
    if isinstance(entry, str):
        return entry
    return f"{entry.value} ({entry.counts})" if entry.counts else entry.value


def as_file(form: str, title: str, under: str, parts: list[Section], foot: str) -> bytes:
    """Return the paper as a .docx or a workbook."""
    nothing = (translate(msg("Nothing.")),)
    if form == "docx":
        told = [
            Part(one.title, () if one.rows else nothing, one.heads, in_lines(one), one.counts)
            for one in parts
        ]
        return write_minutes(title, [under], told, foot)
    about = Sheet(translate(msg("About this file")), (title, ""), [(under, ""), (foot, "")], (60, 20))
    sheets = [
        Sheet(
            one.title[:31],
            one.heads,
            in_lines(one) or [nothing],
            _WIDTHS.get(one.name, _TEXTS),
            right=1 if one.counts and one.rows else 0,
        )
        for one in parts
    ]
    return write_workbook(*sheets, about, on_paper=title)


# How wide the columns of a workbook are.
_COUNTS, _TEXTS = (30, *(20,) * 12), (60, 24, 20, 16)
_WIDTHS = {
    FIGURES: _COUNTS,
    UNITS: _COUNTS,
    ASSIGNED: (40, 12, 12, 12, 12),
    EVIDENCE: (30, 60, 40),
    MATTERS: (24, 30, 20, 40),
}
