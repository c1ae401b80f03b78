"""Identifiers of things: made from their names, and changed together with all that names them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.editors.choices import area_names
from portal.core.editors.converting import parts, whole
from portal.core.editors.places import area_shape, areas
from portal.core.editors.shapes import Shape
from portal.core.layout.model import PLACES
from portal.core.picking import Spelling

_LONGEST = 40
_WORD = re.compile(r"[a-z0-9]+")
# Things of a map of the bundle: what references call them, where that is not what the map is called.
_REFS: Mapping[str, str] = {
    "/rules": "rule_sets",
    "/lifecycles/*/stages": "stages",
    "/lifecycles/*/transitions": "steps",
    "/taxonomies/*/terms": "terms",
    "/rules/*/parameters": "parameters",
    "/rules/*/inputs": "fields",
    "/forms/*/ui/sections": "sections",
    "/settings/archive/classes": "retention_classes",
    **{f"/layout/{name}": name for name in PLACES.values()},
}
_WITHIN_ONE = frozenset(ref for pattern, ref in _REFS.items() if "*" in pattern and ref != "terms")
_ALSO = {"forms": ("entities", "grant_entities"), "parameters": ("lists",)}


def identifier(title: str, taken: Collection[str], spelling: Spelling, start: str = "item") -> str:
    """Return an identifier for a name, by its pinyin; another one where it is taken already."""
    said = " ".join(readings[0] if readings else "" for readings in spelling(title.lower()))
    joined = "".join(char if char.isascii() and char.isalnum() else " " for char in _spaced(title, said))
    name = "_".join(_WORD.findall(joined))[:_LONGEST].strip("_")
    if not name or not name[0].isalpha():
        name = f"{start}_{name}" if name else start
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _spaced(title: str, said: str) -> str:
    """Return a title of Latin letters as it is written, any other as it is said."""
    return title.lower() if title.isascii() else said


def ref_of(pointer: str) -> str:
    """Return what references call the things of a map of the bundle; empty where nothing names them."""
    found = pointers.split(pointer)
    for pattern, ref in _REFS.items():
        parts = pointers.split(pattern)
        if len(parts) == len(found) and all(p in ("*", f) for p, f in zip(parts, found, strict=True)):
            return ref
    return found[0] if len(found) == 1 and found[0] in area_names() else ""


def uses(document: Mapping[str, Any], pointer: str) -> list[str]:
    """Return each place that names the thing at a pointer, so that it can be told or changed."""
    above, _, last = pointer.rpartition("/")
    ref = ref_of(above)
    key = pointers.split(f"/{last}")[0]
    wanted = {ref, *_ALSO.get(ref, ())}
    within = pointers.split(pointer)[:2] if ref in _WITHIN_ONE else []
    found: list[str] = []
    for section in areas():
        shape = area_shape(section)
        if ref and shape is not None and section in document and within[:1] in ([], [section]):
            found += _named(shape, document[section], f"/{section}", wanted, key)
    start = pointers.join(within) + "/" if within else "/"
    return [where for where in found if where.startswith(start)]


def _named(shape: Shape, value: Any, at: str, refs: set[str], key: str) -> Iterator[str]:
    shape = whole(shape)
    if shape.kind == "line" and shape.ref in refs and value == key:
        yield at
    if shape.kind == "map" and shape.key is not None and isinstance(value, Mapping):
        if shape.key.ref in refs and key in value:
            yield pointers.join([key], at) + "~key"
        for name, one in value.items():
            if shape.item is not None:
                yield from _named(shape.item, one, pointers.join([name], at), refs, key)
    elif shape.kind == "list" and isinstance(value, list) and shape.item is not None:
        for number, one in enumerate(value):
            yield from _named(shape.item, one, f"{at}/{number}", refs, key)
    elif shape.kind == "group" and isinstance(value, Mapping):
        for member in shape.members:
            if member.name in value:
                where = pointers.join([member.name], at)
                yield from _named(member.shape, value[member.name], where, refs, key)
    else:
        for inner, one in parts(shape, value):
            yield from _named(inner, one, at, refs, key)


def renamed(document: Mapping[str, Any], pointer: str, key: str, version: str) -> dict[str, Any]:
    """Return a document in which a thing has another identifier, in all that names it too; it is told as moved."""
    above = pointer.rpartition("/")[0]
    target = pointers.join([key], above)
    changed: Any = document
    for where in uses(document, pointer):
        if where.endswith("~key"):
            changed = _with_key(changed, where.removesuffix("~key"), key)
        else:
            changed = pointers.put(changed, where, key)
    changed = _with_key(changed, pointer, key)
    moved = [*pointers.get(changed, "/pack/moved", []), {"from": pointer, "to": target, "in": version}]
    result: dict[str, Any] = pointers.put(changed, "/pack/moved", moved)
    return result


def _with_key(document: Any, pointer: str, key: str) -> Any:
    above, _, last = pointer.rpartition("/")
    old = pointers.split(f"/{last}")[0]
    holder = pointers.get(document, above)
    return pointers.put(document, above, {key if name == old else name: one for name, one in holder.items()})
