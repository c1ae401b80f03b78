"""Which pack of a chain declares a field that lists filter and sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.core import pointer as pointers
from portal.core.packs.layer import Layer
from portal.core.packs.merge import merge


def declaring_units(chain: Sequence[Layer]) -> dict[str, dict[str, str | None]]:
    """Return the unit of the pack that adds each entry of ``entity.index``, by entity type and pointer.

    The chain begins with the foundation. An entry that a pack takes out and another one below declares again
    belongs to the latter.
    """
    found: dict[str, dict[str, str | None]] = {}
    merged: dict[str, Any] = {}
    for layer in chain:
        forms = layer.content.get("forms")
        for etype, form in (forms if isinstance(forms, dict) else {}).items():
            entity = form.get("entity") if isinstance(form, dict) else None
            if not isinstance(entity, dict) or entity.get("index") is None:
                continue
            at = pointers.join(["forms", etype, "entity", "index"])
            merged[etype] = merge(merged.get(etype, []), entity["index"], at=at)
            before = found.get(etype, {})
            found[etype] = {
                pointer: before.get(pointer, layer.manifest.unit)
                for pointer in merged[etype]
                if isinstance(pointer, str)
            }
    return found
