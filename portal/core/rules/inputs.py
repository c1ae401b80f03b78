"""Declared inputs and parameters: typed values taken from the record's data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.core.conditions import CountQuery, FieldType, pointers
from portal.core.conditions.model import Field
from portal.core.conditions.trace import plain
from portal.core.kinds import KINDS
from portal.core.text import Text
from portal.core.values import as_text, is_missing

CountsPort = Callable[[CountQuery, Mapping[str, Any]], int | float | None]


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

    def read(self, value: Any) -> Any:
        """Return a value as its type; None for one of another kind."""
        return reader(self.type)(value)

    def shown(self, value: Any) -> Any:
        """Return a typed value as JSON, as it was entered."""
        return plain(KINDS[self.type].plain(value))


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
        return plain(KINDS[self.type].plain(self.value))


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
        value = reader(declared.type)(raw)
        if value is None:
            ignored.append(name)
        elif not is_missing(value):
            values[name] = value
    return Projection(values, tuple(ignored))


def retyped(inputs: Mapping[str, Input], shown: Mapping[str, Any], ignored: tuple[str, ...]) -> Projection:
    """Return the typed values of inputs as a decision showed them, by name."""
    values = {
        name: reader(declared.type)(shown[name])
        for name, declared in inputs.items()
        if not is_missing(shown.get(name))
    }
    return Projection({name: value for name, value in values.items() if not is_missing(value)}, ignored)


def reader(kind: str) -> Callable[[Any], Any]:
    """Return the reader of values of a kind; raise KeyError for a kind that no input has."""
    read = KINDS[kind].read
    if read is None:
        raise KeyError(kind)
    return read


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
    return value if isinstance(value, date) else reader(kind)(value)
