"""The model of what a form shows at one place.

Several subschemas apply to one place (``$ref``, ``allOf``, the taken branch of ``if``, the chosen variant). A
``Node`` is their merge for presentation; validation never uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from portal.core.forms.document import SchemaDocument, Sub
from portal.core.forms.values import ALL_TYPES


@dataclass(frozen=True, slots=True)
class Option:
    """One value a person can choose, with the label of the schema (empty: the value speaks for itself)."""

    value: Any
    label: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Subschemas that apply when ``test`` holds or ``key`` is present."""

    number: int
    then: Sub | None
    otherwise: Sub | None = None
    test: Sub | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to fill in a place."""

    title: str
    sub: Sub
    shown: tuple[Sub, ...]
    test: tuple[Sub, ...] = ()
    message: bool = False  # the title is ours, to be translated


@dataclass(frozen=True, slots=True)
class Choice:
    """Variants of which one applies: by the value of a property (the discriminator), else by a control.

    ``by_type`` marks the kinds of value of a place that leaves them open; ``usual`` is the variant of an empty place.
    """

    number: int
    variants: tuple[Variant, ...]
    discriminator: str = ""
    by_type: bool = False
    usual: int | None = None


@dataclass(slots=True)
class Node:
    """The merged presentation of one place."""

    key: tuple[int, ...]
    subs: tuple[Sub, ...]
    types: frozenset[str] = ALL_TYPES
    options: tuple[Option, ...] | None = None
    properties: dict[str, tuple[Sub, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False
    entries: Sub | None = None
    entry_patterns: tuple[tuple[str, Sub], ...] = ()
    items: tuple[Sub, ...] = ()
    prefix: tuple[tuple[Sub, ...], ...] = ()
    conditions: tuple[Condition, ...] = ()
    choices: tuple[Choice, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    keywords: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "json"
    never: bool = False
    anything: bool = (
        False  # a list or a group of which the schema says nothing: entries and items are implied
    )
    tokens: Any = None

    @property
    def nullable(self) -> bool:
        """Tell whether null is one of the declared types."""
        return "null" in self.types and self.types != ALL_TYPES

    @property
    def dynamic(self) -> bool:
        """Tell whether what is shown depends on the data."""
        return bool(self.conditions or self.choices)


class Nodes(Protocol):
    """The nodes of one document and its helper schemas, as merging asks for them."""

    @property
    def document(self) -> SchemaDocument:
        """Return the document."""
        ...

    def node(self, subs: Sequence[Sub], decided: frozenset[int] = ...) -> Node:
        """Return the node of ``subs``."""
        ...

    def flatten(self, subs: Iterable[Sub]) -> Iterator[Sub]:
        """Yield the schemas that apply unconditionally."""
        ...

    def variant_subs(self, sub: Sub, without: str) -> tuple[Sub, ...]:
        """Return a variant without its discriminator."""
        ...

    def made(self, parent: Sub, purpose: str, schema: Mapping[str, Any]) -> Sub:
        """Return a helper schema."""
        ...
