"""Tables that others ask for: matters by the classes of a table of the pack, and which classes leave the portal.

A class is told for the centres of a city only where it is small at none of them. Those that are not told form whole
columns of which the sums of rows and columns are known, so that what follows of one cell is known exactly: it lies
between the larger of nothing and row + column - whole, and the smaller of row and column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.indicators.suppression import MINIMUM
from portal.core.text import Text

Rows = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class ClassTable:
    """A table of classes, compiled: what each is called, and into which one each dispute type falls."""

    id: str
    title: Text
    source: Text
    rows: Mapping[str, Text]
    types: Mapping[str, str]

    def of(self, dispute_type: str, parents: Mapping[str, str]) -> str:
        """Return the class of a dispute type, by itself or by what stands above it; empty where there is none."""
        while dispute_type:
            if dispute_type in self.types:
                return self.types[dispute_type]
            dispute_type = parents.get(dispute_type, "")
        return ""


def class_tables(settings: Mapping[str, Any]) -> dict[str, ClassTable]:
    """Compile the tables of a release, those that are hidden left out."""
    raw: Mapping[str, Any] = settings.get("board", {}).get("tables", {})
    return {
        key: ClassTable(
            key,
            one["title"],
            one.get("source", ""),
            {name: row["title"] for name, row in _ordered(one["rows"])},
            {kind: name for name, row in one["rows"].items() for kind in row.get("types", ())},
        )
        for key, one in raw.items()
        if not one.get("hidden")
    }


def _ordered(rows: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(rows.items(), key=lambda pair: (pair[1].get("order", 0), pair[0]))


def untold_of_whole(classes: Mapping[str, int], minimum: int = MINIMUM) -> frozenset[str]:
    """Return the classes of one row that are not told: small ones, and others until nothing follows of them."""
    held = {name: number for name, number in classes.items() if number}
    hidden = {name for name, number in held.items() if number < minimum}
    while hidden and (len(hidden) < 2 or sum(held[name] for name in hidden) < minimum):
        rest = sorted((number, name) for name, number in held.items() if name not in hidden)
        if not rest:
            return frozenset(held)
        hidden.add(rest[0][1])
    return frozenset(hidden)


def untold_of_centres(rows: Rows, minimum: int = MINIMUM) -> frozenset[str] | None:
    """Return the classes that are told for no single centre; None where nothing of them is told at all."""
    if any(0 < sum(one.values()) < minimum for one in rows.values()):
        return None
    sums: Counter[str] = Counter()
    for one in rows.values():
        sums.update(one)
    hidden = {name for one in rows.values() for name, number in one.items() if 0 < number < minimum}
    while hidden and _follows(rows, sums, hidden, minimum):
        rest = sorted((number, name) for name, number in sums.items() if name not in hidden and number)
        if not rest:
            return None
        hidden.add(rest[0][1])
    return frozenset(hidden)


def _follows(rows: Rows, sums: Mapping[str, int], hidden: Iterable[str], minimum: int) -> bool:
    """Tell whether a cell that is not told is known more closely than the minimum."""
    names = sorted(hidden)
    across = {key: sum(one.get(name, 0) for name in names) for key, one in rows.items()}
    whole = sum(across.values())
    for key, one in rows.items():
        for name in names:
            if not one.get(name, 0):
                continue
            low = max(0, across[key] + sums[name] - whole)
            if min(across[key], sums[name]) - low < minimum:
                return True
    return False
