"""Tables that others ask for: matters by the classes of a table of the pack, and which classes leave the portal.

A class is told for the centres of a city only where it is small at none of them. Those that are not told form whole
columns of which the sums of rows and columns are known, so that what follows of one cell is known exactly: it lies
between the larger of nothing and row + column - whole, and the smaller of row and column. That holds for several
tables of the same matters as well where all leave out the same matters: however the cells of one are filled, those of
the others can be filled to match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from portal.core.indicators.suppression import MINIMUM
from portal.core.text import Text

Rows = Mapping[int, Mapping[str, int]]
# By table: into which class each dispute type falls.
Falls = Mapping[str, Mapping[str, str]]


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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """By table the classes that are not told: of the whole, and of each centre; None where of those nothing is told."""

    whole: Mapping[str, frozenset[str]]
    centres: Mapping[str, frozenset[str]] | None


def left_out_of_tables(rows: Rows, tables: Falls, minimum: int = MINIMUM) -> LeftOut:
    """Return what is not told of tables of the same matters: ``rows`` are dispute types by centre.

    In all of them together the same matters are left out: so a class that one tells says nothing of what another one
    left out, and each can be looked at for itself.
    """
    sums: Counter[str] = Counter()
    for row in rows.values():
        sums.update(row)
    types = {kind for kind, number in sums.items() if number}
    found = [_Table(of, rows, types) for of in tables.values()]
    small = {
        kind for one in found for name, some in one.types.items() if one.sums[name] < minimum for kind in some
    }
    whole = _enough(found, small, lambda one, hidden: one.is_open(hidden, minimum))
    whole = types if whole is None else whole
    said = {key: one.hidden(whole) for key, one in zip(tables, found, strict=True)}
    if any(0 < sum(row.values()) < minimum for row in rows.values()):
        return LeftOut(said, None)
    start = whole.union(*(one.small(minimum) for one in found))
    centres = _enough(found, start, lambda one, hidden: one.follows(hidden, minimum))
    if centres is None:
        return LeftOut(said, None)
    return LeftOut(said, {key: one.hidden(centres) for key, one in zip(tables, found, strict=True)})


class _Table:
    """The classes of one table that have matters, as rows of centres."""

    def __init__(self, of: Mapping[str, str], rows: Rows, types: Iterable[str]) -> None:
        self.types: dict[str, set[str]] = {}
        for kind in types:
            self.types.setdefault(of.get(kind, ""), set()).add(kind)
        self.rows = {
            key: {name: sum(row.get(kind, 0) for kind in some) for name, some in self.types.items()}
            for key, row in rows.items()
        }
        self.sums = {name: sum(row[name] for row in self.rows.values()) for name in self.types}

    def hidden(self, types: Set[str]) -> frozenset[str]:
        """Return the classes into which some of the types fall."""
        return frozenset(name for name, some in self.types.items() if some & types)

    def small(self, minimum: int) -> set[str]:
        """Return the types of the classes that are small at a centre."""
        names = {name for row in self.rows.values() for name, number in row.items() if 0 < number < minimum}
        return {kind for name in names for kind in self.types[name]}

    def next(self, hidden: Set[str]) -> set[str]:
        """Return the types of the smallest class that is still told; none where there is none."""
        rest = sorted((number, name) for name, number in self.sums.items() if name not in hidden)
        return self.types[rest[0][1]] if rest else set()

    def is_open(self, hidden: Set[str], minimum: int) -> bool:
        """Tell whether what is left out of the whole is known too closely."""
        return len(hidden) < 2 or sum(self.sums[name] for name in hidden) < minimum

    def follows(self, hidden: Set[str], minimum: int) -> bool:
        """Tell whether a cell that is not told is known more closely than the minimum."""
        across = {key: sum(row[name] for name in hidden) for key, row in self.rows.items()}
        whole = sum(across.values())
        for key, row in self.rows.items():
            for name in hidden:
                low = max(0, across[key] + self.sums[name] - whole)
                if row[name] and min(across[key], self.sums[name]) - low < minimum:
                    return True
        return False


def _enough(
    tables: Sequence[_Table], types: Iterable[str], is_known: Callable[[_Table, frozenset[str]], bool]
) -> set[str] | None:
    """Return types to leave out, with more until nothing is known of them; None where all would not be enough."""
    found = set(types)
    while found:
        more = {kind for one in tables for name in one.hidden(found) for kind in one.types[name]} - found
        if not more:
            known = [one for one in tables if is_known(one, one.hidden(found))]
            if not known:
                return found
            more = known[0].next(known[0].hidden(found))
            if not more:
                return None
        found |= more
    return found
