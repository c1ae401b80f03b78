"""Property-level differences between two bundles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from portal.core.canonical import canonical
from portal.core.pointer import escape

Kind = Literal["added", "removed", "changed"]
ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that two bundles do not share."""

    kind: Kind
    pointer: str
    before: Any = None
    after: Any = None


def diff(before: Any, after: Any, *, at: str = "") -> list[Change]:
    """Return what turns ``before`` into ``after``; maps are compared key by key, lists as a whole."""
    return list(_differences(before, after, at))


def _differences(before: Any, after: Any, at: str) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            where = f"{at}/{escape(key)}"
            if key not in after:
                yield Change(REMOVED, where, before[key])
            elif key not in before:
                yield Change(ADDED, where, None, after[key])
            else:
                yield from _differences(before[key], after[key], where)
    elif canonical(before) != canonical(after):
        yield Change(CHANGED, at, before, after)
