"""Overlay merge: JSON Merge Patch (RFC 7396) with one extension, the editing of lists.

Maps merge, ``null`` deletes, everything else replaces. Where the lower value is a list, a patch value
``{"$add": [...], "$remove": [...]}`` edits it instead of replacing it: ``$remove`` names entries as the list's merge
type says, ``$add`` appends an entry, or puts it in the place of the one that has its key.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

from portal.core.canonical import canonical
from portal.core.packs.list_edits import is_list_edit
from portal.core.packs.merge_types import merge_type
from portal.core.pointer import escape

TouchKind = Literal["set", "remove", "edit", "same", "nothing_to_remove", "not_in_list", "no_list"]
# Those that change nothing.
IDLE: frozenset[TouchKind] = frozenset({"same", "nothing_to_remove", "not_in_list"})
# Those by which a layer says something of its own.
SAYS: frozenset[TouchKind] = frozenset({"set", "remove", "edit"})
Touch = Callable[[TouchKind, str], None]


class _Absent(Enum):
    """The one mark of a place without a value; ``null`` is a value inside of lists."""

    ABSENT = "absent"


ABSENT: Any = _Absent.ABSENT


def merge(lower: Any, patch: Any, *, at: str = "", touch: Touch = lambda kind, pointer: None) -> Any:
    """Return ``lower`` changed by ``patch``; neither is modified.

    ``touch`` is told what the patch does and where: so origins and locked paths need no second walk.
    """
    if is_list_edit(patch):
        return _edit(lower, patch, at, touch)
    if not isinstance(patch, dict):
        touch("same" if _same(lower, patch) else "set", at)
        return patch
    if not isinstance(lower, dict):
        touch("set", at)
        lower = {}
    result = dict(lower)
    for key, value in patch.items():
        where = f"{at}/{escape(key)}"
        if value is not None:
            result[key] = merge(result.get(key, ABSENT), value, at=where, touch=touch)
        elif key in result:
            del result[key]
            touch("remove", where)
        else:
            touch("nothing_to_remove", where)
    return result


def _edit(lower: Any, edit: dict[str, list[Any]], at: str, touch: Touch) -> list[Any]:
    if not isinstance(lower, list):
        touch("no_list", at)
        lower = []
    known = merge_type(at)
    kept = list(lower)
    missed = False
    for unwanted in edit.get("$remove", ()):
        remaining = [item for item in kept if not known.names(unwanted, item)]
        missed |= len(remaining) == len(kept)
        kept = remaining
    for wanted in edit.get("$add", ()):
        at_place = [place for place, item in enumerate(kept) if known.same_entry(item, wanted)]
        if at_place:
            kept[at_place[0]] = wanted
        else:
            kept.append(wanted)
    if missed:
        touch("not_in_list", at)
    if not _same(kept, lower):
        touch("edit", at)
    elif not missed:
        touch("same", at)
    return kept


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON: ``1`` and ``true`` differ, which Python's ``==`` does not see."""
    return one is other or (one is not ABSENT and other is not ABSENT and canonical(one) == canonical(other))
