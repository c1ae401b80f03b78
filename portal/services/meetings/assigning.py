"""Assignments to units in a period and how they went, for the monthly notice: by unit, never by person."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from portal.core.indicators.meetings import Days
from portal.core.indicators.suppression import Tree, left_out
from portal.core.zone import begin_of
from portal.persistence.models import Referral, Unit
from portal.persistence.scope import end_of
from portal.services.indicators.board import CASE

# What became of an assignment, as it is counted; whatever is none of these waits.
DONE, RETURNED, GONE = "done", "returned", ("revoked", "replaced")
Line = list[int | str]
_WHOLE = 0


def assigned_to(session: Session, unit: Unit, days: Days) -> Iterator[Line]:
    """Yield units below one with what was assigned to them: its number, name, assigned, done, returned, waiting."""
    row, above = Referral, aliased(Unit)
    inside = (row.from_path >= unit.path, row.from_path < end_of(unit.path))
    counted = [
        func.sum(case((row.status == DONE, 1), else_=0)),
        func.sum(case((row.status == RETURNED, 1), else_=0)),
    ]
    wanted = select(Unit.id, Unit.name, Unit.kind, above.name, func.count(), *counted)
    wanted = wanted.join(row, row.to_unit_id == Unit.id).outerjoin(above, above.id == Unit.parent_id)
    wanted = wanted.where(
        *inside,
        row.etype == CASE,
        row.lead,
        row.status.not_in(GONE),
        row.created_at >= begin_of(days.first),
        row.created_at < begin_of(days.after),
    )
    wanted = wanted.group_by(Unit.id, Unit.name, Unit.kind, Unit.path, above.name).order_by(Unit.path)
    for key, name, kind, place, number, done, returned in session.execute(wanted):
        # Departments of several counties are called the same.
        apart = kind == "department" and place and not name.startswith(place)
        yield [
            key,
            f"{place} {name}" if apart else name,
            number,
            int(done),
            int(returned),
            number - int(done) - int(returned),
        ]


def untold_lines(lines: list[Line]) -> frozenset[int]:
    """Return the units whose line is not told outside, 0 for the whole: few, or to be found from the others."""
    if not lines:
        return frozenset()
    columns = [{int(one[0]): int(one[at]) for one in lines} for at in range(2, 6)]
    whole = [{**one, _WHOLE: sum(one.values())} for one in columns]
    return left_out(Tree(_WHOLE, {_WHOLE: tuple(columns[0])}), whole[0], whole[1:])
