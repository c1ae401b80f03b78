"""One page of a worklist in words: rows by urgency, each with its matter, its facts and what can be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any

from babel.dates import format_skeleton
from flask_babel import get_locale
from markupsafe import Markup

from portal.core.columns import ALIASES
from portal.core.errors import msg
from portal.core.worklists import Worklist
from portal.services.records import Waiting, Waits
from portal.web import parts
from portal.web.language import as_written, translate
from portal.web.shell import format_ago
from portal.web.words.cells import Cell, Cells
from portal.web.words.here import Here
from portal.web.words.links import record_url
from portal.web.words.screen import Field, Screen
from portal.web.words.tasks import title_of_row
from portal.web.work.facts import FACTS, said
from portal.web.work.last_words import LastWords
from portal.web.work.row_acts import RowAct, chosen_as, row_acts

_RECORD, _DATA = "/record/", "/data"
# What the first cell of each row says.
_NAMES = frozenset({"/record/code", "/record/title"})
_TASK = "/task/task"
# The days by which something is to be done, by what their column is called on the page.
_DAYS: Mapping[str, str] = MappingProxyType(
    {"due_on": msg("Due"), "handler_due_on": msg("Due"), "accept_by": msg("Accept by")}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the matter and the last words about it, its facts, until when, and what can be done from here."""

    name: str
    title: Any
    code: Any
    words: Any
    url: str
    facts: list[tuple[str, Any]]
    due: Any
    acts: list[RowAct]
    version: int
    chosen: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are alike urgent; without a title where the list is in another order."""

    title: str
    tone: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """One page of a worklist. ``dated``: what the day of its rows is called; empty where they have none."""

    groups: list[Group]
    page: int
    pages: int
    total: int
    capped: bool
    facts: bool
    dated: str
    acts: bool
    choosing: bool

    @property
    def width(self) -> int:
        """Return how many columns there are."""
        return 1 + self.facts + bool(self.dated) + self.acts + self.choosing

    @property
    def whole(self) -> bool:
        """Tell whether this page is the whole list."""
        return self.pages == 1


def table(now: Here, worklist: Worklist, waits: Waits) -> Table:
    """Return a page of a worklist in the language of the page."""
    rows = _Rows(now, worklist, [one.record for one in waits.rows])
    made = [(one, rows.of(one)) for one in waits.rows]
    return Table(
        list(_groups(now, worklist, made)),
        waits.page,
        waits.pages,
        waits.total,
        waits.capped,
        any(row.facts for _, row in made),
        translate(_DAYS[_last(rows.due)]) if any(row.due for _, row in made) else "",
        any(row.acts for _, row in made),
        any(row.chosen for _, row in made),
    )


class _Rows:
    """The rows of a page; names and words that they need are looked up at once."""

    def __init__(self, now: Here, worklist: Worklist, found: list[Any]) -> None:
        self.now, self.worklist = now, worklist
        self.screen = now.screen(worklist.entity)
        self.due = next((one for one in worklist.columns if _last(one) in _DAYS), "")
        columns = [one for one in worklist.columns if one not in _NAMES and one != self.due]
        self.own = {key: field for key in columns if (field := _field(self.screen, key)) is not None}
        self.shown = [key for key in columns if key in self.own or key in FACTS]
        self.cells = Cells(now, self.screen, list(self.own.values()), found)
        self.words = LastWords(now, found)

    def of(self, one: Waiting) -> Row:
        """Return one row."""
        record, other = one.record, one.referral or one.clock or one.task
        values = {cell.field.key: cell for cell in self.cells.row(record)}
        facts = [
            (
                self.own[key].label if key in self.own else translate(FACTS[key].label),
                _shown(values[self.own[key].key], record) if key in self.own else self._said(key, one, other),
            )
            for key in self.shown
            if not self._in_title(values, key, record)
        ]
        source = record if self.due.startswith(_RECORD) else other
        return Row(
            record.title or record.code or translate(msg("Untitled")),
            as_written(record.title or record.code) or translate(msg("Untitled")),
            as_written(record.code),
            self._words(record),
            record_url(record.etype, record.uid),
            [(label, value) for label, value in facts if value != parts.NONE],
            until(self.now, getattr(source, _last(self.due), None)) if self.due else "",
            row_acts(self.now, self.worklist.acts, one),
            (one.referral or one.task or record).version,
            chosen_as(self.now, self.worklist.acts, one),
        )

    def _words(self, record: Any) -> Any:
        """Return the last words; nothing where the title says them already."""
        said_last = self.words.of(record)
        told = Markup(said_last).striptags()
        return "" if told and told in (record.title or "") else said_last

    def _in_title(self, values: dict[str, Cell], key: str, record: Any) -> bool:
        """Tell whether the title says a fact already, such as the type of a dispute."""
        field = self.own.get(key)
        return field is not None and bool(field.taxonomy) and values[field.key].text in (record.title or "")

    def _said(self, key: str, one: Waiting, other: Any) -> Any:
        if key == _TASK and one.task is not None:
            return as_written(title_of_row(self.now, self.screen, one.record, one.task))
        return said(self.now, self.screen, key, other)


def _last(column: str) -> str:
    """Return the name of a fact without its root."""
    return column.rpartition("/")[2]


def until(now: Here, day: dt.date | None) -> Any:
    """Return a day by which something is due: in words where it is near or past, else with its day of the week."""
    if day is None:
        return ""
    left = (day - now.portal.clock.today()).days
    if left <= 1:
        return parts.due_mark(day)
    skeleton = "MMMEd" if day.year == now.portal.clock.today().year else "yMMMEd"
    said_day = format_skeleton(skeleton, day, locale=str(get_locale()))
    return Markup('<time class="nb" datetime="{}">{}</time>{}').format(
        day.isoformat(), said_day, parts.provisional_mark(day)
    )


def _field(screen: Screen, key: str) -> Field | None:
    """Return the record's field behind a fact; None for a fact of a referral or a period."""
    if key.startswith(_RECORD):
        name = key.removeprefix(_RECORD)
        return screen.fields.get(ALIASES.get(name, name))
    return screen.fields.get(key.removeprefix(_DATA)) if key.startswith(_DATA) else None


def _shown(cell: Cell, record: Any) -> Any:
    if cell.field.kind == "due":
        return parts.due_mark(cell.value, not record.is_open)
    if not cell.text:
        return parts.NONE
    if isinstance(cell.value, dt.datetime):
        return format_ago(cell.value)
    if cell.field.kind == "stage":
        return parts.stage(cell.text, cell.value)
    return as_written(cell.text)


def _groups(now: Here, worklist: Worklist, made: Iterable[tuple[Waiting, Row]]) -> Iterable[Group]:
    """Yield the rows by urgency, where the list begins with the day by which something is due."""
    first, descending = worklist.order[0]
    if _last(first) not in _DAYS or descending:
        rows = [row for _, row in made]
        yield from [Group("", "", rows)] if rows else []
        return
    today = now.portal.clock.today()

    def urgency(pair: tuple[Waiting, Row]) -> tuple[str, str]:
        row = pair[0]
        source = row.record if first.startswith(_RECORD) else row.referral or row.clock or row.task
        return _urgency(getattr(source, _last(first), None), today)

    for (title, tone), pairs in groupby(made, key=urgency):
        yield Group(translate(title), tone, [row for _, row in pairs])


def _urgency(day: dt.date | None, today: dt.date) -> tuple[str, str]:
    if day is None:
        return msg("Without a day"), "none"
    if day < today:
        return msg("Overdue"), "danger"
    left = (day - today).days
    if left < 2:
        return (msg("Due today"), "warning") if left == 0 else (msg("Tomorrow"), "later")
    # The week ends on Sunday.
    return (msg("This week") if left <= 6 - today.weekday() else msg("Later")), "later"
