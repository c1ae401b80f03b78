"""Classes of a table that leave the portal: whatever is not told can be known no more closely than the minimum."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

from portal.core.indicators.tables import class_tables, untold_of_centres, untold_of_whole

MINIMUM = 3
NAMES = ("a", "b", "c", "d")
SETTINGS = {
    "board": {
        "tables": {
            "own": {
                "title": "x",
                "rows": {
                    "B": {"title": "b", "order": 1, "types": ["D01"]},
                    "A": {"title": "a", "types": ["D0102"]},
                },
            },
            "other": {"title": "x", "rows": {}, "hidden": True},
        }
    }
}


def test_a_type_falls_into_the_class_that_names_it_or_what_stands_above_it() -> None:
    tables = class_tables(SETTINGS)
    assert list(tables) == ["own"]
    own, parents = tables["own"], {"D0101": "D01", "D0102": "D01", "D0201": "D02"}
    assert list(own.rows) == ["A", "B"]
    assert [own.of(kind, parents) for kind in ("D01", "D0101", "D0102", "D0201", "")] == [
        "B",
        "B",
        "A",
        "",
        "",
    ]


def test_of_one_row_small_classes_are_hidden_with_others() -> None:
    assert untold_of_whole({"a": 9, "b": 7, "c": 0}) == frozenset()
    assert untold_of_whole({"a": 9, "b": 7, "c": 2}) == {"b", "c"}
    assert untold_of_whole({"a": 9, "b": 1, "c": 2}) == {"a", "b", "c"}
    assert untold_of_whole({"a": 9, "b": 3, "c": 2, "d": 0}) == {"b", "c"}
    assert untold_of_whole({"a": 2}) == {"a"}


def filled(sums: list[int], across: list[int]) -> Iterator[list[list[int]]]:
    """Yield every table of whole numbers with these sums of columns and rows."""
    if len(across) == 1:
        if sum(sums) == across[0]:
            yield [sums]
        return
    for row in itertools.product(*(range(min(one, across[0]) + 1) for one in sums)):
        if sum(row) == across[0]:
            rest = [one - part for one, part in zip(sums, row, strict=True)]
            for below in filled(rest, across[1:]):
                yield [list(row), *below]


def test_of_random_tables_no_cell_that_is_hidden_follows_from_the_rest() -> None:
    seen = told = 0
    for seed in range(400):
        chance = Random(seed)
        classes = NAMES[: chance.randrange(2, 5)]
        rows = {
            unit: {name: chance.choice((0, 0, 1, 2, 3, 4, 6)) for name in classes}
            for unit in range(chance.randrange(2, 4))
        }
        hidden = untold_of_centres(rows, MINIMUM)
        if hidden is None:
            continue
        for one in rows.values():
            assert all(not 0 < number < MINIMUM for name, number in one.items() if name not in hidden)
        told += 1
        names = sorted(hidden)
        if not names:
            continue
        sums = [sum(one[name] for one in rows.values()) for name in names]
        across = [sum(one[name] for name in names) for one in rows.values()]
        found = list(filled(sums, across))
        for at, one in enumerate(rows.values()):
            for n, name in enumerate(names):
                if one[name]:
                    values = {table[at][n] for table in found}
                    assert max(values) - min(values) >= MINIMUM, (seed, rows, hidden, name)
                    seen += 1
    assert seen > 50
    assert told > 50
