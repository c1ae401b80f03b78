"""Count the records themselves: the oracle of the figures, and how these are built anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.persistence.models import Figure, FigureDelta, FigureState, Record
from portal.persistence.scope import unit_of
from portal.persistence.stillness import still
from portal.services.figures.axes import COUNTED_BY, counted_as, month_of
from portal.services.figures.folding import COLUMNS, Key, Numbers, count, folded, hold, unit_lines

PORTION = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell in which the figures, with what is not folded yet, and the records do not agree."""

    cell: Key
    kept: int
    counted: int


def recompute(session: Session, unit: int | None = None) -> list[Difference]:
    """Return where the figures differ from the records, everywhere or for a unit and what lies below it.

    Both are read in one transaction, begun here: on PostgreSQL a repeatable one, so that acts meanwhile are in neither.
    """
    still(session)
    lines = unit_lines(session)
    records, kept = count_records(session, lines), read_figures(session)
    kept.update(folded(_deltas(session), lines))
    cells = sorted(records.keys() | kept.keys())
    return [
        Difference(cell, kept[cell], records[cell])
        for cell in cells
        if kept[cell] != records[cell] and (unit is None or unit in lines.get(cell[0], ()))
    ]


def rebuild(session: Session) -> int:
    """Replace all figures by what the records say, in the transaction of a writing session; return how many cells.

    Readers see the old ones until it ends, and acts go on: what they add meanwhile is folded afterwards.
    """
    still(session)
    hold(session)
    numbers = count_records(session, unit_lines(session))
    counted = [row.id for row in session.execute(select(FigureDelta.id))]
    for start in range(0, len(counted), PORTION):
        session.execute(delete(FigureDelta).where(FigureDelta.id.in_(counted[start : start + PORTION])))
    session.execute(delete(Figure))
    rows = [dict(zip(COLUMNS, key, strict=True)) | {"number": n} for key, n in sorted(numbers.items())]
    for start in range(0, len(rows), PORTION):
        session.execute(insert(Figure), rows[start : start + PORTION])
    session.execute(update(FigureState).values(ready=True))
    return len(rows)


def count_records(session: Session, lines: dict[int, list[int]]) -> Numbers:
    """Return the figures that the records make."""
    alike: Counter[tuple[Any, ...]] = Counter()
    for row in _records(session):
        handler = unit_of(row.handler_path) if row.handler_path else None
        counted = counted_as(row, unit_of(row.unit_path), handler)
        alike[row.etype, month_of(row.created_at), tuple(sorted(counted.items()))] += 1
    numbers: Numbers = Counter()
    for (etype, month, items), number in alike.items():
        count(numbers, lines, etype, month, dict(items), number)
    return numbers


def read_figures(session: Session) -> Numbers:
    """Return all figures as they are kept, what is not folded yet left out."""
    columns = [getattr(Figure, name) for name in COLUMNS]
    rows = session.execute(select(*columns, Figure.number).where(Figure.number != 0))
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def _records(session: Session) -> Iterator[Any]:
    columns = (getattr(Record, name) for name in COUNTED_BY)
    rows = select(
        Record.etype, Record.created_at, Record.unit_path, Record.handler_path, Record.is_open, *columns
    )
    yield from session.execute(rows.execution_options(yield_per=PORTION))


def _deltas(session: Session) -> Iterator[Any]:
    rows = select(FigureDelta.etype, FigureDelta.month, FigureDelta.old, FigureDelta.new)
    yield from session.execute(rows.execution_options(yield_per=PORTION))
