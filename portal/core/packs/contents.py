"""What packs carry beside the bundle: stories of their own, and the divisions of the whole chain."""

from __future__ import annotations

from typing import Any

from portal.core.divisions import Division, read_divisions
from portal.core.errors import Problem
from portal.core.packs import formats
from portal.core.packs.chains import Layers
from portal.core.packs.layer import Layer
from portal.core.packs.source import PackLibrary


def stories(library: PackLibrary, pack_id: str) -> dict[str, Any]:
    """Return the pack's own stories by file name; stories are not inherited."""
    layer = Layers(library).get(pack_id)
    return dict(layer.stories) if layer else {}


def divisions(library: PackLibrary, pack_id: str) -> list[Division]:
    """Return the divisions known to a pack: those of its whole chain, the pack's own row winning."""
    chain, _ = Layers(library).chain(pack_id)
    return divisions_of(chain)[0]


def divisions_of(chain: list[Layer] | tuple[Layer, ...]) -> tuple[list[Division], list[Problem]]:
    """Return the divisions of a chain of layers, and what is wrong with their tables."""
    rows: dict[str, Division] = {}
    problems: list[Problem] = []
    for layer in chain:
        if layer.divisions is not None:
            found, faults = read_divisions(layer.divisions, file=f"seed/{layer.id}/{formats.DIVISIONS}")
            rows.update((row.code, row) for row in found)
            problems.extend(faults)
    return list(rows.values()), problems
