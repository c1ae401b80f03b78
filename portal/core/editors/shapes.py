"""The shapes of what a format says: groups, lists, maps, alternatives and single values.

A shape is what an editor needs to know of a place of a format. It is read from the JSON Schema of the format
(``reading``); controls (``controls``), the values of a page (``converting``) and the pages (``places``) follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from portal.core.packs.places import NAMED_BY

Kind = str  # group, list, map, union, text, choice, line, number, whole; again: a shape that holds itself
__all__ = ["KEY", "NAMED_BY", "TAG", "VALUE", "Alternative", "Member", "Shape", "inside", "slot", "walk"]
TAG, VALUE, KEY = "is", "value", "named"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group."""

    name: str
    shape: Shape
    required: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several shapes of a place; ``tag`` is the word by which a page tells it from the others."""

    tag: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands at a place of a format.

    ``path`` is the place in the format, ``*`` for any name or number; words are found by it. ``ref`` names what a
    value chooses among. ``discriminator`` is the member whose constant tells the alternatives of a union apart.
    """

    kind: Kind
    path: str
    members: tuple[Member, ...] = ()
    item: Shape | None = None  # of a list or a map
    key: Shape | None = None  # of a map: what names may be
    alternatives: tuple[Alternative, ...] = ()
    options: tuple[Any, ...] = ()
    types: frozenset[str] = frozenset()
    discriminator: str = ""
    name: str = ""  # of a shape that holds itself
    ref: str = ""
    merge: str = ""
    limits: dict[str, Any] = field(default_factory=dict)
    description: str = ""
    paged: bool = False  # a map whose entries have a page each, though they are single values

    def member(self, name: str) -> Shape | None:
        """Return the shape of a member of a group."""
        return next((one.shape for one in self.members if one.name == name), None)


def slot(tag: str, name: str = VALUE) -> str:
    """Return the name in a form of a member of an alternative: no two alternatives share one."""
    return f"{tag}.{name}"


def walk(shape: Shape) -> Iterator[Shape]:
    """Yield a shape and all that stand in it."""
    yield shape
    for inner in inside(shape):
        yield from walk(inner)


def inside(shape: Shape) -> Iterator[Shape]:
    """Yield the shapes right within a shape."""
    yield from (one.shape for one in shape.members)
    yield from (one.shape for one in shape.alternatives)
    if shape.key is not None:
        yield shape.key
    if shape.item is not None:
        yield shape.item
