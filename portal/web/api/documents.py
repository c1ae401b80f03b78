"""Records as clients of the API read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from portal.persistence.models import Record
from portal.services import records
from portal.web import access
from portal.web.words.here import Here


def documents(
    now: Here, rows: Sequence[Record], seen: Callable[[Record], records.RecordView] | None = None
) -> list[dict[str, Any]]:
    """Return records as the API shows them; names and codes are looked up for all of them at once.

    ``seen`` says how each is seen: as in a list by default, where nothing is unmasked.
    """
    seen = seen or records.Views(now.portal, now.session).of
    ids = {unit for row in rows for unit in (row.unit_id, row.handler_unit_id) if unit}
    codes = {unit.id: unit.code for unit in now.units(ids).values()}
    versions = {row.release_id: _release(now, row.release_id) for row in rows}
    return [_document(row, codes, versions[row.release_id], seen(row)) for row in rows]


def _document(row: Record, codes: dict[int, str], release: str, view: records.RecordView) -> dict[str, Any]:
    promoted = view.bundle.entity(row.etype).promoted
    return {
        "uid": row.uid,
        "type": row.etype,
        "code": row.code,
        "title": row.title,
        "stage": row.stage,
        "canonical_stage": row.canonical_stage,
        "lanes": row.lanes,
        "open": row.is_open,
        "dispute_type": view.value(promoted.get("dispute_type", ""), row.dispute_type),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "due_provisional": is_provisional(row.due_on),
        "unit": codes.get(row.unit_id),
        "handler": codes.get(row.handler_unit_id) if row.handler_unit_id else None,
        "route": row.route,
        "release": release,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by_name,
        "updated_at": row.updated_at.isoformat(),
        "data": view.data,
    }


def is_provisional(day: dt.date | None) -> bool:
    """Tell whether a due day may still move, since the days off of its year are not published."""
    return day is not None and not access.calendar().covers(day.year)


def _release(now: Here, release_id: int) -> str:
    bundle = now.release(release_id)
    return f"{bundle.pack}@{bundle.version}"


def document(now: Here, record: Record) -> dict[str, Any]:
    """Return one record by itself: unmasked, where it is disclosed to the person."""
    return documents(now, [record], lambda row: records.view_of(now.portal, now.session, row))[0]
