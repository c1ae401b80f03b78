"""Where a record was taken over from, and what the other system says by now of what was changed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.persistence.models import RecordSource
from portal.persistence.scope import owned
from portal.services.importing.reading import told_by_source
from portal.services.records.finding.rows_of_record import rows_of
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.versions import FieldWords

_OF_RECORD = owned(RecordSource, RecordSource.record_id)


@dataclass(frozen=True, slots=True)
class SourceView:
    """The source of a record, and its fields of which the other system says something else: here, there."""

    source: RecordSource
    lines: list[tuple[str, Any, Any]]


def source(case: Case) -> SourceView | None:
    """Return where a record is from; None for one that was entered here."""
    found = rows_of(case.now.session, case.record, _OF_RECORD)
    return SourceView(found[0], _lines(case, found[0])) if found else None


def _lines(case: Case, found: RecordSource) -> list[tuple[str, Any, Any]]:
    """Return what differs, each value as the person may see it."""
    if found.offered is None:
        return []
    there = told_by_source(case.now.portal.keys, case.record, found.offered).get("data", {})
    shown = case.view.plan.show(there)
    words = FieldWords(case.now, case.screen, [case.view.data, shown])
    lines = []
    for name in dict.fromkeys([*case.view.clear, *there]):
        if case.view.clear.get(name) == there.get(name) or (name not in shown and name not in case.view.data):
            continue
        where = f"/{pointers.escape(name)}"
        values = (one.get(name) for one in (case.view.data, shown))
        here, other = (words.shown(where, value) if value is not None else "" for value in values)
        lines.append((words.label(where), here, other))
    return lines


def from_elsewhere(case: Case) -> bool:
    """Tell whether a record may be from another system: no account of the portal entered it."""
    return case.record.created_by is None


PANELS.add(Panel("source", Place.SIDE, 40, "records/panels/source.html", source, when=from_elsewhere))
