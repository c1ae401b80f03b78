"""Find the property that tells the variants of ``oneOf`` or ``anyOf`` apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.forms.document import Sub
from portal.core.forms.nodes import Node, Nodes
from portal.core.forms.values import same_number


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
        if all(_disjoint(known[i], known[j]) for i in range(len(known)) for j in range(i)):
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


def _disjoint(one: tuple[bool, list[Any]], two: tuple[bool, list[Any]]) -> bool:
    (in_one, a), (in_two, b) = one, two
    if in_one and in_two:
        return not any(same_number(x, y) for x in a for y in b)
    if in_one != in_two:
        inside, outside = (a, b) if in_one else (b, a)
        return all(any(same_number(x, y) for y in outside) for x in inside)
    return False
