"""Small counts are left out where figures leave those who may see the cases, with others from which they would follow.

Counts lie in a tree: what is counted at a node is the sum of what is counted right below it. Some columns share one
base (of so many, so many were concluded, so many in time). Where a base, a count or the rest of a base is small but
not nothing, the pair is left out. Then others are, until nobody can work out a count that was left out more closely
than the minimum, from all rows, totals and levels together. A count of nothing is told: it is nobody's.

How closely is worked out in two ways that are always open to whoever guesses: a count moves while the rests stay, and a
rest moves while the counts stay. What can really be worked out is never narrower.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

MINIMUM = 5
ENDLESS = 10**12
Values = Mapping[int, int]


@dataclass(frozen=True)
class Tree:
    """Nodes with those right below each; ``root`` is above all."""

    root: int
    below: Mapping[int, tuple[int, ...]]

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Return the nodes, each before those below it."""
        found, waiting = list[int](), [self.root]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting += self.below.get(node, ())
        return tuple(found)

    def down(self) -> Iterator[int]:
        """Yield the nodes, each before those below it."""
        return iter(self.order)

    def parents(self) -> Mapping[int, int]:
        """Return the node right above each."""
        return self._parents

    @cached_property
    def _parents(self) -> Mapping[int, int]:
        return {child: node for node, children in self.below.items() for child in children}

    def counted(self, values: Values) -> Tree:
        """Return the root and the nodes with a count that is not nothing."""
        below = {
            node: tuple(one for one in children if values[one])
            for node, children in self.below.items()
            if values[node]
        }
        return Tree(self.root, {node: children for node, children in below.items() if children})


def ranges(tree: Tree, values: Values, hidden: frozenset[int], least: Values) -> dict[int, tuple[int, int]]:
    """Return between what each count must lie, for whoever knows those that are told and the least of the others."""
    inner: dict[int, tuple[int, int]] = {}
    order = tree.order
    for node in reversed(order):
        low, high = (least.get(node, 0), ENDLESS)
        children = tree.below.get(node, ())
        if children:
            low = max(low, sum(inner[one][0] for one in children))
            high = min(high, sum(inner[one][1] for one in children))
        inner[node] = (low, high) if node in hidden else (values[node], values[node])
    found = {tree.root: inner[tree.root]}
    for node in order:
        children = tree.below.get(node, ())
        if not children:
            continue
        lows, highs = (sum(inner[one][at] for one in children) for at in (0, 1))
        for one in children:
            low, high = inner[one]
            found[one] = (
                max(low, found[node][0] - (highs - high)),
                min(high, found[node][1] - (lows - low)),
            )
    return found


def left_out(tree: Tree, base: Values, columns: Sequence[Values], minimum: int = MINIMUM) -> frozenset[int]:
    """Return the nodes whose base, and whose counts in all columns, are not told."""
    whole, tree = tree, tree.counted(base)
    hidden = frozenset(node for node in tree.down() if _small(node, base, columns, minimum))
    parents = tree.parents()
    while unsafe := _unsafe(tree, base, columns, hidden, minimum):
        more, seen = set[int](), set[int]()
        for node, values in unsafe:
            # One beside those of one level at a time: what lets one move lets its neighbours move as well.
            above = parents.get(node, 0)
            one = None if above in seen else _another(tree, parents, values, hidden, node, minimum)
            seen.add(above)
            if one is not None:
                more.add(one)
        if not more:
            # Nothing is left that could be left out beside it: no count of these is told at all.
            return frozenset(whole.down())
        hidden |= more
    return hidden


def _small(node: int, base: Values, columns: Sequence[Values], minimum: int) -> bool:
    """Tell whether a node has a count that is small but not nothing."""
    numbers = [base[node], *(one[node] for one in columns), *(base[node] - one[node] for one in columns)]
    return any(0 < number < minimum for number in numbers)


def _unsafe(
    tree: Tree, base: Values, columns: Sequence[Values], hidden: frozenset[int], minimum: int
) -> list[tuple[int, Values]]:
    """Return the nodes of which something follows too closely, with the counts that have to move there."""
    found: list[tuple[int, Values]] = []
    if not hidden:
        return found
    most = {node: max((one[node] for one in columns), default=0) for node in tree.order}
    rests = {node: base[node] - most[node] for node in tree.order}
    # All rests move together, and each with any count but its own.
    together = {node: high - low for node, (low, high) in ranges(tree, base, hidden, most).items()}
    wide, apart = dict(together), [dict(together) for _ in columns]
    for at, one in enumerate(columns):
        others = [base_rest(base, other) for n, other in enumerate(columns) if n != at]
        least = {
            node: max(0, one[node] - min((other[node] for other in others), default=ENDLESS))
            for node in tree.order
        }
        moving = frozenset(node for node in hidden if one[node])
        for node, (low, high) in ranges(tree, one, moving, least).items():
            if node in moving and high - low < minimum:
                found.append((node, one))
            if node in moving:
                wide[node] = max(wide[node], high - low)
                for n, rest in enumerate(apart):
                    rest[node] = max(rest[node], high - low if n != at else 0)
    for one, rest in zip(columns, apart, strict=True):
        found += [
            (node, base_rest(base, one))
            for node in tree.order
            if node in hidden and base[node] > one[node] and rest[node] < minimum
        ]
    for node in tree.down():
        if node in hidden and base[node] and wide[node] < minimum:
            found.append((node, rests if any(rests.values()) else base))
    return found


def base_rest(base: Values, counted: Values) -> dict[int, int]:
    """Return what of a base is not counted."""
    return {node: base[node] - counted[node] for node in base}


def _another(
    tree: Tree,
    parents: Mapping[int, int],
    values: Values,
    hidden: frozenset[int],
    node: int,
    minimum: int,
) -> int | None:
    """Return one more node to leave out, so that a count can move: below it, beside it, or above it.

    The smallest that lets it move far enough; where none does, the largest there is.
    """
    # What lies below one that was left out has to move with it.
    for one in (node, *_up(parents, node)):
        if one in hidden and tree.below.get(one) and not any(child in hidden for child in tree.below[one]):
            return max(tree.below[one], key=lambda child: (values[child], child))
    at: int | None = node
    while at is not None and at in parents:
        above = parents[at]
        beside = [one for one in tree.below[above] if one not in hidden]
        able = [one for one in beside if values[one] >= minimum]
        if able:
            return min(able, key=lambda one: (values[one], one))
        beside = [one for one in beside if values[one]]
        if beside:
            return max(beside, key=lambda one: (values[one], one))
        deeper = _stiff(tree, hidden, values, above)
        if deeper is not None:
            return deeper
        if above not in hidden:
            return above
        at = above
    rest = [one for one in tree.down() if one not in hidden]
    return max(rest, key=lambda one: (values[one], one)) if rest else None


def _stiff(tree: Tree, hidden: frozenset[int], values: Values, above: int) -> int | None:
    """Return a child of a node left out that has none left out below it, so that it can't move."""
    for one in tree.below.get(above, ()):
        if one in hidden and tree.below.get(one):
            if not any(child in hidden and values[child] for child in tree.below[one]):
                rest = [child for child in tree.below[one] if child not in hidden]
                if rest:
                    return max(rest, key=lambda child: (values[child], child))
            deeper = _stiff(tree, hidden, values, one)
            if deeper is not None:
                return deeper
    return None


def _up(parents: Mapping[int, int], node: int) -> Iterator[int]:
    while node in parents:
        node = parents[node]
        yield node
