"""Filters and orders of lists: only fields with a column behind them, so that every list is fast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, and_

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.columns import as_day, as_number, as_text, slots_of

_KINDS: Mapping[str, str] = {
    "code": "text",
    "title": "text",
    "stage": "text",
    "canonical_stage": "text",
    "dispute_type": "text",
    "place": "text",
    "occurred_on": "date",
    "amount": "number",
    "due_on": "date",
    "created_at": "moment",
    "updated_at": "moment",
    "is_open": "boolean",
}
# Titles have no index: they are found by the text search, not by an order.
SORTABLE = frozenset(_KINDS) - {"title", "canonical_stage", "is_open"}
NEVER_EMPTY = frozenset({"created_at", "updated_at"})


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
    column: Any
    pointer: str = ""
    sortable: bool = True
    taxonomy: str = ""


def filterable(bundle: Bundle, etype: str, lang: str = DEFAULT_LANGUAGE) -> dict[str, FieldColumn]:
    """Return the fields of a type that lists can filter by; titles of the portal's own are message ids."""
    entity = bundle.entity(etype)
    infos = bundle.fields(etype, lang)
    found: dict[str, FieldColumn] = {}
    for key, kind in _KINDS.items():
        pointer = entity.promoted.get(key, "")
        title = infos[pointer].label if pointer in infos else _TITLES[key]
        terms = (infos[pointer].taxonomy if pointer in infos else "") or ""
        found[key] = FieldColumn(key, title, kind, getattr(Record, key), pointer, key in SORTABLE, terms)
    for pointer, slot in slots_of(bundle, etype).items():
        info = infos[pointer]
        kind = _slot_kind(info.type, slot)
        column = getattr(Record, slot)
        found[pointer] = FieldColumn(pointer, info.label, kind, column, pointer, taxonomy=info.taxonomy or "")
    return found


def condition(bundle: Bundle, fields: Mapping[str, FieldColumn], wanted: Filter) -> ColumnElement[bool]:
    """Return the SQL of a filter; raise InvalidInput for a field without a column or a value that does not fit."""
    field = fields.get(wanted.key)
    if field is None:
        raise _bad(wanted, msg("“%(field)s” cannot be filtered by"))
    if wanted.op == "missing":
        return field.column.is_(None) if wanted.value in (None, True) else field.column.is_not(None)  # type: ignore[no-any-return]
    if wanted.op == "under":
        return _under(bundle, field, wanted)
    if wanted.op in ("in", "between"):
        if not isinstance(wanted.value, list | tuple) or len(wanted.value) > 500:
            raise _bad(wanted, msg("“%(field)s” needs a list of values"))
        values = [_value(field, wanted, one) for one in wanted.value]
        if wanted.op == "in":
            return field.column.in_(values)  # type: ignore[no-any-return]
        if len(values) != 2:
            raise _bad(wanted, msg("“%(field)s” needs two values"))
        return and_(field.column >= values[0], field.column <= values[1])
    if wanted.op not in _OPERATORS or (wanted.op in _TEXT_ONLY and field.kind != "text"):
        raise _bad(wanted, msg("“%(field)s” cannot be compared in this way"))
    return _OPERATORS[wanted.op](field.column, _value(field, wanted, wanted.value))


_OPERATORS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "starts_with": lambda column, value: column.startswith(value, autoescape=True),
}
_TEXT_ONLY = frozenset({"contains", "starts_with"})
_TITLES: Mapping[str, str] = {
    "code": msg("Code"),
    "title": msg("Title"),
    "stage": msg("Stage"),
    "canonical_stage": msg("Common stage"),
    "dispute_type": msg("Type of dispute"),
    "place": msg("Place"),
    "occurred_on": msg("Happened on"),
    "amount": msg("Amount"),
    "due_on": msg("Due on"),
    "created_at": msg("Entered"),
    "updated_at": msg("Changed"),
    "is_open": msg("Open"),
}


def _slot_kind(field_type: str, slot: str) -> str:
    if field_type == "boolean":
        return "boolean"
    return {"s": "text", "n": "number", "d": "date"}[slot[0]]


def _under(bundle: Bundle, field: FieldColumn, wanted: Filter) -> ColumnElement[bool]:
    """A term with everything below it in its taxonomy."""
    taxonomy = bundle.taxonomies.get(field.taxonomy)
    if taxonomy is None or not isinstance(wanted.value, str):
        raise _bad(wanted, msg("“%(field)s” cannot be compared in this way"))
    codes = [code for code in taxonomy.codes() if taxonomy.is_under(code, wanted.value)]
    return field.column.in_(codes)  # type: ignore[no-any-return]


def _value(field: FieldColumn, wanted: Filter, raw: Any) -> Any:
    read = _READERS[field.kind](raw)
    if read is None:
        raise _bad(wanted, msg("“%(field)s” cannot be compared with that value"))
    # A declared yes-or-no field lies in a number column.
    return float(read) if field.kind == "boolean" and isinstance(field.column.type, Float) else read


def _as_moment(raw: Any) -> dt.datetime | None:
    if isinstance(raw, dt.datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=dt.UTC)
    day = raw if isinstance(raw, dt.date) else as_day(raw)
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) if day else None


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
