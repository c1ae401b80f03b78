"""Declared inputs and parameters: typed values taken from the record's data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from portal.core.conditions import CountQuery, FieldType, pointers
from portal.core.conditions.model import Field
from portal.core.conditions.trace import plain
from portal.core.conditions.values import (
    as_boolean,
    as_date,
    as_number,
    as_text,
    is_missing,
    is_sequence,
)
from portal.core.strict_json import LARGEST_NUMBER
from portal.core.text import Text

CountsPort = Callable[[CountQuery, Mapping[str, Any]], int | float | None]
MAX_ENTRIES = 1000


def as_integer(value: Any) -> int | None:
    """Return a whole number; 5.0 is one."""
    number = as_number(value)
    if isinstance(number, float):
        return int(number) if number.is_integer() else None
    return number


def as_cents(value: Any) -> int | None:
    """Return an amount of yuan as whole cents; more than two decimals are not an amount."""
    number = as_number(value)
    if number is None:
        return None
    cents = Decimal(repr(number)) * 100
    return int(cents) if cents == cents.to_integral_value() and abs(cents) < LARGEST_NUMBER else None


def as_texts(value: Any) -> tuple[str, ...] | None:
    """Return a list of texts; one entry of another kind spoils the list."""
    if not is_sequence(value) or len(value) > MAX_ENTRIES:
        return None
    texts = tuple(as_text(item) for item in value if item != "")
    return None if None in texts else tuple(text for text in texts if text)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "string": as_text,
    "taxonomy": as_text,
    "unit": as_text,
    "integer": as_integer,
    "number": as_number,
    "money": as_cents,
    "boolean": as_boolean,
    "date": as_date,
    "strings": as_texts,
}


def yuan(cents: int) -> int | float:
    """Return an amount in yuan, whole where it is whole."""
    return cents // 100 if cents % 100 == 0 else cents / 100


@dataclass(frozen=True, slots=True)
class Input:
    """Something the rules may read: from the record's data, or counted over related records."""

    name: str
    type: str
    title: Text
    taxonomy: str = ""
    source: Field | None = None
    query: CountQuery | None = None

    @property
    def field_type(self) -> FieldType:
        """Return what the condition language needs to know."""
        return FieldType(self.type, self.taxonomy)

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """Return the fields it tells something of: of the record (type ``""``) and of the type that is counted."""
        if self.source is not None:
            return (("", self.source.name),)
        if self.query is None:
            return ()
        asked = self.query
        theirs = {
            *asked.match,
            *([asked.of] if asked.of else ()),
            *(pointers(asked.where) if asked.where else ()),
        }
        return (
            *(("", ours) for ours in asked.match.values()),
            *((asked.entity, name) for name in sorted(theirs)),
        )

    def shown(self, value: Any) -> Any:
        """Return a typed value as JSON, as it was entered."""
        return yuan(value) if self.type == "money" and isinstance(value, int) else plain(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter: a figure or list that lower packs may change."""

    name: str
    type: str
    title: Text
    value: Any
    taxonomy: str = ""

    @property
    def field_type(self) -> FieldType:
        """Return what the condition language needs to know."""
        return FieldType(self.type, self.taxonomy)

    def shown(self) -> Any:
        """Return the value as JSON, as it was written."""
        return yuan(self.value) if self.type == "money" else plain(self.value)


@dataclass(frozen=True, slots=True)
class Projection:
    """The typed values of one record; ``ignored`` holds inputs whose value had another type."""

    values: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def project(
    inputs: Mapping[str, Input],
    facts: Mapping[str, Any],
    counts: Mapping[str, Any] | CountsPort | None,
) -> Projection:
    """Return the typed values of ``facts``; a value of another type counts as missing and is reported."""
    values: dict[str, Any] = {}
    ignored = []
    for name, declared in inputs.items():
        raw = _raw(declared, facts, counts)
        if is_missing(raw):
            continue
        value = READERS[declared.type](raw)
        if value is None:
            ignored.append(name)
        elif not is_missing(value):
            values[name] = value
    return Projection(values, tuple(ignored))


def retyped(inputs: Mapping[str, Input], shown: Mapping[str, Any], ignored: tuple[str, ...]) -> Projection:
    """Return the typed values of inputs as a decision showed them, by name."""
    values = {
        name: READERS[declared.type](shown[name])
        for name, declared in inputs.items()
        if not is_missing(shown.get(name))
    }
    return Projection({name: value for name, value in values.items() if not is_missing(value)}, ignored)


def _raw(declared: Input, facts: Mapping[str, Any], counts: Mapping[str, Any] | CountsPort | None) -> Any:
    if declared.source is not None:
        return declared.source.read(facts)
    if declared.query is None or counts is None:
        return None
    return counts.get(declared.name) if isinstance(counts, Mapping) else counts(declared.query, facts)


def as_literal(kind: str, value: Any) -> Any:
    """Return a literal of a rule as the type of its input; None where it does not fit."""
    if isinstance(value, tuple):
        items = tuple(as_literal(kind, item) for item in value)
        return None if None in items else items
    if kind == "strings":
        return as_text(value)
    return value if isinstance(value, date) else READERS[kind](value)
