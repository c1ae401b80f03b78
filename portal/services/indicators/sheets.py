"""Sheets of supervision about figures of a board: to which units they were sent, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.access import LIST, Access
from portal.core.indicators import Period
from portal.core.zone import begin_of
from portal.persistence.models import Record

SHEET = "sheet"
KINDS = ("supervise", "remind", "task")
FIGURE, MONTH, UNIT, KIND = "figure", "figure_month", "unit", "kind"
MOST = 500


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet about a figure of a unit."""

    uid: str
    code: str
    kind: str
    unit: str
    figure: str
    month: str
    stage: str
    release_id: int
    is_open: bool


def sheets_about(session: Session, access: Access, units: Iterable[str], period: Period) -> list[Sheet]:
    """Return the sheets about figures of units: those still open, and those of a period, that the person may list."""
    if not access.paths(SHEET, LIST):
        return []
    codes = set(units)
    wanted = select(Record.uid, Record.code, Record.stage, Record.is_open, Record.release_id, Record.data)
    wanted = wanted.where(
        Record.etype == SHEET, or_(Record.is_open, Record.created_at >= begin_of(period.first))
    )
    found = []
    rows = session.execute(
        wanted.order_by(Record.created_at.desc(), Record.id.desc()).limit(MOST),
        execution_options={"scope_action": LIST, "scope_etype": SHEET},
    )
    for uid, code, stage, is_open, release_id, data in rows:
        held: Any = data if isinstance(data, dict) else {}
        if held.get(UNIT) in codes and held.get(FIGURE):
            found.append(
                Sheet(
                    uid,
                    code or "",
                    str(held.get(KIND, "")),
                    held[UNIT],
                    str(held[FIGURE]),
                    str(held.get(MONTH, "")),
                    stage or "",
                    release_id,
                    is_open,
                )
            )
    return found
