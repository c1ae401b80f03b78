"""Classes of a table that leave the portal: whatever is not told can be known no more closely than the minimum."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

from portal.core.indicators.tables import LeftOut, class_tables, left_out_of_tables

MINIMUM = 3
Table = dict[int, dict[str, int]]
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


def untold_of_whole(classes: dict[str, int], minimum: int = 5) -> frozenset[str]:
    """Return what is left out of one row, where there is one table."""
    return left_out_of_tables({1: classes}, {"own": {name: name for name in classes}}, minimum).whole["own"]


def untold_of_centres(rows: Table, minimum: int) -> frozenset[str] | None:
    """Return what is left out of centres, where there is one table."""
    found = left_out_of_tables(rows, {"own": {name: name for name in NAMES}}, minimum).centres
    return found["own"] if found is not None else None


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


TYPES = ("t1", "t2", "t3", "t4")
Tables = dict[str, dict[str, str]]


def random_tables(chance: Random) -> tuple[Table, Tables]:
    """Return dispute types of two centres, and two or three tables into whose classes they fall."""
    numbers = chance.choice(((0, 1, 2, 3, 4), (0, 3, 4), (0, 3, 5), (1, 4, 5)))
    rows = {unit: {kind: chance.choice(numbers) for kind in TYPES} for unit in range(2)}
    tables = {
        f"table{at}": {kind: chance.choice("abcd") for kind in TYPES} for at in range(chance.randrange(2, 4))
    }
    return rows, tables


def told(row: dict[str, int], tables: Tables, hidden: dict[str, frozenset[str]]) -> tuple[int, ...]:
    """Return all that is told of a row: of each table the classes that are not hidden."""
    return tuple(
        sum(number for kind, number in row.items() if of[kind] == name)
        for key, of in tables.items()
        for name in sorted(set(of.values()) - hidden[key])
    )


def agreeing(row: dict[str, int], tables: Tables, hidden: dict[str, frozenset[str]]) -> list[dict[str, int]]:
    """Return every row with the same whole of which the same is told."""
    whole, said = sum(row.values()), told(row, tables, hidden)
    rows = (
        dict(zip(TYPES, (*some, whole - sum(some)), strict=True))
        for some in itertools.product(range(whole + 1), repeat=len(TYPES) - 1)
        if sum(some) <= whole
    )
    return [one for one in rows if told(one, tables, hidden) == said]


def classes_of(row: dict[str, int], tables: Tables) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for key, of in tables.items():
        for kind, number in row.items():
            found[key, of[kind]] = found.get((key, of[kind]), 0) + number
    return found


def check_tables(rows: Table, tables: Tables, left: LeftOut) -> int:
    """Check by every filling that agrees with what is told of the city and both centres; tell how many cells."""
    nothing = {key: frozenset(of.values()) for key, of in tables.items()}
    whole, centres = dict(left.whole), nothing if left.centres is None else dict(left.centres)
    first, second = ({k: rows[unit].get(k, 0) for k in TYPES} for unit in rows)
    city = {kind: first[kind] + second[kind] for kind in TYPES}
    said = told(city, tables, whole)
    by_told: dict[tuple[int, ...], list[dict[tuple[str, str], int]]] = {}
    for one in agreeing(second, tables, centres):
        by_told.setdefault(told(one, tables, whole), []).append(classes_of(one, tables))
    ends = {
        key: ({n: min(m[n] for m in some) for n in some[0]}, {n: max(m[n] for m in some) for n in some[0]})
        for key, some in by_told.items()
    }
    lows: dict[tuple[str, tuple[str, str]], int] = {}
    highs = dict(lows)

    def note(what: str, name: tuple[str, str], low: int, high: int) -> None:
        lows[what, name] = min(lows.get((what, name), low), low)
        highs[what, name] = max(highs.get((what, name), high), high)

    for one in agreeing(first, tables, centres):
        key = tuple(a - b for a, b in zip(said, told(one, tables, whole), strict=True))
        if key not in ends:
            continue
        least, most = ends[key]
        for name, number in classes_of(one, tables).items():
            note("first", name, number, number)
            note("second", name, least[name], most[name])
            note("city", name, number + least[name], number + most[name])
    seen = 0
    for what, row, hidden in (("first", first, centres), ("second", second, centres), ("city", city, whole)):
        if what != "city" and left.centres is None:
            continue
        for (key, name), number in classes_of(row, tables).items():
            if name not in hidden[key]:
                assert not 0 < number < MINIMUM, (rows, tables, left, what, key, name)
            elif 0 < number < MINIMUM:
                wide = highs[what, (key, name)] - lows[what, (key, name)]
                assert wide >= MINIMUM, (rows, tables, left, what, key, name)
                seen += 1
    return seen


def test_of_several_tables_of_the_same_matters_none_tells_what_another_one_left_out() -> None:
    chance = Random(15)
    seen = some = 0
    for _ in range(500):
        rows, tables = random_tables(chance)
        left = left_out_of_tables(rows, tables, MINIMUM)
        if (
            sum(map(len, left.whole.values())) == 0
            and left.centres is not None
            and not any(left.centres.values())
        ):
            continue
        if sum(rows[0].values()) + sum(rows[1].values()) < MINIMUM:
            continue
        seen += check_tables(rows, tables, left)
        some += left.centres is not None and any(left.centres.values())
    assert seen > 300
    assert some > 50
