"""The counts of indicators as they lie in the database: read, added to, and moved along with units."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.persistence.models import IndicatorFigure, IndicatorState

# A unit, an axis and a month; of each, by definition and value, how many are counted out of how many.
Cell = tuple[int, str, int]
Cells = dict[Cell, dict[str, list[int]]]
_AT_ONCE = 300


def alike_cells() -> Cells:
    """Return cells without any count."""
    return defaultdict(dict)


def hold(session: Session) -> None:
    """Let others that keep these counts wait until this transaction ends."""
    session.execute(update(IndicatorState).where(IndicatorState.id == 1).values(id=1))


def write(session: Session, cells: Cells) -> None:
    """Add numbers to the cells that are kept; what comes to nothing is kept no longer."""
    changed = {
        cell: counts
        for cell, counts in sorted(cells.items())
        if any(base or counted for counted, base in counts.values())
    }
    rows, gone = [], []
    for cell, held in _read_cells(session, list(changed)).items():
        for key, (counted, base) in changed[cell].items():
            one = held.setdefault(key, [0, 0])
            one[0] += counted
            one[1] += base
        held = {key: one for key, one in held.items() if one != [0, 0]}
        unit, axis, month = cell
        if held:
            text = json.dumps(held, separators=(",", ":"), sort_keys=True)
            rows.append({"unit_id": unit, "axis": axis, "month": month, "counts": text})
        else:
            gone.append(cell)
    kind: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = kind.insert(IndicatorFigure)
    where = (IndicatorFigure.unit_id, IndicatorFigure.axis, IndicatorFigure.month)
    statement = statement.on_conflict_do_update(
        index_elements=where, set_={"counts": statement.excluded.counts}
    )
    if rows:
        session.execute(statement, rows)
    for unit, axis, month in gone:
        session.execute(
            delete(IndicatorFigure).where(where[0] == unit, where[1] == axis, where[2] == month),
            execution_options={"synchronize_session": False},
        )


def _read_cells(session: Session, cells: Sequence[Cell]) -> dict[Cell, dict[str, list[int]]]:
    found: dict[Cell, dict[str, list[int]]] = {cell: {} for cell in cells}
    by_unit: dict[int, list[Cell]] = {}
    for cell in cells:
        by_unit.setdefault(cell[0], []).append(cell)
    one = IndicatorFigure
    units = list(by_unit)
    for start in range(0, len(units), _AT_ONCE):
        some = units[start : start + _AT_ONCE]
        months = sorted({cell[2] for unit in some for cell in by_unit[unit]})
        rows = select(one.unit_id, one.axis, one.month, one.counts)
        for unit, axis, month, text in session.execute(
            rows.where(one.unit_id.in_(some), one.month.in_(months))
        ):
            if (unit, axis, month) in found:
                found[unit, axis, month] = json.loads(text)
    return found


def move_counts(session: Session, unit_id: int, gained: Iterable[int], lost: Iterable[int]) -> None:
    """Let the units now above a unit count what it counts, and those that were above it no longer."""
    hold(session)
    one = IndicatorFigure
    rows = session.execute(select(one.axis, one.month, one.counts).where(one.unit_id == unit_id)).all()
    cells = alike_cells()
    for sign, units in ((1, gained), (-1, lost)):
        for above in units:
            for axis, month, text in rows:
                counts = json.loads(text)
                cells[above, axis, month] = {key: [sign * a, sign * b] for key, (a, b) in counts.items()}
    write(session, cells)
