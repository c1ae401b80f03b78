"""The sheets that a matter led to: each with its number, the unit, how it stands and until when it is answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.persistence.models import Record
from portal.services import records
from portal.web.records.panels.paper import is_paper
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.cells import stage_title
from portal.web.words.links import record_url
from portal.web.words.screen import screen_of


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One sheet of a matter."""

    url: str
    code: str
    title: str
    unit: str
    stage: str
    canonical: str
    due_on: dt.date | None
    is_open: bool


def types_of_sheets(case: Case) -> list[str]:
    """Return the types that read as sheets of paper and that the person may list."""
    known = case.screen.bundle.entities()
    return [one.id for one in known if "paper" in one.entity and case.now.access.can(one.id, "list")]


def sheets(case: Case) -> list[SheetLine] | None:
    """Return the sheets that the record led to, the oldest first; None where there are none."""
    types = frozenset(types_of_sheets(case)) if case.links else frozenset()
    ends = [one.other for one in case.links if one.onward and one.kind == records.OPENED]
    found = [one for one in ends if one is not None and one.etype in types]
    units = case.now.units([one.handler_unit_id for one in found])
    return [
        _line(case, one, getattr(units.get(one.handler_unit_id or 0), "name", "")) for one in found
    ] or None


def _line(case: Case, record: Record, unit: str) -> SheetLine:
    screen = screen_of(case.screen.bundle, record.etype, case.now.lang)
    return SheetLine(
        record_url(record.etype, record.uid),
        record.code or "",
        record.title,
        unit,
        stage_title(case.now, screen, record),
        record.canonical_stage or "",
        record.due_on,
        record.is_open,
    )


def leads_to_sheets(case: Case) -> bool:
    """Return whether a record may have sheets: it is none itself, and belongs to nothing else."""
    return case.record.parent_id is None and not is_paper(case)


PANELS.add(Panel("sheets", Place.SIDE, 16, "records/panels/sheets.html", sheets, when=leads_to_sheets))
