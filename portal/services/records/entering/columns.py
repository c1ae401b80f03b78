"""Project a record's data onto the columns that lists, filters and counts use."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.columns import COLUMNS
from portal.core.values import is_missing
from portal.services.bundles import Bundle
from portal.services.declared_places import added_places, places_of
from portal.services.field_places import DAY, NUMBER, TEXT, FieldPlace, column_of
from portal.services.records.finding.as_read import as_read

Reader = Callable[[Any], Any]
MAX_TEXT, MAX_CODE = 200, 64
# The field of a matter that tells how it came in.
CHANNEL = "channel"
_NOTHING: Mapping[str, Sequence[str]] = {}


@dataclass(frozen=True, slots=True)
class Projected:
    """A record's data as lists see them: columns of the record, and rows by pointer as (column, value).

    ``rows`` is None where no field that is declared has any.
    """

    columns: dict[str, Any]
    rows: dict[str, tuple[str, Any]] | None


def columns_of(
    bundle: Bundle, etype: str, data: Mapping[str, Any], newer: Iterable[Bundle] = ()
) -> Projected:
    """Return the projection of ``data``, which nothing encrypts.

    ``newer`` are releases in force above the record: what they declare and its own release does not is projected
    too. A value of another kind than its column is left out: it cannot be filtered by, but the record keeps it.
    """
    data = as_read(bundle, etype, data)
    columns: dict[str, Any] = {}
    for column, pointer in bundle.entity(etype).promoted.items():
        if column in _PROMOTED:
            columns[column] = _PROMOTED[column](pointers.get(data, pointer))
    columns["channel"] = _code(data.get(CHANNEL))
    columns["dispute_class"] = _class_of(bundle, columns.get("dispute_type"))
    found = projected(places_of(bundle, etype), data)
    for other in newer:
        added = projected(added_places(bundle, other, etype), data, other.earlier(etype))
        rows = None if found.rows is None and added.rows is None else (added.rows or {}) | (found.rows or {})
        found = Projected({**added.columns, **found.columns}, rows)
    return Projected({**columns, **found.columns}, found.rows)


def _code(value: Any) -> str | None:
    text = as_text(value)
    return text if text is not None and len(text) <= MAX_CODE else None


def _class_of(bundle: Bundle, dispute_type: str | None) -> str | None:
    """Return the top of a dispute type in the release's taxonomy."""
    types = bundle.taxonomies.get(COLUMNS["dispute_type"].taxonomy)
    if types is None or dispute_type is None or dispute_type not in types:
        return None
    return [dispute_type, *types.ancestors(dispute_type)][-1]


def projected(
    places: Mapping[str, FieldPlace], data: Mapping[str, Any], moved: Mapping[str, Sequence[str]] = _NOTHING
) -> Projected:
    """Return the values of fields by the columns and rows that hold them; ``moved`` says where older data have them."""
    columns: dict[str, Any] = {}
    rows: dict[str, tuple[str, Any]] = {}
    for pointer, place in places.items():
        held = next(
            (at for at in (pointer, *moved.get(pointer, ())) if pointers.get(data, at) is not None), ""
        )
        value = _READERS[column_of(place)](pointers.get(data, held)) if held else None
        if not place.rows:
            columns[place.column] = value
        elif value is not None:
            rows[place.rows] = (place.column, value)
    return Projected(columns, rows if any(place.rows for place in places.values()) else None)


def as_text(value: Any) -> str | None:
    """Return a text for a text column; other scalars are written out."""
    if isinstance(value, bool | dict | list) or is_missing(value):
        return None
    return str(value)[:MAX_TEXT]


def as_number(value: Any) -> float | None:
    """Return a number for a number column; yes and no are 1 and 0."""
    if not isinstance(value, bool | int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def as_day(value: Any) -> dt.date | None:
    """Return the day of a date or a moment."""
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None


def fitting(column: Any, value: Any) -> Any:
    """Return a value as what a column holds; None where it does not fit."""
    readers: dict[type, Reader] = {str: as_text, float: as_number, dt.date: as_day}
    return readers[column.type.python_type](value)


_READERS: dict[str, Reader] = {TEXT: as_text, NUMBER: as_number, DAY: as_day}
_PROMOTED: dict[str, Reader] = {
    "dispute_type": as_text,
    "place": as_text,
    "occurred_on": as_day,
    "amount": as_number,
    "due_on": as_day,
}
