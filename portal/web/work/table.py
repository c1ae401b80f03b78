"""One page of a worklist in words: rows by urgency, each with its matter, its facts and what can be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from portal.core.columns import ALIASES
from portal.core.errors import msg
from portal.core.worklists import Worklist
from portal.services.records import Waiting, Waits
from portal.web import parts
from portal.web.language import as_written, translate
from portal.web.words.cells import Cell, Cells
from portal.web.words.here import Here
from portal.web.words.links import record_url
from portal.web.words.screen import Field, Screen
from portal.web.work.facts import FACTS, said
from portal.web.work.row_acts import RowAct, row_acts

_RECORD, _DATA = "/record/", "/data"
# What the first cell of each row says.
_NAMES = frozenset({"/record/code", "/record/title"})
_OVERDUE, _TODAY, _LATER, _NONE = msg("Overdue"), msg("Due today"), msg("Later"), msg("Without a day")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the matter, where its page is, its facts, and what can be done from here."""

    title: Any
    code: Any
    url: str
    facts: list[tuple[str, Any]]
    acts: list[RowAct]
    version: int


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are alike urgent; without a title where the list is in another order."""

    title: str
    tone: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """One page of a worklist."""

    headings: list[str]
    groups: list[Group]
    page: int
    pages: int
    total: int
    capped: bool
    acts: bool = field(default=False)


def table(now: Here, worklist: Worklist, waits: Waits) -> Table:
    """Return a page of a worklist in the language of the page."""
    screen = now.screen(worklist.entity)
    columns = [one for one in worklist.columns if one not in _NAMES]
    own = {key: found for key in columns if (found := _field(screen, key)) is not None}
    cells = Cells(now, screen, list(own.values()), [one.record for one in waits.rows])
    shown = [key for key in columns if key in own or key in FACTS]
    made = [(one, _row(now, screen, worklist, one, shown, own, cells)) for one in waits.rows]
    headings = [own[key].label if key in own else translate(FACTS[key].label) for key in shown]
    return Table(
        headings,
        list(_groups(now, worklist, made)),
        waits.page,
        waits.pages,
        waits.total,
        waits.capped,
        any(row.acts for _, row in made),
    )


def _field(screen: Screen, key: str) -> Field | None:
    """Return the record's field behind a fact; None for a fact of a referral or a period."""
    if key.startswith(_RECORD):
        name = key.removeprefix(_RECORD)
        return screen.fields.get(ALIASES.get(name, name))
    return screen.fields.get(key.removeprefix(_DATA)) if key.startswith(_DATA) else None


def _row(
    now: Here,
    screen: Screen,
    worklist: Worklist,
    one: Waiting,
    shown: Sequence[str],
    own: Mapping[str, Field],
    cells: Cells,
) -> Row:
    record = one.record
    values = {cell.field.key: cell for cell in cells.row(record)}
    other = one.referral or one.clock
    facts = [
        (
            own[key].label if key in own else translate(FACTS[key].label),
            _shown(values[own[key].key], record) if key in own else said(now, screen, key, other),
        )
        for key in shown
    ]
    return Row(
        as_written(record.title or record.code) or translate(msg("Untitled")),
        as_written(record.code),
        record_url(record.etype, record.uid),
        facts,
        row_acts(now, worklist.acts, one),
        one.referral.version if one.referral is not None else record.version,
    )


def _shown(cell: Cell, record: Any) -> Any:
    if cell.field.kind == "due":
        return parts.due_mark(cell.value, not record.is_open)
    if not cell.text:
        return parts.NONE
    if cell.field.kind == "stage":
        return parts.stage(cell.text, cell.value)
    return as_written(cell.text)


def _groups(now: Here, worklist: Worklist, made: Iterable[tuple[Waiting, Row]]) -> Iterable[Group]:
    """Yield the rows by urgency, where the list begins with the day by which something is due."""
    first, descending = worklist.order[0]
    if not first.endswith("/due_on") or descending:
        rows = [row for _, row in made]
        yield from [Group("", "", rows)] if rows else []
        return
    today = now.portal.clock.today()

    def urgency(pair: tuple[Waiting, Row]) -> tuple[str, str]:
        row = pair[0]
        source = row.record if first.startswith(_RECORD) else row.referral or row.clock
        return _urgency(getattr(source, "due_on", None), today)

    for (title, tone), pairs in groupby(made, key=urgency):
        yield Group(translate(title), tone, [row for _, row in pairs])


def _urgency(day: dt.date | None, today: dt.date) -> tuple[str, str]:
    if day is None:
        return _NONE, "none"
    if day < today:
        return _OVERDUE, "danger"
    return (_TODAY, "warning") if day == today else (_LATER, "later")
