"""Filters and orders of lists: only fields with a column behind them, so that every list is fast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam

from portal.core.columns import COLUMNS
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.kinds import KINDS, Kind
from portal.core.table import derived
from portal.core.text import DEFAULT_LANGUAGE
from portal.core.zone import begin_of
from portal.services.bundles import Bundle
from portal.services.declared_places import places_of
from portal.services.field_places import DAY, NUMBER, TEXT, FieldPlace, column_of
from portal.services.records.entering.columns import as_day, as_number, as_text

_KIND_OF_COLUMN: Mapping[str, str] = {TEXT: "text", NUMBER: "number", DAY: "date"}


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
            found[key] = FieldColumn(
                key, title, read_as(KINDS[own.kind]), FieldPlace(key), pointer, own.sorted, terms
            )
    for pointer, place in places_of(bundle, etype).items():
        info = infos[pointer]
        asked = KINDS[info.type]
        kind = "boolean" if asked.filter == "yes_no" else _KIND_OF_COLUMN[column_of(place)]
        terms = info.taxonomy or ""
        named = kind == "text" and info.type == "string" and not info.options and not terms
        found[pointer] = FieldColumn(pointer, info.label, kind, place, pointer, taxonomy=terms, named=named)
    return found


def read_as(kind: Kind) -> str:
    """Return the kind of comparison that the database's columns make of values of a kind."""
    if kind.filter == "yes_no":
        return "boolean"
    return "moment" if kind.shown_as == "moment" else kind.column


@derived
def never_empty() -> frozenset[str]:
    """Return the columns that hold something in each record."""
    return frozenset(own.name for own in COLUMNS.values() if own.given)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a filter asks of a column. Column and operator shape the statement; the values are its parameters."""

    place: FieldPlace
    op: str
    values: tuple[Any, ...] = ()


def comparison(bundle: Bundle, fields: Mapping[str, FieldColumn], wanted: Filter) -> Comparison:
    """Read a filter; raise InvalidInput for a field without a column or a value that does not fit."""
    field = fields.get(wanted.key)
    if field is None:
        raise _bad(wanted, msg("“%(field)s” cannot be filtered by"))
    place = field.place
    if wanted.op == "missing":
        return Comparison(place, "missing" if wanted.value in (None, True) else "present")
    if wanted.op == "under":
        return Comparison(place, "in", (_under(bundle, field, wanted),))
    if wanted.op in ("in", "between"):
        if not isinstance(wanted.value, list | tuple) or len(wanted.value) > 500:
            raise _bad(wanted, msg("“%(field)s” needs a list of values"))
        values = [_value(field, wanted, one) for one in wanted.value]
        if wanted.op == "in":
            return Comparison(place, "in", (values,))
        if len(values) != 2:
            raise _bad(wanted, msg("“%(field)s” needs two values"))
        return Comparison(place, "between", tuple(values))
    if wanted.op not in _OPERATORS or (wanted.op in _TEXT_ONLY and field.kind != "text"):
        raise _bad(wanted, msg("“%(field)s” cannot be compared in this way"))
    value = _value(field, wanted, wanted.value)
    if wanted.op in _TEXT_ONLY:
        value = _TEXT_ONLY[wanted.op] % escaped(value)
    return Comparison(place, wanted.op, (value,))


def compared(column: Any, op: str, place: str) -> ColumnElement[bool]:
    """Return the SQL of a comparison; its values go to the parameters ``place_0``, ``place_1``."""
    first, second = f"{place}_0", f"{place}_1"
    match op:
        case "missing":
            return column.is_(None)  # type: ignore[no-any-return]
        case "present":
            return column.is_not(None)  # type: ignore[no-any-return]
        case "in":
            return column.in_(bindparam(first, expanding=True))  # type: ignore[no-any-return]
        case "between":
            return and_(column >= bindparam(first), column <= bindparam(second))
        case _:
            return _OPERATORS[op](column, bindparam(first))


def escaped(text: str) -> str:
    """Return a text as a pattern that matches it alone."""
    return "".join(f"/{letter}" if letter in "%_/" else letter for letter in text)


def like(column: Any, pattern: Any) -> ColumnElement[bool]:
    """Return whether a column matches a pattern of ``escaped`` texts."""
    return column.like(pattern, escape="/")  # type: ignore[no-any-return]


_OPERATORS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "contains": like,
    "starts_with": like,
}
_TEXT_ONLY = {"contains": "%%%s%%", "starts_with": "%s%%"}


def _under(bundle: Bundle, field: FieldColumn, wanted: Filter) -> list[str]:
    """Return a term with everything below it in its taxonomy."""
    taxonomy = bundle.taxonomies.get(field.taxonomy)
    if taxonomy is None or not isinstance(wanted.value, str):
        raise _bad(wanted, msg("“%(field)s” cannot be compared in this way"))
    return [code for code in taxonomy.codes() if taxonomy.is_under(code, wanted.value)]


def _value(field: FieldColumn, wanted: Filter, raw: Any) -> Any:
    read = _READERS[field.kind](raw)
    if read is None:
        raise _bad(wanted, msg("“%(field)s” cannot be compared with that value"))
    # A declared yes-or-no field lies in a number column.
    return float(read) if field.kind == "boolean" and field.pointer else read


def _as_moment(raw: Any) -> dt.datetime | None:
    if isinstance(raw, dt.datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=dt.UTC)
    day = raw if isinstance(raw, dt.date) else as_day(raw)
    return begin_of(day) if day else None


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
    "text": as_text,
    "number": _as_number,
    "date": lambda raw: raw if isinstance(raw, dt.date) else as_day(raw),
    "moment": _as_moment,
    "boolean": _as_boolean,
}


def _bad(wanted: Filter, message: str) -> InvalidInput:
    params = {"field": wanted.key, "op": wanted.op}
    problem = Problem("filter.invalid", message, params, pointer=wanted.key)
    return InvalidInput("filter.invalid", message, params, [problem])
