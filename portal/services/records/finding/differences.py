"""Compare versions of a record's data, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.pointer import leaves

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field in three versions; ``clash`` when both sides changed it, differently."""

    pointer: str
    base: Any
    current: Any
    submitted: Any
    clash: bool


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields that differ, by pointer. Lists are compared as a whole."""
    old, new = dict(leaves(before)), dict(leaves(after))
    pointers = [*old, *(pointer for pointer in new if pointer not in old)]
    return {p: (old.get(p), new.get(p)) for p in pointers if old.get(p, _ABSENT) != new.get(p, _ABSENT)}


def three_way(
    base: Mapping[str, Any], current: Mapping[str, Any], submitted: Mapping[str, Any]
) -> list[FieldDiff]:
    """Return every field that one side or the other changed since ``base``."""
    theirs, ours = changed(base, current), changed(base, submitted)
    old, now, mine = dict(leaves(base)), dict(leaves(current)), dict(leaves(submitted))
    return [
        FieldDiff(
            p, old.get(p), now.get(p), mine.get(p), p in theirs and p in ours and now.get(p) != mine.get(p)
        )
        for p in dict.fromkeys([*theirs, *ours])
    ]


def halves(changes: Mapping[str, tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return before and after of a set of changes, for the audit."""
    return {p: old for p, (old, _) in changes.items()}, {p: new for p, (_, new) in changes.items()}
