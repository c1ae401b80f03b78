"""Deriving a layer: the smallest patch that turns what a parent says into what a draft says.

What was in the layer before and still gives the same stays as it was written: a layer that nobody changed is derived
unchanged. A value equal to the parent's is no override, unless the layer had it before and nobody touched it.
"""

from __future__ import annotations

from typing import Any

from portal.core.canonical import canonical
from portal.core.packs.list_edits import is_list_edit
from portal.core.packs.merge import ABSENT, merge
from portal.core.packs.merge_types import merge_type
from portal.core.pointer import escape


def derive(lower: Any, old: Any, target: Any, at: str = "") -> Any:
    """Return the patch that merges ``lower`` into ``target``; ABSENT where nothing has to be said.

    ``old`` is the patch that the layer had here, ABSENT for none. Maps of ``target`` hold no null and no list edit.
    """
    if _same(_merged(lower, old, at), target):
        return old
    if target is ABSENT:
        return None
    if _same(lower, target):
        return ABSENT
    if isinstance(target, dict):
        return _derive_map(lower, old, target, at)
    if isinstance(target, list) and isinstance(lower, list):
        return _derive_list(lower, target, at)
    return target


def _merged(lower: Any, old: Any, at: str) -> Any:
    if old is ABSENT:
        return lower
    return ABSENT if old is None else merge(lower, old, at=at)


def _derive_map(lower: Any, old: Any, target: dict[str, Any], at: str) -> dict[str, Any]:
    below = lower if isinstance(lower, dict) else {}
    before = old if isinstance(old, dict) and not is_list_edit(old) else {}
    found = {}
    for key in dict.fromkeys((*before, *target, *below)):
        patch = derive(
            below.get(key, ABSENT),
            before.get(key, ABSENT),
            target.get(key, ABSENT),
            f"{at}/{escape(key)}",
        )
        if patch is not ABSENT:
            found[key] = patch
    return found


def _derive_list(lower: list[Any], target: list[Any], at: str) -> Any:
    """Return an edit of the list where that gives the same and says less; else the whole list."""
    known = merge_type(at)
    if known.kind == "atomic":
        return target
    removed = [entry for entry in lower if not any(known.same_entry(one, entry) for one in target)]
    added = [entry for entry in target if not any(_same(one, entry) for one in lower)]
    edit = {name: entries for name, entries in (("$add", added), ("$remove", removed)) if entries}
    if not edit or len(canonical(edit)) >= len(canonical(target)):
        return target
    return edit if _same(merge(lower, edit, at=at), target) else target


def _same(one: Any, other: Any) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return one is other or canonical(one) == canonical(other)
