"""Project a record's data onto the columns that lists, filters and counts use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.services.bundles import Bundle

Reader = Callable[[Any], Any]
MAX_TEXT = 200
PROMOTED_TEXT = ("dispute_type", "place")


def columns_of(bundle: Bundle, etype: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the promoted columns and projection columns of ``data``.

    A value of another kind than its column is left out: it cannot be filtered by, but the record keeps it.
    """
    values: dict[str, Any] = {}
    for column, pointer in bundle.entity(etype).promoted.items():
        if column in _PROMOTED:
            values[column] = _PROMOTED[column](pointers.get(data, pointer))
    for pointer, slot in slots_of(bundle, etype).items():
        values[slot] = _READERS[slot[0]](pointers.get(data, pointer))
    return values


def slots_of(bundle: Bundle, etype: str) -> dict[str, str]:
    """Return the projection columns of the fields that the release declares."""
    known = bundle.slots.get(etype, {})
    return {pointer: known[pointer] for pointer in bundle.entity(etype).index if pointer in known}


def as_text(value: Any) -> str | None:
    """Return a text for a text column; other scalars are written out."""
    if isinstance(value, bool) or value in (None, "") or isinstance(value, dict | list):
        return None
    return str(value)[:MAX_TEXT]


def as_number(value: Any) -> float | None:
    """Return a number for a number column; yes and no are 1 and 0."""
    if isinstance(value, bool | int | float):
        number = float(value)
        return number if number == number and abs(number) != float("inf") else None
    return None


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


_READERS: dict[str, Reader] = {"s": as_text, "n": as_number, "d": as_day}
_PROMOTED: dict[str, Reader] = {
    "dispute_type": as_text,
    "place": as_text,
    "occurred_on": as_day,
    "amount": as_number,
    "due_on": as_day,
}
