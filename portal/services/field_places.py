"""Where the values of declared fields lie, so that lists filter and sort by them.

A field that the foundation or a city declares has a column of ``record``; a county's own, and whatever finds no
column free, has typed rows in ``record_value``. Lists, counts and rules see no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.core.kinds import KINDS
from portal.core.packs.moved import Move, place_of_field
from portal.core.packs.origins import is_within
from portal.persistence.models.slots import DATE_SLOTS, NUMBER_SLOTS, TEXT_SLOTS

TEXT, NUMBER, DAY = "text", "number", "day"
_COLUMNS = {"text": TEXT, "number": NUMBER, "date": DAY}
SLOTS_OF_COLUMN: Mapping[str, tuple[str, ...]] = {TEXT: TEXT_SLOTS, NUMBER: NUMBER_SLOTS, DAY: DATE_SLOTS}
_COLUMN_OF_SLOT = {slot: column for column, slots in SLOTS_OF_COLUMN.items() for slot in slots}
# How the columns of ``record_value`` are named in statements, apart from those of ``record``.
ROWS = "values."


@dataclass(frozen=True, slots=True)
class StoredField:
    """Under which pointer a declared field is stored, and its column of ``record`` where it has one."""

    stored: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """The column by which a field is compared: one of ``record``, or one of the rows with a pointer."""

    column: str
    rows: str = ""

    @property
    def name(self) -> str:
        """Return the column's name in statements."""
        return f"{ROWS}{self.column}" if self.rows else self.column


def column_of_kind(kind: str) -> str:
    """Return the sort of column that holds values of a kind: text, number or day; empty for a kind without order."""
    known = KINDS.get(kind)
    return _COLUMNS.get(known.column, "") if known is not None else ""


def place_of(field: StoredField, kind: str) -> FieldPlace | None:
    """Return the place of a field of a kind of value; None for a kind without order.

    A slot that was given to another kind of value is of no use: then the field has rows.
    """
    column = column_of_kind(kind)
    if not column:
        return None
    if field.slot and _COLUMN_OF_SLOT.get(field.slot) == column:
        return FieldPlace(field.slot)
    return FieldPlace(column, field.stored)


def typed_row(column: str, value: object) -> dict[str, object]:
    """Return the columns of a row of ``record_value``: one holds the value, the others nothing."""
    return {name: value if name == column else None for name in SLOTS_OF_COLUMN}


def column_of(place: FieldPlace) -> str:
    """Return which sort of value a place holds: text, number or day."""
    return place.column if place.rows else _COLUMN_OF_SLOT[place.column]


def earlier_fields(form_id: str, fields: Iterable[str], moves: Sequence[Move]) -> dict[str, tuple[str, ...]]:
    """Return the earlier places of the fields that were moved within their form, the latest place first."""
    found = {field: tuple(_earlier(form_id, field, list(moves))) for field in fields}
    return {field: before for field, before in found.items() if before}


def _earlier(form_id: str, field: str, moves: list[Move]) -> Iterator[str]:
    for move in moves:
        before, after = place_of_field(move.source), place_of_field(move.target)
        if before is None or after is None or {before[0], after[0]} != {form_id}:
            continue
        if is_within(field, after[1]):
            old = before[1] + field.removeprefix(after[1])
            yield old
            # Each move is followed once at most, so moves in a circle end too.
            yield from _earlier(form_id, old, [other for other in moves if other is not move])
