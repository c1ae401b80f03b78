"""The records that belong to this one, a table for each type."""

from __future__ import annotations

from dataclasses import dataclass

from portal.persistence.models import Record
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.cells import Cell, Cells
from portal.web.words.links import add_url, record_url
from portal.web.words.parties import declared
from portal.web.words.screen import Field, Screen, screen_of

COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One record that belongs to this one."""

    url: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Children:
    """Records of one type that belong to this one; ``add_url`` is empty for a person who may add none."""

    screen: Screen
    columns: tuple[Field, ...]
    rows: list[Line]
    add_url: str


def children(case: Case) -> list[Children]:
    """Return the records that belong to this one, by type."""
    access = case.now.access
    types = [
        one.id
        for one in case.screen.bundle.entities()
        if one.parent == case.record.etype
        and not one.hidden
        and access.can(one.id, "list")
        and not declared(case.screen.bundle, one.id)
    ]
    groups = [_of_type(case, etype, case.children.of(etype)) for etype in types]
    return [group for group in groups if group.rows or group.add_url]


def _of_type(case: Case, etype: str, rows: list[Record]) -> Children:
    record = case.record
    screen = screen_of(case.screen.bundle, etype, case.now.lang)
    columns = screen.columns[:COLUMNS]
    cells = Cells(case.now, screen, columns, rows)
    may_add = (
        not case.locked
        and record.is_open
        and case.now.access.allows(etype, "add", record.unit_path, record.handler_path)
    )
    return Children(
        screen,
        columns,
        [Line(record_url(etype, row.uid), cells.row(row)) for row in rows],
        add_url(etype, record.uid) if may_add else "",
    )


PANELS.add(Panel("children", Place.MAIN, 20, "records/panels/children.html", children))
