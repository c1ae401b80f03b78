"""Find what tells variants apart: a property of ``oneOf`` or ``anyOf``, or the kind of value of an open place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.errors import msg
from portal.core.forms.document import Sub
from portal.core.forms.nodes import Choice, Node, Nodes, Variant
from portal.core.forms.values import number_key

_TYPE_TITLES = {
    "string": msg("Text"),
    "number": msg("A number"),
    "integer": msg("A whole number"),
    "boolean": msg("Yes or no"),
    "array": msg("Several entries"),
    "object": msg("Named entries"),
    "null": msg("Nothing"),
}


@dataclass(frozen=True, slots=True)
class Discriminator:
    """The property that tells variants apart, the values they name, and whether there can be no others."""

    name: str
    values: list[Any]
    complete: bool


def discriminator(nodes: Sequence[Node], forge: Nodes) -> Discriminator | None:
    """Return the property whose values differ between all variants, if there is one."""
    for name in nodes[0].properties:
        if not all(node.properties.get(name) for node in nodes):
            continue
        sets = [_value_set(node.properties[name], forge) for node in nodes]
        known = [s for s in sets if s is not None]
        if len(known) < len(sets):
            continue
        if _all_disjoint([(inside, frozenset(map(number_key, values))) for inside, values in known]):
            values = [value for inside, values in known if inside for value in values]
            return Discriminator(name, values, all(inside for inside, _ in known))
    return None


def _value_set(members: Sequence[Sub], forge: Nodes) -> tuple[bool, list[Any]] | None:
    for flat in forge.flatten(members):
        schema = flat.schema
        if not isinstance(schema, Mapping):
            continue
        if "const" in schema:
            return True, [schema["const"]]
        if isinstance(schema.get("enum"), list):
            return True, schema["enum"]
        inner = schema.get("not")
        if isinstance(inner, Mapping) and isinstance(inner.get("enum"), list):
            return False, inner["enum"]
        if isinstance(inner, Mapping) and "const" in inner:
            return False, [inner["const"]]
    return None


def _disjoint(one: tuple[bool, frozenset[object]], two: tuple[bool, frozenset[object]]) -> bool:
    (in_one, a), (in_two, b) = one, two
    if in_one and in_two:
        return a.isdisjoint(b)
    if in_one != in_two:
        return a <= b if in_one else b <= a
    return False


def _all_disjoint(sets: Sequence[tuple[bool, frozenset[object]]]) -> bool:
    if all(inside for inside, _ in sets):
        return len(frozenset[object]().union(*(keys for _, keys in sets))) == sum(len(k) for _, k in sets)
    return all(_disjoint(sets[i], sets[j]) for i in range(len(sets)) for j in range(i))


def by_type(forge: Nodes, types: Iterable[str]) -> Choice:
    """Return the choice among kinds of value; an empty place begins with a text where one is possible."""
    top = forge.document.top
    allowed = set(types) - ({"integer"} if "number" in types else set())
    names = [name for name in _TYPE_TITLES if name in allowed]
    made = {name: forge.made(top, f"type {name}", {"type": name}) for name in names}
    variants = tuple(Variant(_TYPE_TITLES[n], sub, (sub,), message=True) for n, sub in made.items())
    usual = 0 if names[0] in ("string", "number", "integer") else None
    return Choice(id(forge.made(top, "types", {}).schema), variants, by_type=True, usual=usual)
