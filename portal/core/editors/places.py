"""The pages of the editors: which places of a bundle have one, and what each shows.

A map of things is a list with a page for each thing; a large group is a page of its own. All else stands on the page
of what it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts.share import DEMO, PACK, STORIES
from portal.core.editors.converting import whole
from portal.core.editors.reading import shape_of
from portal.core.editors.shapes import Shape
from portal.core.packs import formats
from portal.core.table import revision

# What a pack has beside its share of the bundle: the format of each, and whether there are several.
_OWN = {PACK: ("pack", False), STORIES: ("story", True), DEMO: ("demo", True)}
_MANY = 8  # members of a group that is a page of its own


@dataclass(frozen=True, slots=True)
class Part:
    """What is reached from a page by a link: things of a map, or a group with a page of its own."""

    name: str
    shape: Shape

    @property
    def things(self) -> bool:
        """Tell whether it is a list of things."""
        return self.shape.kind == "map"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the shape of what its form shows, and the parts that have pages of their own."""

    pointer: str
    shape: Shape  # of the whole
    form: Shape | None  # of what stands on this page; None where there is only a list
    parts: tuple[Part, ...] = ()
    things: Shape | None = None  # of each thing, where this is a list of them


def areas() -> tuple[str, ...]:
    """Return the parts of a bundle that editors show, in order."""
    return (*(fmt.section for fmt in formats.FORMATS if fmt.section), *_OWN)


def area_shape(section: str) -> Shape | None:
    """Return the shape of a part of the bundle."""
    return _area(section, revision())


@cache
def _area(section: str, _revision: int) -> Shape | None:
    fmt = formats.by_section(section)
    schema, keyed = (fmt.schema, fmt.keyed) if fmt is not None else _OWN.get(section, ("", False))
    if not schema:
        return None
    shape = shape_of(schema)
    if not keyed:
        return shape
    key = Shape("line", f"{schema}:~name", types=frozenset({"string"}), limits={"pattern": _FILE_ID})
    return Shape("map", f"{schema}:", key=key, item=shape, paged=True)


_FILE_ID = "^[A-Za-z][A-Za-z0-9_]*$"


def shape_at(pointer: str) -> Shape | None:
    """Return the shape of a place of a bundle; None for a place that has no page of its own."""
    section, *rest = pointers.split(pointer) or [""]
    shape = area_shape(section)
    for part in rest:
        if shape is None:
            return None
        if _is_things(shape):
            shape = whole(shape.item) if shape.item is not None else None
        else:
            found = shape.member(part) if shape.kind == "group" else None
            shape = whole(found) if found is not None and _own_page(found) else None
    return shape


def page_at(pointer: str) -> Page | None:
    """Return the page of a place of a bundle."""
    shape = shape_at(pointer)
    if shape is None:
        return None
    if _is_things(shape):
        return Page(pointer, shape, None, (), whole(shape.item) if shape.item is not None else None)
    if shape.kind != "group":
        return Page(pointer, shape, shape)
    parts = tuple(Part(one.name, whole(one.shape)) for one in shape.members if _own_page(one.shape))
    away = {part.name for part in parts}
    left = tuple(one for one in shape.members if one.name not in away)
    return Page(pointer, shape, replace(shape, members=left) if left else None, parts)


def pages_in(bundle: Mapping[str, Any]) -> Iterator[Page]:
    """Yield the page of each place of a bundle that has one and holds a value."""
    for section in areas():
        if section in bundle:
            yield from _within(f"/{section}", bundle[section])


def _within(pointer: str, value: Any) -> Iterator[Page]:
    page = page_at(pointer)
    if page is None:
        return
    yield page
    if page.things is not None and isinstance(value, Mapping):
        for key, one in value.items():
            yield from _within(pointers.join([key], pointer), one)
    elif isinstance(value, Mapping):
        for part in page.parts:
            if part.name in value:
                yield from _within(pointers.join([part.name], pointer), value[part.name])


def _is_things(shape: Shape) -> bool:
    return shape.kind == "map" and (
        shape.paged or (shape.item is not None and whole(shape.item).kind == "group")
    )


def _own_page(shape: Shape) -> bool:
    """Tell whether a member has a page of its own: things, a large group, or a group that leads to such."""
    if shape.kind == "again":
        inner = whole(shape)
        return inner.kind == "group" and len(inner.members) > _MANY
    if _is_things(shape):
        return True
    if shape.kind != "group":
        return False
    return len(shape.members) > _MANY or any(_own_page(one.shape) for one in shape.members)
