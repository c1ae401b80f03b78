"""The value of a place where nothing is, and the comparison of values as JSON."""

from __future__ import annotations

from typing import Any

from portal.core.canonical import canonical, digest
from portal.core.packs.merge import ABSENT

__all__ = ["ABSENT", "digest_of", "is_part", "same", "sort_of"]


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON, or both absent; ``1`` and ``true`` differ."""
    if one is other:
        return True
    if one is ABSENT or other is ABSENT or one != other:
        return False
    return canonical(one) == canonical(other)


def is_part(value: Any, whole: Any) -> bool:
    """Tell whether a map is another one with nothing changed and some things removed."""
    if not isinstance(value, dict) or not isinstance(whole, dict):
        return False
    return all(
        name in whole and (same(member, whole[name]) or is_part(member, whole[name]))
        for name, member in value.items()
    )


def digest_of(value: Any) -> str:
    """Return the digest of a value; the empty text where nothing is."""
    return "" if value is ABSENT else digest(value)


def sort_of(value: Any) -> str:
    """Name the sort of a value as far as two of one sort can be changed into one another."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list):
        return "list"
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "null"
