"""Fold deltas into figures: each into the owner, the handler and every unit above them, in today's tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.persistence.models import Figure, FigureDelta, FigureState, Unit
from portal.services.figures.axes import ALL_MONTHS, AT_UNIT, HANDLED, OWNED, Counted, cells

MOST = 2_000
# unit, side, type, axis, month, value, open.
Key = tuple[int, str, str, str, int, str, bool]
Numbers = Counter[Key]
COLUMNS = ("unit_id", "side", "etype", "axis", "month", "value", "is_open")


def fold_figures(session: Session, most: int = MOST) -> int:
    """Fold the oldest deltas, within the transaction of a writing session; return how many. None is folded twice.

    Of several that fold at once the others wait; what acts add meanwhile is folded the next time.
    """
    hold(session)
    rows = session.execute(
        select(FigureDelta.id, FigureDelta.etype, FigureDelta.month, FigureDelta.old, FigureDelta.new)
        .order_by(FigureDelta.id)
        .limit(most)
    ).all()
    if rows:
        add(session, folded(rows, unit_lines(session)))
        session.execute(delete(FigureDelta).where(FigureDelta.id.in_([row.id for row in rows])))
    return len(rows)


def fold_all(session: Session) -> int:
    """Fold every delta there is; return how many."""
    number = 0
    while (some := fold_figures(session)) > 0:
        number += some
    return number


def hold(session: Session) -> None:
    """Let others that fold or rebuild wait until this transaction ends."""
    session.execute(update(FigureState).where(FigureState.id == 1).values(id=1))


def unit_lines(session: Session) -> dict[int, list[int]]:
    """Return each unit's line: the units from the root of the tree down to itself."""
    found = session.execute(select(Unit.id, Unit.path))
    return {unit: [int(part) for part in path.split("/") if part] for unit, path in found}


def folded(deltas: Iterable[Any], lines: Mapping[int, list[int]]) -> Numbers:
    """Return what deltas add to the figures, at every unit."""
    numbers: Numbers = Counter()
    for delta in deltas:
        for counted, sign in ((delta.old, -1), (delta.new, 1)):
            if counted is not None:
                count(numbers, lines, delta.etype, delta.month, counted, sign)
    return Counter({key: number for key, number in numbers.items() if number})


def count(
    numbers: Numbers,
    lines: Mapping[int, list[int]],
    etype: str,
    month: int,
    counted: Counted,
    number: int = 1,
) -> None:
    """Count records that are alike into all cells of all units that they count at."""
    unit, handler = counted["unit"], counted.get("handler")
    numbers[unit, AT_UNIT, etype, "all", ALL_MONTHS, "", counted["open"]] += number
    places = [(OWNED, one) for one in lines.get(unit, (unit,))]
    if handler is not None:
        places += [(HANDLED, one) for one in lines.get(handler, (handler,))]
    for axis, when, value, is_open in cells(counted, month):
        for side, one in places:
            numbers[one, side, etype, axis, when, value, is_open] += number


def figures_of_unit(session: Session, unit_id: int, sides: Iterable[str]) -> Numbers:
    """Return the folded figures of one unit."""
    columns = [getattr(Figure, name) for name in COLUMNS]
    of_unit = select(*columns, Figure.number).where(Figure.unit_id == unit_id, Figure.side.in_(list(sides)))
    return Counter({tuple(row[:-1]): row[-1] for row in session.execute(of_unit)})


def add(session: Session, numbers: Mapping[Key, int]) -> None:
    """Add numbers to the figures; cells that come to nothing stay, as nothing."""
    kind = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Any = kind.insert(Figure)
    statement = statement.on_conflict_do_update(
        index_elements=[getattr(Figure, name) for name in COLUMNS],
        set_={"number": Figure.number + statement.excluded.number},
    )
    # In one order for all, so that no two wait for each other.
    rows = [dict(zip(COLUMNS, key, strict=True)) | {"number": n} for key, n in sorted(numbers.items())]
    if rows:
        session.execute(statement, rows)
