"""Filters and orders of lists: only fields with a column behind them, so that every list is fast.

A filter is a condition on the column: it has the operators of the condition language and their meaning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.columns import COLUMNS
from portal.core.conditions import Atom, Condition, Group
from portal.core.conditions.model import Field as ConditionField
from portal.core.conditions.model import Value
from portal.core.conditions.operand import MAX_LIST, is_days
from portal.core.conditions.operators import OPERATORS
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.kinds import KINDS, Kind
from portal.core.table import derived
from portal.core.text import DEFAULT_LANGUAGE
from portal.core.values import BOOLEAN, DATE
from portal.core.values import NUMBER as NUMBER_KIND
from portal.core.values import TEXT as TEXT_KIND
from portal.core.zone import LOCAL
from portal.services.bundles import Bundle
from portal.services.declared_places import places_of
from portal.services.field_places import DAY, NUMBER, TEXT, FieldPlace, column_of
from portal.services.records.entering.columns import as_day, as_number, as_text

_KIND_OF_COLUMN: Mapping[str, str] = {TEXT: "text", NUMBER: "number", DAY: "date"}
# A unit that a record belongs to: compared by its code, and by what lies below another.
HOME = "home"
_COMPARED: Mapping[str, str] = {
    HOME: TEXT_KIND,
    "text": TEXT_KIND,
    "number": NUMBER_KIND,
    "boolean": BOOLEAN,
    "date": DATE,
    "moment": DATE,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a list: a column or a declared field's pointer, an operator, a value."""

    key: str
    op: str = "eq"
    value: Any = None


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """A field that lists can filter and sort by."""

    key: str
    title: str
    kind: str
    place: FieldPlace
    pointer: str = ""
    sortable: bool = True
    taxonomy: str = ""
    # Free text: sorted as names are, not by its bytes.
    named: bool = False
    of_units: bool = False

    @property
    def compared(self) -> str:
        """Return the kind that conditions compare its values as."""
        return _COMPARED[self.kind]

    @property
    def tree(self) -> str:
        """Return the tree of codes that its values belong to: a taxonomy, or the units."""
        return self.taxonomy or ("unit" if self.of_units else "")


def filterable(bundle: Bundle, etype: str, lang: str = DEFAULT_LANGUAGE) -> dict[str, FieldColumn]:
    """Return the fields of a type that lists can filter by; titles of the portal's own are message ids."""
    entity = bundle.entity(etype)
    infos = bundle.fields(etype, lang)
    found: dict[str, FieldColumn] = {}
    for own in COLUMNS.values():
        if own.filtered:
            key, pointer = own.name, entity.promoted.get(own.name, "")
            title = infos[pointer].label if pointer in infos else own.title
            terms = (infos[pointer].taxonomy if pointer in infos else "") or ""
            of = KINDS[own.kind]
            found[key] = FieldColumn(
                key,
                title,
                read_as(of),
                FieldPlace(key),
                pointer,
                own.sorted,
                terms or (own.taxonomy if not pointer else ""),
                of_units=of.filter in ("units", HOME),
            )
    for pointer, place in places_of(bundle, etype).items():
        info = infos[pointer]
        asked = KINDS[info.type]
        kind = "boolean" if asked.filter == "yes_no" else _KIND_OF_COLUMN[column_of(place)]
        terms = info.taxonomy or ""
        named = kind == "text" and info.type == "string" and not info.options and not terms
        found[pointer] = FieldColumn(
            pointer,
            info.label,
            kind,
            place,
            pointer,
            taxonomy=terms,
            named=named,
            of_units=asked.filter == "units",
        )
    return found


def read_as(kind: Kind) -> str:
    """Return the kind of comparison that the database's columns make of values of a kind."""
    if kind.filter == "yes_no":
        return "boolean"
    if kind.filter == HOME:
        return HOME
    return "moment" if kind.shown_as == "moment" else kind.column


@derived
def never_empty() -> frozenset[str]:
    """Return the columns that hold something in each record."""
    return frozenset(own.name for own in COLUMNS.values() if own.given)


def condition_of(fields: Mapping[str, FieldColumn], filters: Sequence[Filter]) -> Condition:
    """Return filters as one condition; raise InvalidInput for a field without a column or a value that does not fit.

    ``between`` stands for two comparisons, and ``missing`` may be asked for with False.
    """
    return Group("all", tuple(_condition(fields, one) for one in filters))


def _condition(fields: Mapping[str, FieldColumn], wanted: Filter) -> Condition:
    field = fields.get(wanted.key)
    if field is None:
        raise _bad(wanted, msg("“%(field)s” cannot be filtered by"))
    if wanted.op == "missing":
        return _atom(field, "missing" if wanted.value in (None, True) else "exists", None)
    if wanted.op == "between":
        values = _values(field, wanted)
        if len(values) != 2:
            raise _bad(wanted, msg("“%(field)s” needs two values"))
        low, high = (_comparable(field, wanted, op) for op in ("gte", "lte"))
        return Group("all", (_atom(field, low, values[0]), _atom(field, high, values[1])))
    if wanted.op == "in" and field.compared not in OPERATORS["in"].kinds:
        return Group("any", tuple(_atom(field, "eq", value) for value in _values(field, wanted)))
    op = _comparable(field, wanted, wanted.op)
    if OPERATORS[op].operand == "values":
        return _atom(field, op, _values(field, wanted))
    if OPERATORS[op].operand == "codes":
        return _atom(field, op, _codes(field, wanted))
    if OPERATORS[op].operand == "days":
        return _atom(field, op, _days(wanted))
    return _atom(field, op, _value(field, wanted, wanted.value))


def _atom(field: FieldColumn, op: str, value: Any) -> Atom:
    return Atom(ConditionField.of(field.key), op, Value(value), field.tree)


def _comparable(field: FieldColumn, wanted: Filter, op: str) -> str:
    """Return the operator, where the database can ask it of such a field."""
    operator = OPERATORS.get(op)
    if operator is None or not operator.sql or field.compared not in operator.kinds:
        raise _bad(wanted, msg("“%(field)s” cannot be compared in this way"))
    return op


def _values(field: FieldColumn, wanted: Filter) -> tuple[Any, ...]:
    if not isinstance(wanted.value, list | tuple) or len(wanted.value) > MAX_LIST:
        raise _bad(wanted, msg("“%(field)s” needs a list of values"))
    return tuple(_value(field, wanted, one) for one in wanted.value)


def _codes(field: FieldColumn, wanted: Filter) -> str | tuple[str, ...]:
    codes = wanted.value
    if isinstance(codes, list | tuple):
        codes = _values(field, wanted)
    if not field.tree or not isinstance(codes, str | tuple):
        raise _bad(wanted, msg("“%(field)s” cannot be compared in this way"))
    return codes


def _days(wanted: Filter) -> int:
    if not is_days(wanted.value):
        raise _bad(wanted, msg("“%(field)s” cannot be compared with that value"))
    return int(wanted.value)


def _value(field: FieldColumn, wanted: Filter, raw: Any) -> Any:
    read = _READERS[field.kind](raw)
    if read is None:
        raise _bad(wanted, msg("“%(field)s” cannot be compared with that value"))
    return read


def _as_day(raw: Any) -> dt.date | None:
    """Return the day of a day, of a moment, or of a text that names either."""
    if isinstance(raw, dt.datetime):
        return (raw if raw.tzinfo else raw.replace(tzinfo=dt.UTC)).astimezone(LOCAL).date()
    return raw if isinstance(raw, dt.date) else as_day(raw)


def _as_boolean(raw: Any) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(str(raw).lower())


def _as_number(raw: Any) -> float | None:
    if isinstance(raw, str):
        try:
            raw = float(raw)
        except ValueError:
            return None
    return as_number(raw)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    HOME: as_text,
    "text": as_text,
    "number": _as_number,
    "date": _as_day,
    "moment": _as_day,
    "boolean": _as_boolean,
}


def _bad(wanted: Filter, message: str) -> InvalidInput:
    params = {"field": wanted.key, "op": wanted.op}
    problem = Problem("filter.invalid", message, params, pointer=wanted.key)
    return InvalidInput("filter.invalid", message, params, [problem])
