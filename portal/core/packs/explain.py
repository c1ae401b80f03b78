"""Explaining: what each pack of a chain makes of one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.packs import formats
from portal.core.packs.chains import Layers
from portal.core.packs.merge import merge
from portal.core.packs.source import PackLibrary

NOTHING = object()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one pack does to a value: the value as it stands after this pack; absent when it removed it."""

    pack: str
    file: str
    present: bool
    value: Any


def explain(library: PackLibrary, pack_id: str, pointer: str) -> list[Explanation]:
    """Return, foundation first, each pack of the chain that sets, changes or removes ``pointer``."""
    chain, _ = Layers(library).chain(pack_id)
    bundle: Any = {}
    before: Any = NOTHING
    found = []
    for layer in chain:
        bundle = merge(bundle, dict(layer.content))
        value = pointers.get(bundle, pointer, NOTHING)
        if not _same(before, value):
            file, _ = formats.locate(layer.id, pointer) or ("", pointer)
            found.append(
                Explanation(layer.id, file, value is not NOTHING, None if value is NOTHING else value)
            )
        before = value
    return found


def _same(one: Any, other: Any) -> bool:
    if one is NOTHING or other is NOTHING:
        return one is other
    return canonical(one) == canonical(other)
