"""Lists of a three-way merge: the keys that sides share, and the order that comes of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


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
