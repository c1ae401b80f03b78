"""What two tables of the same matters tell of each other's classes, for whoever lays them side by side.

Matters flow from the classes of the one into those of the other: whoever knows both tables knows which type falls
where, what is told of each class, and the whole. A class that is not told can be as large, and as small, as such a
flow lets it be; from the flow that there is, the largest change is found along paths on which something can be moved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from itertools import pairwise

SOURCE, SINK = "source", "sink"
Node = tuple[str, str]
Edges = dict[Node, dict[Node, int]]
_S, _T = (SOURCE, ""), (SINK, "")


def widths(
    pairs: Mapping[tuple[str, str], int], first: Set[str], second: Set[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return how far what can be known of each class is apart; ``first`` and ``second`` are those that are not told."""
    edges = _open_edges(pairs, first, second)
    most = sum(pairs.values())
    one = {name: _width(edges, _S, ("first", name), most) for name in first}
    return one, {name: _width(edges, _T, ("second", name), most) for name in second}


def _open_edges(pairs: Mapping[tuple[str, str], int], first: Set[str], second: Set[str]) -> Edges:
    """Return by how much what flows from one node to another can grow, and by how much it can shrink the other way."""
    edges: Edges = {}
    most = sum(pairs.values())

    def flows(a: Node, b: Node, number: int) -> None:
        edges.setdefault(a, {})[b] = most
        edges.setdefault(b, {})[a] = edges.get(b, {}).get(a, 0) + number

    for (one, other), number in pairs.items():
        flows(("first", one), ("second", other), number)
        if one in first:
            flows(_S, ("first", one), number)
        if other in second:
            flows(("second", other), _T, number)
    return edges


def _width(edges: Edges, end: Node, node: Node, most: int) -> int:
    """Return by how much a class can grow and shrink, while its end takes it from the others."""
    apart = {a: {b: n for b, n in some.items() if {a, b} != {end, node}} for a, some in edges.items()}
    return min(most, _largest(apart, node, end)) + min(most, _largest(apart, end, node))


def _largest(edges: Edges, start: Node, end: Node) -> int:
    """Return how much can be moved from one node to another, along shortest paths."""
    left = {a: dict(some) for a, some in edges.items()}
    moved = 0
    while path := _path(left, start, end):
        steps = list(pairwise(path))
        much = min(left[a][b] for a, b in steps)
        for a, b in steps:
            left[a][b] -= much
            left.setdefault(b, {})[a] = left.get(b, {}).get(a, 0) + much
        moved += much
    return moved


def _path(edges: Edges, start: Node, end: Node) -> list[Node]:
    came: dict[Node, Node] = {start: start}
    waiting = deque([start])
    while waiting and end not in came:
        node = waiting.popleft()
        for other, able in edges.get(node, {}).items():
            if able > 0 and other not in came:
                came[other] = node
                waiting.append(other)
    if end not in came:
        return []
    path = [end]
    while path[-1] != start:
        path.append(came[path[-1]])
    return path[::-1]
