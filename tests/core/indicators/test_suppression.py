"""Of a thousand tables no count that was left out follows more closely than the minimum from what is told.

The proof of each is two whole tables: both agree with everything that is told, and differ by at least the minimum.
"""

from __future__ import annotations

from random import Random

import pytest

from portal.core.indicators.suppression import MINIMUM, Tree, left_out, ranges

Values = dict[int, int]


def made_up(chance: Random) -> tuple[Tree, Values, list[Values]]:
    """Return a tree of up to three levels with a base and some columns of it."""
    below: dict[int, tuple[int, ...]] = {}
    number = 0

    def grow(level: int) -> int:
        nonlocal number
        number += 1
        node = number
        if level and chance.random() < (1 if level == 3 else 0.6):
            below[node] = tuple(grow(level - 1) for _ in range(chance.randrange(1, 6)))
        return node

    root = grow(3)
    tree = Tree(root, below)
    scale = chance.choice((2, 6, 12, 60))
    columns = [{} for _ in range(chance.randrange(0, 3))]
    base: Values = {}
    for node in reversed(list(tree.down())):
        if node in below:
            base[node] = sum(base[one] for one in below[node])
            for column in columns:
                column[node] = sum(column[one] for one in below[node])
        else:
            base[node] = 0 if chance.random() < 0.15 else chance.randrange(0, scale)
            for column in columns:
                column[node] = min(base[node], chance.choice((0, base[node], chance.randrange(0, scale))))
    return tree, base, columns


def sums_up(tree: Tree, values: Values) -> bool:
    return all(values[node] == sum(values[one] for one in some) for node, some in tree.below.items())


def pushed(
    tree: Tree, values: Values, free: frozenset[int], least: Values, node: int, by: int
) -> Values | None:
    """Return another table in which a count is larger (or smaller) and what is told stays; None without one."""
    found, parents = dict(values), tree.parents()

    def down(at: int, much: int) -> bool:
        """Change a node and what is below it."""
        if at not in free or found[at] + much < least.get(at, 0):
            return False
        if at in tree.below:
            left = much
            for one in tree.below[at]:
                step = part(one, left)
                if step:
                    down(one, step)
                    left -= step
            if left:
                return False
        found[at] += much
        return True

    def part(at: int, much: int) -> int:
        """Return how much of a change a node can take, with what is below it."""
        if at not in free or not much:
            return 0
        able = much if much > 0 else -min(-much, found[at] - least.get(at, 0))
        if at in tree.below:
            total = 0
            for one in tree.below[at]:
                total += part(one, able - total)
            return total
        return able

    if abs(part(node, by)) < abs(by) or not down(node, by):
        return None
    at, owed = node, -by
    while at in parents:
        above = parents[at]
        for one in tree.below[above]:
            if one != at and owed:
                step = part(one, owed)
                if step:
                    down(one, step)
                    owed -= step
        if not owed:
            return found
        if above not in free or found[above] - owed < least.get(above, 0):
            return None
        found[above] -= owed
        at = above
    return found


def spread(tree: Tree, values: Values, free: frozenset[int], least: Values, node: int, minimum: int) -> bool:
    """Tell whether two tables show a count to be uncertain by the minimum."""
    for up in range(minimum, -1, -1):
        high = pushed(tree, values, free, least, node, up) if up else dict(values)
        if high is None:
            continue
        for down in range(minimum - up, values[node] + 1):
            low = pushed(tree, values, free, least, node, -down) if down else dict(values)
            if low is not None and high[node] - low[node] >= minimum:
                for one in (high, low):
                    assert sums_up(tree, one)
                    told = [other for other in values if other not in free]
                    assert all(one[other] == values[other] for other in told)
                    assert all(one[other] >= least.get(other, 0) for other in one)
                return True
    return False


@pytest.mark.parametrize("seed", range(20))
def test_nothing_left_out_follows_more_closely_than_the_minimum(seed: int) -> None:
    chance = Random(seed)
    seen = proved = deep = 0
    # Tables that leave out some and tell some: fifty of each seed, so that a thousand are proved.
    while proved < 50:
        tree, base, columns = made_up(chance)
        minimum = chance.choice((3, MINIMUM, 10))
        hidden = left_out(tree, base, columns, minimum)
        seen += len(hidden)
        for node in base:
            if node not in hidden:
                numbers = [base[node], *(one[node] for one in columns)]
                numbers += [base[node] - one[node] for one in columns]
                assert not any(0 < one < minimum for one in numbers)
        if not hidden or len(hidden) == len(base):
            continue
        proved += 1
        deep += any(one in tree.below for one in tree.below[tree.root])
        most = {node: max((one[node] for one in columns), default=0) for node in base}
        for at, one in enumerate(columns):
            others = [other for n, other in enumerate(columns) if n != at]
            least = {
                node: max(0, one[node] - min((base[node] - other[node] for other in others), default=10**9))
                for node in base
            }
            free = frozenset(node for node in hidden if one[node])
            for node in free:
                assert spread(tree, one, free, least, node, minimum), (seed, node)
        for node in hidden:
            if base[node]:
                by_rest = spread(tree, base, hidden, most, node, minimum)
                by_count = any(
                    one[node]
                    and spread(
                        tree,
                        one,
                        frozenset(n for n in hidden if one[n]),
                        {
                            n: max(
                                0,
                                one[n]
                                - min(
                                    (base[n] - other[n] for m, other in enumerate(columns) if m != at),
                                    default=10**9,
                                ),
                            )
                            for n in base
                        },
                        node,
                        minimum,
                    )
                    for at, one in enumerate(columns)
                )
                assert by_rest or by_count, (seed, node)
    assert seen > 100
    assert deep > 10, "most have levels to drill into"


def test_one_small_count_takes_another_with_it() -> None:
    tree = Tree(1, {1: (2, 3, 4)})
    hidden = left_out(tree, {1: 103, 2: 3, 3: 40, 4: 60}, [])
    assert hidden == {2, 3}
    assert ranges(tree, {1: 103, 2: 3, 3: 40, 4: 60}, hidden, {})[2] == (0, 43)


def test_a_level_below_does_not_tell_what_was_left_out_above() -> None:
    tree = Tree(1, {1: (2, 3), 3: (5, 6)})
    base = {1: 63, 2: 3, 3: 60, 5: 20, 6: 40}
    hidden = left_out(tree, base, [])
    assert {2, 3} <= hidden
    assert hidden & {5, 6}


def test_a_count_of_nothing_and_large_counts_are_told() -> None:
    tree = Tree(1, {1: (2, 3)})
    assert left_out(tree, {1: 90, 2: 40, 3: 50}, [{1: 0, 2: 0, 3: 0}]) == frozenset()
    assert left_out(tree, {1: 90, 2: 40, 3: 50}, [{1: 44, 2: 38, 3: 6}]) != frozenset()


def test_nothing_is_told_where_all_is_small() -> None:
    tree = Tree(1, {1: (2, 3)})
    assert left_out(tree, {1: 3, 2: 1, 3: 2}, []) == {1, 2, 3}


def shared_out(whole: int, parts: int) -> list[tuple[int, ...]]:
    """Return every way in which a count can be shared out."""
    if parts == 1:
        return [(whole,)]
    return [(one, *rest) for one in range(whole + 1) for rest in shared_out(whole - one, parts - 1)]


def test_what_is_left_of_a_base_does_not_follow_more_closely_either() -> None:
    """Each column alone lets its count move, but what is not counted in the last one would be three at most."""
    tree, below = Tree(1, {1: (2, 3, 4)}), (2, 3, 4)
    base = {1: 23, 2: 9, 3: 7, 4: 7}
    columns = [{1: 0, 2: 0, 3: 0, 4: 0}, {1: 13, 2: 6, 3: 7, 4: 0}]
    hidden = left_out(tree, base, columns)
    assert 1 not in hidden, "something is told"
    for column in columns:
        rests: dict[int, set[int]] = {node: set() for node in below}
        for bases in shared_out(base[1], 3):
            if any(n not in hidden and one != base[n] for n, one in zip(below, bases, strict=True)):
                continue
            for counts in shared_out(column[1], 3):
                if all(
                    count <= one and (n in hidden or count == column[n])
                    for n, count, one in zip(below, counts, bases, strict=True)
                ):
                    for n, count, one in zip(below, counts, bases, strict=True):
                        rests[n].add(one - count)
        for node in hidden:
            if base[node] > column[node]:
                assert max(rests[node]) - min(rests[node]) >= MINIMUM, (node, column)
