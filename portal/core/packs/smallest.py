"""The smallest layer that turns what a parent says into what its child is to say.

What was in the layer before and still gives the same stays as it was written: a layer that nobody changed comes out
unchanged. A value equal to the parent's is no override, unless the layer had it before and nobody touched it.
"""

from __future__ import annotations

from typing import Any

from portal.core.canonical import canonical
from portal.core.packs.list_edits import is_list_edit
from portal.core.packs.merge import ABSENT, merge
from portal.core.packs.merge_types import keyed, merge_type
from portal.core.pointer import escape


def smallest_patch(lower: Any, wanted: Any, old: Any = ABSENT, *, at: str = "") -> Any:
    """Return the patch that merges ``lower`` into ``wanted``; ABSENT where nothing has to be said.

    ``old`` is the patch that the layer had here, ABSENT for none. Maps of ``wanted`` hold no null and no list edit.
    """
    if old is not ABSENT and _same(ABSENT if old is None else merge(lower, old, at=at), wanted):
        return old
    if _same(lower, wanted):
        return ABSENT
    if wanted is ABSENT:
        return None
    if isinstance(wanted, dict):
        return _of_map(lower, wanted, old, at)
    if isinstance(wanted, list) and isinstance(lower, list):
        return _of_list(lower, wanted, at)
    return wanted


def _of_map(lower: Any, wanted: dict[str, Any], old: Any, at: str) -> dict[str, Any]:
    below = lower if isinstance(lower, dict) else {}
    before = old if isinstance(old, dict) and not is_list_edit(old) else {}
    found = {}
    for key in dict.fromkeys((*before, *wanted, *below)):
        members = [one.get(key, ABSENT) for one in (below, wanted, before)]
        patch = smallest_patch(*members, at=f"{at}/{escape(key)}")
        if patch is not ABSENT:
            found[key] = patch
    return found


def _of_list(lower: list[Any], wanted: list[Any], at: str) -> Any:
    """Return the edit that turns a list into another one; the whole list where no edit does or nothing of it stays.

    By an edit, what a later version of the parent adds to the list still reaches the layer.
    """
    known = merge_type(at)
    if known.kind == "atomic":
        return wanted
    before, after = keyed(lower, known), keyed(wanted, known)
    if not before.keys() & after.keys():
        return wanted
    # Of entries that are there several times each is named once: that means all of them.
    named = [known.naming(entry) for key, entry in before.items() if key not in after]
    gone = list({canonical(one): one for one in named}.values())
    new = [entry for key, entry in after.items() if key not in before or not _same(entry, before[key])]
    edit = {name: entries for name, entries in (("$remove", gone), ("$add", new)) if entries}
    return edit if edit and _same(merge(lower, edit, at=at), wanted) else wanted


def _same(one: Any, other: Any) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return one is other or canonical(one) == canonical(other)
