"""Read figures of one unit: what is folded and what is not folded yet, in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Integer, String, bindparam, cast, false, literal, null, select, union_all
from sqlalchemy.orm import Session

from portal.persistence.models import Figure, FigureDelta, FigureState, Unit
from portal.persistence.scope import door, end_of, one_plan, prepared, unit_of
from portal.services.figures.axes import ALL_MONTHS, AT_UNIT, AXES, OWNED
from portal.services.figures.folding import Numbers, folded

# With more than these nobody folds: then counting tells sooner.
MOST_UNFOLDED = 2_000
# Number of records by (value on the axis, whether they are open).
Kept = Counter[tuple[str, bool]]
_WHY = "counts of a subtree, for those who may list all of it: the callers below ask"

_READY = -2
_UNITS = ("unit", "handler")


class _Delta(NamedTuple):
    etype: str
    month: int
    old: dict[str, Any] | None
    new: dict[str, Any] | None


_UNFOLDED = (
    select(
        FigureDelta.old,
        FigureDelta.new,
        FigureDelta.month,
        literal("").label("value"),
        false().label("is_open"),
        literal(0, Integer).label("number"),
    )
    .where(FigureDelta.etype == bindparam("etype"))
    .limit(MOST_UNFOLDED + 1)
    .subquery()
)
_UNFOLDED_ROWS = select(_UNFOLDED)
_FOLDED = select(null(), null(), literal(-1, Integer), Figure.value, Figure.is_open, Figure.number).where(
    Figure.unit_id == bindparam("unit_id"),
    Figure.side == bindparam("side"),
    Figure.etype == bindparam("etype"),
    Figure.axis == bindparam("axis"),
    Figure.month == bindparam("month"),
)
_STATE = select(null(), null(), literal(_READY, Integer), literal(""), FigureState.ready, null())
_AT_EACH = (
    select(null(), null(), Figure.unit_id, literal(""), Figure.is_open, Figure.number)
    .join(Unit, Unit.id == Figure.unit_id)
    .where(
        Unit.path >= bindparam("low"),
        Unit.path < bindparam("high"),
        Figure.side == AT_UNIT,
        Figure.etype == bindparam("etype"),
        Figure.axis == "all",
        Figure.month == ALL_MONTHS,
    )
)
# The month of a row stands where a value does, its unit in the place of the month.
_MONTHS = select(
    null(), null(), Figure.unit_id, cast(Figure.month, String), Figure.is_open, Figure.number
).where(
    Figure.unit_id.in_(bindparam("units", expanding=True)),
    Figure.side == OWNED,
    Figure.etype == bindparam("etype"),
    Figure.axis == "all",
    Figure.month.in_(bindparam("months", expanding=True)),
)
# The axis of a row stands before its value.
_VALUES = select(
    null(), null(), Figure.month, Figure.axis + literal("|") + Figure.value, Figure.is_open, Figure.number
).where(
    Figure.unit_id == bindparam("unit_id"),
    Figure.side == OWNED,
    Figure.etype == bindparam("etype"),
    Figure.axis.in_(bindparam("axes", expanding=True)),
    Figure.month.in_(bindparam("months", expanding=True)),
)
# One statement is one moment: folded between two, a delta would be in both or in neither.
_FIGURES: Any = prepared(one_plan(door(union_all(_UNFOLDED_ROWS, _FOLDED, _STATE), _WHY)))
_BY_MONTH: Any = prepared(door(union_all(_UNFOLDED_ROWS, _MONTHS, _STATE), _WHY))
_BY_VALUE: Any = prepared(door(union_all(_UNFOLDED_ROWS, _VALUES, _STATE), _WHY))
_OF_EACH: Any = prepared(one_plan(door(union_all(_UNFOLDED_ROWS, _AT_EACH, _STATE), _WHY)))


def figures_at(
    session: Session, unit: int, etype: str, axis: str, *, side: str = OWNED, month: int = ALL_MONTHS
) -> Kept | None:
    """Return how many records a unit and all below it own (or handle), by one axis; None where counting is needed.

    The caller makes sure that the session's person may list all of them.
    """
    if axis not in AXES or (month != ALL_MONTHS and not AXES[axis].monthly):
        raise ValueError(f"no figures by {axis} and month {month}")
    values = {"unit_id": unit, "side": side, "etype": etype, "axis": axis, "month": month}
    read = _read(session, _FIGURES, values)
    if read is None:
        return None
    rows, unfolded = read
    found: Kept = Counter({(row.value, bool(row.is_open)): row.number for row in rows})
    for (one, of_side, _type, of_axis, when, value, is_open), number in unfolded.items():
        if (one, of_side, of_axis, when) == (unit, side, axis, month):
            found[value, is_open] += number
    return found


def owned_at_each(session: Session, path: str, etype: str) -> Counter[tuple[int, bool]] | None:
    """Return how many records each unit of a subtree owns itself, by (unit, open); None where counting is needed."""
    read = _read(session, _OF_EACH, {"low": path, "high": end_of(path), "etype": etype})
    if read is None:
        return None
    rows, unfolded = read
    found = Counter({(row.month, bool(row.is_open)): row.number for row in rows})
    lines = _lines(session, {key[0] for key in unfolded})
    root = unit_of(path)
    for (one, side, _type, _axis, _month, _value, is_open), number in unfolded.items():
        if side == AT_UNIT and root in lines.get(one, ()):
            found[one, is_open] += number
    return found


def _read(session: Session, statement: Any, values: dict[str, Any]) -> tuple[list[Any], Numbers] | None:
    """Return the folded rows and what the unfolded deltas make; None where the figures do not hold everything."""
    rows = session.execute(statement, values).all()
    deltas = [row for row in rows if row.old is not None or row.new is not None]
    ready = any(row.month == _READY and row.is_open for row in rows if row.number is None)
    if not ready or len(deltas) > MOST_UNFOLDED:
        return None
    return [row for row in rows if row.number and row not in deltas], _unfolded(
        session, values["etype"], deltas
    )


def _unfolded(session: Session, etype: str, deltas: list[Any]) -> Numbers:
    if not deltas:
        return Counter()
    units = {
        one[place] for row in deltas for one in (row.old, row.new) if one for place in _UNITS if place in one
    }
    typed = [_Delta(etype, row.month, row.old, row.new) for row in deltas]
    return folded(typed, _lines(session, units))


def _lines(session: Session, units: Iterable[int]) -> dict[int, list[int]]:
    found = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(sorted(units))))
    return {unit: [int(part) for part in path.split("/") if part] for unit, path in found}


def by_month(
    session: Session, units: Iterable[int], etype: str, months: Iterable[int]
) -> Counter[tuple[int, int]] | None:
    """Return how many records units and all below them own, by (unit, month); None where counting is needed.

    The caller makes sure that the session's person may see figures of all of them.
    """
    asked, wanted = set(units), set(months)
    values = {"units": sorted(asked), "months": sorted(wanted), "etype": etype}
    read = _read(session, _BY_MONTH, values)
    if read is None:
        return None
    rows, unfolded = read
    found: Counter[tuple[int, int]] = Counter()
    for row in rows:
        found[row.month, int(row.value)] += row.number
    for (one, side, _type, axis, when, _value, _open), number in unfolded.items():
        if one in asked and side == OWNED and axis == "all" and when in wanted:
            found[one, when] += number
    return found


def by_value(
    session: Session, unit: int, etype: str, axes: Iterable[str], months: Iterable[int]
) -> dict[tuple[str, int], Counter[str]] | None:
    """Return how many records a unit and all below it own by value, for each axis and month; None: count the rows.

    The caller makes sure that the session's person may see figures of the unit.
    """
    found: dict[tuple[str, int], Counter[str]] = {(axis, one): Counter() for axis in axes for one in months}
    values = {
        "unit_id": unit,
        "etype": etype,
        "axes": sorted({axis for axis, _ in found}),
        "months": sorted({month for _, month in found}),
    }
    read = _read(session, _BY_VALUE, values)
    if read is None:
        return None
    rows, unfolded = read
    for row in rows:
        axis, _, value = row.value.partition("|")
        found[axis, row.month][value] += row.number
    for (one, side, _type, axis, when, value, _open), number in unfolded.items():
        if one == unit and side == OWNED and (axis, when) in found:
            found[axis, when][value] += number
    return found
