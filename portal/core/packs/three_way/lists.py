"""Lists of a three-way merge: entries by their keys, the order that comes of two, and edits of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from portal.core.canonical import canonical
from portal.core.packs.merge import merge
from portal.core.packs.merge_types import MergeType, merge_type
from portal.core.packs.three_way.absent import same

Entries = dict[str, Any]


def keyed(entries: Any, known: MergeType) -> Entries:
    """Return the entries of a list by key; one that stands there again has its number added."""
    seen: Counter[str] = Counter()
    found: Entries = {}
    for entry in entries if isinstance(entries, list) else ():
        key = known.key_of(entry) or canonical(entry)
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key}#{seen[key]}"] = entry
    return found


def shared(order: Sequence[str], *others: Mapping[str, Any]) -> list[str]:
    """Return the keys of an order that all others have."""
    return [key for key in order if all(key in other for other in others)]


def arranged(
    leading: Sequence[str], following: Sequence[Sequence[str]], kept: Mapping[str, Any]
) -> list[str]:
    """Return the kept keys in the leading order, each further one after the one that it follows in its own list."""
    result = [key for key in leading if key in kept]
    for order in following:
        for index, key in enumerate(order):
            if key in kept and key not in result:
                result.insert(_place(order, index, result), key)
    return result


def _place(order: Sequence[str], index: int, result: Sequence[str]) -> int:
    if not any(key in result for key in order[index + 1 :]):
        return len(result)
    earlier = next((key for key in reversed(order[:index]) if key in result), None)
    return 0 if earlier is None else result.index(earlier) + 1


def edit_of(lower: list[Any], wanted: list[Any], where: str) -> Any:
    """Return the edit that turns a list into another one; the whole list where no edit does or nothing of it stays."""
    known = merge_type(where)
    if known.kind == "atomic":
        return wanted
    before, after = keyed(lower, known), keyed(wanted, known)
    if not before.keys() & after.keys():
        return wanted
    gone = [known.naming(entry) for key, entry in before.items() if key not in after]
    new = [entry for key, entry in after.items() if key not in before or not same(entry, before[key])]
    edit = {name: entries for name, entries in (("$remove", gone), ("$add", new)) if entries}
    return edit if edit and same(merge(lower, edit, at=where), wanted) else wanted
