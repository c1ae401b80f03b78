"""Where the database has the fields of a record's data, for conditions whose verdict is that of the data themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.persistence.condition_sql import Column, OwnColumn, RowColumn, document
from portal.persistence.condition_sql.columns import Kind
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.declared_places import places_of
from portal.services.field_places import DAY, NUMBER, TEXT, FieldPlace, column_of

_KINDS: Mapping[str, Kind] = {TEXT: "text", NUMBER: "number", DAY: "day"}
_OWN: Mapping[type, Kind] = {str: "text", float: "number", dt.date: "day"}


class DataColumns:
    """The columns behind the fields of one entity type's data, as a release places them.

    A column may have left a value out or cut it, so each goes with the document that it was taken from. Sensitive
    fields have none: they are never asked for in SQL.
    """

    def __init__(self, bundle: Bundle, etype: str) -> None:
        self._etype = etype
        places = {pointer: FieldPlace(column) for column, pointer in bundle.entity(etype).promoted.items()}
        self._places = {**places, **places_of(bundle, etype)}
        self._earlier = bundle.earlier(etype)
        self._closed = [one.pointer for one in bundle.protected(etype) if one.sensitive]
        self._known: dict[str, Column | None] = {}

    def get(self, field: str, /) -> Column | None:
        """Return the column of a field, which is named by its pointer or, at the top, by its name."""
        if field not in self._known:
            pointer = field if field.startswith("/") else pointers.join([field])
            self._known[field] = self._column(pointer)
        return self._known[field]

    def facts(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return data as conditions read them: what was moved stands at its place of now."""
        moved = {
            pointer: next(
                (pointers.get(data, at) for at in earlier if pointers.get(data, at) is not None), None
            )
            for pointer, earlier in self._earlier.items()
            if pointers.get(data, pointer) is None
        }
        return pointers.patched(data, {at: value for at, value in moved.items() if value is not None})

    def _column(self, pointer: str) -> Column | None:
        place = self._places.get(pointer)
        if place is None or any(pointer == at or pointer.startswith(f"{at}/") for at in self._closed):
            return None
        held = document(Record.data, pointer, self._earlier.get(pointer, ()))
        if held is None:
            return None
        if place.rows:
            return RowColumn(place.column, self._etype, place.rows, _KINDS[column_of(place)], document=held)
        expression = getattr(Record, place.column, None)
        kind = _OWN.get(expression.type.python_type) if expression is not None else None
        return None if kind is None else OwnColumn(expression, kind, document=held)
