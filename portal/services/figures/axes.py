"""By what records are counted: one axis at a time, by the month of their registration or all months together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.table import Table
from portal.core.zone import LOCAL

# A record counts once at its owner and each unit above (OWNED), and at its handler and each unit above (HANDLED).
# AT_UNIT counts what lies at the very unit that owns it.
OWNED, HANDLED, AT_UNIT = "owned", "handled", "at_unit"
ALL_MONTHS = 0
SEPARATOR = "|"
Counted = Mapping[str, Any]
Cell = tuple[str, str, int, str, bool]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: the columns of a record whose values it counts by, and whether each month is counted for itself."""

    name: str
    columns: tuple[str, ...]
    monthly: bool = True

    def value(self, counted: Counted) -> str:
        """Return a record's value on the axis; empty where it has none."""
        return SEPARATOR.join(str(counted.get(column) or "") for column in self.columns)


AXES: Table[Axis] = Table(
    "axes of figures",
    Axis("all", ()),
    Axis("class", ("dispute_class",)),
    Axis("type", ("dispute_type",), monthly=False),
    Axis("route", ("route",)),
    Axis("channel", ("channel",)),
    Axis("grade", ("grade",)),
    Axis("stage", ("canonical_stage",)),
    Axis("step", ("stage",), monthly=False),
    Axis("class_stage", ("dispute_class", "canonical_stage"), monthly=False),
)
# What is known of a record that is counted, beside its units.
COUNTED_BY = tuple(sorted({column for axis in AXES.values() for column in axis.columns}))


def counted_as(record: Any, unit_id: int, handler_id: int | None) -> dict[str, Any]:
    """Return what is known of a record (or a row with its columns) for counting it; what it lacks is left out."""
    values = {column: getattr(record, column) for column in COUNTED_BY}
    found = {column: value for column, value in values.items() if value}
    found |= {"unit": unit_id, "open": bool(record.is_open)}
    return found if handler_id is None else found | {"handler": handler_id}


def month_of(moment: dt.datetime) -> int:
    """Return the month of a moment where the centres are, as year times 100 plus month."""
    there = moment.astimezone(LOCAL)
    return there.year * 100 + there.month


def cells(counted: Counted, month: int) -> Iterator[tuple[str, int, str, bool]]:
    """Yield where a record counts at each unit: axis, month, value, whether it is open."""
    for axis in AXES.values():
        value, is_open = axis.value(counted), counted["open"]
        yield axis.name, ALL_MONTHS, value, is_open
        if axis.monthly:
            yield axis.name, month, value, is_open
