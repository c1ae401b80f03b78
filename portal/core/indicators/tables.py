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

from portal.core.indicators.crossing import widths
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

    Of the centres all tables together leave out the same matters: so a class that one tells says nothing of what
    another one left out, and each can be looked at for itself.
    """
    sums: Counter[str] = Counter()
    for row in rows.values():
        sums.update(row)
    types = {kind for kind, number in sums.items() if number}
    unlike = {tuple(sorted((kind, of.get(kind, "")) for kind in types)) for of in tables.values()}
    found = [_Table(dict(of), rows) for of in sorted(unlike)]
    whole = _whole(found, sums, minimum)
    said = {key: _classes(of, whole, found) for key, of in tables.items()}
    if any(0 < sum(row.values()) < minimum for row in rows.values()):
        return LeftOut(said, None)
    start = {
        kind for one, names in zip(found, whole, strict=True) for name in names for kind in one.types[name]
    }
    centres = _same(
        found,
        start.union(*(one.small(minimum) for one in found)),
        lambda one, names: one.follows(names, minimum),
    )
    if centres is None:
        return LeftOut(said, None)
    return LeftOut(
        said, {key: _classes(of, [one.hidden(centres) for one in found], found) for key, of in tables.items()}
    )


def _classes(of: Mapping[str, str], hidden: Sequence[Set[str]], found: Sequence[_Table]) -> frozenset[str]:
    """Return what is not told of a table, as it was found for the one that is like it."""
    for one, names in zip(found, hidden, strict=True):
        if all(of.get(kind, "") == name for kind, name in one.of.items()):
            return frozenset(names)
    raise KeyError(of)


def _whole(tables: Sequence[_Table], sums: Mapping[str, int], minimum: int) -> list[Set[str]]:
    """Return of each table the classes of the whole that are not told."""
    small = [{name for name, number in one.sums.items() if number < minimum} for one in tables]
    if len(tables) > 2:
        # What three tables tell of each other is not worked out: they leave out the same matters.
        start = {
            kind
            for one, names in zip(tables, small, strict=True)
            for name in names
            for kind in one.types[name]
        }
        types = _same(tables, start, lambda one, names: one.is_open(names, minimum))
        return [one.hidden(types if types is not None else set(one.of)) for one in tables]
    first, second = (
        tables[0],
        tables[-1] if len(tables) > 1 else _Table(dict.fromkeys(tables[0].of, ""), {0: sums}),
    )
    hidden: list[Set[str]] = [small[0], small[1] if len(tables) > 1 else set()]
    pairs: Counter[tuple[str, str]] = Counter()
    for kind in first.of:
        pairs[first.of[kind], second.of[kind]] += sums[kind]
    while any(hidden):
        known = [
            at
            for at, wide in enumerate(widths(pairs, hidden[0], hidden[1]))
            if any(number < minimum for number in wide.values())
        ]
        if not known:
            break
        # One more of the table that tells too much, or of the other one where that has no more.
        order = (known[0], 1 - known[0])[: len(tables)]
        more = [(at, name) for at in order for name in (first, second)[at].next(hidden[at])]
        if not more or more[0][0] >= len(tables):
            return [set(one.types) for one in tables]
        hidden[more[0][0]] = hidden[more[0][0]] | {more[0][1]}
    return hidden[: len(tables)]


class _Table:
    """The classes of one table that have matters, as rows of centres."""

    def __init__(self, of: Mapping[str, str], rows: Rows) -> None:
        self.of = of
        self.types: dict[str, set[str]] = {}
        for kind, name in of.items():
            self.types.setdefault(name, set()).add(kind)
        self.rows = {
            key: {name: sum(row.get(kind, 0) for kind in some) for name, some in self.types.items()}
            for key, row in rows.items()
        }
        self.sums = {name: sum(row[name] for row in self.rows.values()) for name in self.types}

    def hidden(self, types: Set[str]) -> Set[str]:
        """Return the classes into which some of the types fall."""
        return {name for name, some in self.types.items() if some & types}

    def small(self, minimum: int) -> set[str]:
        """Return the types of the classes that are small at a centre."""
        names = {name for row in self.rows.values() for name, number in row.items() if 0 < number < minimum}
        return {kind for name in names for kind in self.types[name]}

    def next(self, hidden: Set[str]) -> list[str]:
        """Return the smallest class that is still told; none where there is none."""
        return sorted(self.types.keys() - hidden, key=lambda name: (self.sums[name], name))[:1]

    def is_open(self, hidden: Set[str], minimum: int) -> bool:
        """Tell whether of the whole what is not told is known too closely."""
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


def _same(
    tables: Sequence[_Table], types: Iterable[str], is_known: Callable[[_Table, Set[str]], bool]
) -> set[str] | None:
    """Return types that all tables leave out, with more until nothing is known; None where all are not enough."""
    found = set(types)
    while found:
        more = {kind for one in tables for name in one.hidden(found) for kind in one.types[name]} - found
        if not more:
            known = [one for one in tables if is_known(one, one.hidden(found))]
            if not known:
                return found
            more = {kind for name in known[0].next(known[0].hidden(found)) for kind in known[0].types[name]}
            if not more:
                return None
        found |= more
    return found
