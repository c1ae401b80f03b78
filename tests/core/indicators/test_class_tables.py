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


Table = dict[int, dict[str, int]]


def random_table(chance: Random) -> Table:
    """Return the classes of two or three centres, all at most a handful."""
    classes = NAMES[: chance.randrange(2, 5)]
    numbers = chance.choice(((0, 0, 1, 2, 3, 4, 6), (0, 3, 4, 6), (0, 3, 5)))
    return {
        unit: {name: chance.choice(numbers) for name in classes} for unit in range(chance.randrange(2, 4))
    }


def check_centres(rows: Table, hidden: frozenset[str]) -> int:
    """Check what can be known of each cell of the centres by every table that agrees; tell how many there were."""
    names, seen = sorted(hidden), 0
    sums = [sum(one[name] for one in rows.values()) for name in names]
    across = [sum(one[name] for name in names) for one in rows.values()]
    found = list(filled(sums, across))
    for at, one in enumerate(rows.values()):
        for n, name in enumerate(names):
            if one[name]:
                values = {table[at][n] for table in found}
                assert max(values) - min(values) >= MINIMUM, (rows, hidden, name)
                seen += 1
    return seen


def check_city(rows: Table, city: frozenset[str], told: frozenset[str]) -> None:
    """Check what can be known of each class of the city, where ``told`` are classes its centres tell."""
    names = sorted(next(iter(rows.values())))
    sums = {name: sum(one[name] for one in rows.values()) for name in names}
    assert all(not 0 < number < MINIMUM for name, number in sums.items() if name not in city)
    hidden = [name for name in names if name in city and name not in told]
    assert all(name in hidden or not sums[name] for name in city), "centres tell what the city does not"
    if not hidden:
        return
    whole = sum(sums[name] for name in hidden)
    if whole < MINIMUM:
        assert {name for name, number in sums.items() if number} <= city, "nothing at all is told"
        return
    possible = [one for one in itertools.product(range(whole + 1), repeat=len(hidden)) if sum(one) == whole]
    for n, name in enumerate(hidden):
        values = {one[n] for one in possible}
        assert max(values) - min(values) >= MINIMUM, (rows, city, name)


def test_of_a_thousand_random_tables_no_cell_that_is_hidden_follows_from_the_rest() -> None:
    chance = Random(14)
    seen = proved = whole = silent = 0
    while proved < 1_000:
        rows = random_table(chance)
        names = sorted(rows[0])
        city = untold_of_whole({name: sum(one[name] for one in rows.values()) for name in names}, MINIMUM)
        hidden = untold_of_centres(rows, MINIMUM)
        # What each level tells is read beside the other: the city's classes, its centres' and all sums of rows.
        check_city(rows, city, frozenset(names) - hidden if hidden is not None else frozenset())
        whole += bool(city)
        if hidden is None:
            silent += 1
            continue
        for one in rows.values():
            assert all(not 0 < number < MINIMUM for name, number in one.items() if name not in hidden)
        if hidden:
            seen += check_centres(rows, hidden)
            proved += 1
    assert seen > 3_000
    assert min(whole, silent) > 100
