"""Order among siblings: a move changes one number, the midpoint of its new neighbours, and renumbers nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STEP = 10
ORDER = "order"
Number = int | float


def between(before: Number | None, after: Number | None) -> Number | None:
    """Return a number between two neighbours, whole where there is room; None where no number lies between."""
    if before is None and after is None:
        return STEP
    if before is None:
        return _whole_below(after)  # type: ignore[arg-type]
    if after is None:
        return int(before // 1) + STEP
    middle = (before + after) / 2
    whole = round(middle)
    if before < whole < after:
        return whole
    return middle if before < middle < after else None


def beside(siblings: Mapping[str, Any], moved: str, target: str | None) -> Number | None:
    """Return the order by which ``moved`` comes to stand before ``target``, or last where that is None.

    ``siblings`` are things by identifier. None where there is no number in between, or no such sibling.
    """
    others = [name for name in ordered(siblings) if name != moved]
    if target is None:
        return between(order_of(siblings[others[-1]]) if others else None, None)
    if target not in others:
        return None
    at = others.index(target)
    above = order_of(siblings[others[at - 1]]) if at else None
    return between(above, order_of(siblings[target]))


def ordered(siblings: Mapping[str, Any]) -> list[str]:
    """Return the identifiers of things in the order in which they stand."""
    return sorted(siblings, key=lambda name: order_of(siblings[name]))


def order_of(thing: Any) -> Number:
    """Return the number by which a thing stands among its siblings; 0 where it says none."""
    number = thing.get(ORDER) if isinstance(thing, Mapping) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else 0


def _whole_below(number: Number) -> Number:
    return int(number // 1) - STEP
