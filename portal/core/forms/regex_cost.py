"""Bound the cost of a regular expression before it is ever used.

The matcher of Python (and of browsers) backtracks, so a pattern such as ``(a+)+$`` takes longer than
anybody waits. This module turns a pattern into its position automaton and refuses it when two different runs
can loop over the same word (cost grows exponentially) or when too many overlapping loops follow one another
(cost grows with a high power). The analysis may refuse a harmless pattern; it does not let a costly one pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

MAX_POSITIONS = 400
MAX_COST = 10_000_000
MAX_AMBIGUOUS_CHOICES = 16
_UNBOUNDED = 20  # the weight of a loop without an end, for texts of 40 characters
_COPIES = 8  # a group repeated at most this often is written out, a longer repetition counts as a loop


class TooCostly(Exception):
    """The pattern can cost more than is bearable."""


@dataclass(slots=True)
class _Part:
    """A piece of the pattern: the positions it can begin and end with, and whether it can be empty."""

    nullable: bool
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)


def check_cost(pattern: str) -> None:
    """Raise TooCostly if ``pattern`` (which compiles) can cost more than a second on 40 characters."""
    tree = sre.parse(pattern)
    flags = tree.state.flags
    cost = _Automaton(tree, _alphabet(tree), flags).cost()
    if cost > MAX_COST:
        raise TooCostly("cost")


class _Automaton:
    def __init__(self, tree: Iterable[Any], alphabet: Sequence[str], flags: int) -> None:
        self.alphabet = alphabet
        self.flags = flags
        self.masks: list[int] = []
        self.weights: list[int] = []
        self.follow: Counter[tuple[int, int]] = Counter()
        self.choices: list[int] = []
        self.assertions = 0
        self.loops = 0
        items = list(tree)
        self.anchored = (
            bool(items)
            and items[0][0] is op.AT
            and items[0][1]
            in (
                op.AT_BEGINNING,
                op.AT_BEGINNING_STRING,
            )
        )
        self.part = self._sequence(items)

    # -- building -------------------------------------------------------------------------------

    def _position(self, mask: int) -> _Part:
        if len(self.masks) >= MAX_POSITIONS:
            raise TooCostly("size")
        self.masks.append(mask)
        self.weights.append(1)
        here = Counter([len(self.masks) - 1])
        return _Part(False, here, Counter(here))

    def _link(self, before: _Part, after: _Part) -> None:
        for p, n in before.last.items():
            for q, m in after.first.items():
                self.follow[p, q] += n * m

    def _sequence(self, items: Iterable[Any]) -> _Part:
        result = _Part(True)
        for code, value in items:
            part = self._item(code, value)
            self._link(result, part)
            if result.nullable:
                result.first = result.first + part.first
            result.last = part.last + result.last if part.nullable else part.last
            result.nullable = result.nullable and part.nullable
        return result

    def _item(self, code: Any, value: Any) -> _Part:
        if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._position(_mask(code, value, self.alphabet, self.flags))
        if code is op.SUBPATTERN:
            return self._sequence(value[-1])
        if code is op.ATOMIC_GROUP:
            return self._sequence(value)
        if code is op.BRANCH:
            return self._branch([self._sequence(branch) for branch in value[1]])
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(*value)
        if code in (op.ASSERT, op.ASSERT_NOT):
            inner = _Automaton(value[1], self.alphabet, self.flags)
            inner.anchored = True
            self.assertions += inner.cost() * (40 if self.loops else 1)
            return _Part(True)
        if code is op.GROUPREF:
            part = self._position((1 << len(self.alphabet)) - 1)
            return self._loop(part, _UNBOUNDED, nullable=True)
        if code is op.GROUPREF_EXISTS:
            return self._branch([self._sequence(branch or ()) for branch in value[1:]])
        return _Part(True)  # an anchor

    def _branch(self, parts: Sequence[_Part]) -> _Part:
        seen = 0
        overlap = False
        for part in parts:
            first = self._union(part.first)
            overlap = overlap or bool(seen & first)
            seen |= first
        if overlap:
            self._choice(seen)
        result = _Part(any(part.nullable for part in parts))
        for part in parts:
            result.first = result.first + part.first
            result.last = result.last + part.last
        return result

    def _repeat(self, low: int, high: int, body: Any) -> _Part:
        high = 10_000 if high is op.MAXREPEAT else int(high)
        single = len(body) == 1 and body[0][0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
        if high == 0:
            return _Part(True)
        if single:
            part = self._sequence(body)
            weight = min(high - low + 1, _UNBOUNDED)
            return self._loop(part, weight, nullable=low == 0) if weight > 1 else part
        if high <= _COPIES:
            return self._copies(low, high, body)
        self.loops += 1
        part = self._sequence(body)
        self.loops -= 1
        return self._loop(part, _UNBOUNDED, nullable=low == 0 or part.nullable)

    def _copies(self, low: int, high: int, body: Any) -> _Part:
        result = _Part(True)
        for _ in range(high - low):  # x{0,2} is (x(x)?)?, from the inside out
            part = self._sequence(body)
            self._choice(self._union(part.first))
            self._link(part, result)
            last = part.last + result.last if result.nullable else result.last
            first = part.first + result.first if part.nullable else part.first
            result = _Part(True, first, last)
        for _ in range(low):
            part = self._sequence(body)
            self._link(part, result)
            last = part.last + result.last if result.nullable else result.last
            first = part.first + result.first if part.nullable else part.first
            result = _Part(part.nullable and result.nullable, first, last)
        return result

    def _loop(self, part: _Part, weight: int, *, nullable: bool) -> _Part:
        self._link(part, part)
        for p in part.first:
            self.weights[p] = max(self.weights[p], weight)
        return _Part(nullable, part.first, part.last)

    def _choice(self, mask: int) -> None:
        self.choices.append(mask)
        if sum(1 for other in self.choices if other & mask) > MAX_AMBIGUOUS_CHOICES:
            raise TooCostly("choices")

    def _union(self, positions: Iterable[int]) -> int:
        mask = 0
        for p in positions:
            mask |= self.masks[p]
        return mask

    # -- judging --------------------------------------------------------------------------------

    def cost(self) -> int:
        """Return an upper estimate of the steps on 40 characters; raise TooCostly when it is exponential."""
        after: dict[int, list[int]] = {p: [] for p in range(len(self.masks))}
        for p, q in self.follow:
            after[p].append(q)
        components = _cyclic_components(after)
        for component in components:
            self._check_component(component, after)
        chain = self._longest_chain(components, after)
        return chain * (1 if self.anchored else _UNBOUNDED) + self.assertions

    def _check_component(self, component: frozenset[int], after: dict[int, list[int]]) -> None:
        if any(n > 1 and p in component and q in component for (p, q), n in self.follow.items()):
            raise TooCostly("exponential")
        inside = {p: [q for q in after[p] if q in component] for p in component}
        if sum(len(out) for out in inside.values()) > 4_000:
            raise TooCostly("size")
        edges: dict[tuple[int, int], set[tuple[int, int]]] = {}
        todo = [(p, p) for p in component]
        while todo:
            pair = todo.pop()
            if pair in edges:
                continue
            p, q = pair
            edges[pair] = {(a, b) for a in inside[p] for b in inside[q] if self.masks[a] & self.masks[b]}
            todo.extend(edges[pair])
        back: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for source, targets in edges.items():
            for target in targets:
                back.setdefault(target, []).append(source)
        todo = [(p, p) for p in component]
        meets: set[tuple[int, int]] = set()
        while todo:
            pair = todo.pop()
            if pair in meets:
                continue
            meets.add(pair)
            if pair[0] != pair[1]:
                raise TooCostly("exponential")
            todo.extend(back.get(pair, ()))

    def _longest_chain(self, components: Sequence[frozenset[int]], after: dict[int, list[int]]) -> int:
        """Return the product of the weights along the costliest chain of loops that share a word."""
        reach = [_reachable(component, after) for component in components]
        best: dict[int, int] = {}

        def cost_from(i: int) -> int:
            if i not in best:
                weight = max(self.weights[p] for p in components[i])
                best[i] = weight * max(
                    (
                        cost_from(j)
                        for j in range(len(components))
                        if j != i
                        and components[j] <= reach[i]
                        and self._compatible(components[i], components[j], after)
                    ),
                    default=1,
                )
            return best[i]

        return max((cost_from(i) for i in range(len(components))), default=1)

    def _compatible(self, one: frozenset[int], two: frozenset[int], after: dict[int, list[int]]) -> bool:
        """Tell whether some word can loop in both components."""
        pairs = {
            (p, q): [
                (a, b)
                for a in after[p]
                if a in one
                for b in after[q]
                if b in two and self.masks[a] & self.masks[b]
            ]
            for p in one
            for q in two
        }
        alive = True
        while alive and pairs:
            dead = [pair for pair, out in pairs.items() if not any(target in pairs for target in out)]
            for pair in dead:
                del pairs[pair]
            alive = bool(dead)
        return bool(pairs)


def _reachable(start: Iterable[int], after: dict[int, list[int]]) -> set[int]:
    seen: set[int] = set()
    todo = list(start)
    while todo:
        p = todo.pop()
        for q in after[p]:
            if q not in seen:
                seen.add(q)
                todo.append(q)
    return seen


def _cyclic_components(after: dict[int, list[int]]) -> list[frozenset[int]]:
    """Return the strongly connected components that hold a cycle (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[frozenset[int]] = []
    for root in after:
        if root in index:
            continue
        work = [(root, iter(after[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(after[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members: set[int] = set()
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        members.add(member)
                        if member == node:
                            break
                    if len(members) > 1 or node in after[node]:
                        found.append(frozenset(members))
    return found


# -- character sets, as bit masks over a sample of characters -------------------------------------

_SAMPLE = [chr(c) for c in range(128)] + list("\xa0éÀÿßΩж中文２\u2028\u3000\ufeff😀")
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


def _alphabet(tree: Any) -> list[str]:
    """Return sample characters such that two sets of the pattern overlap if they share one of them."""
    marks: set[int] = set()

    def collect(value: Any) -> None:
        if isinstance(value, tuple) and len(value) == 2 and value[0] in (op.LITERAL, op.NOT_LITERAL):
            marks.add(value[1])
        elif isinstance(value, tuple) and len(value) == 2 and value[0] is op.RANGE:
            marks.update(value[1])
        elif isinstance(value, list | tuple | sre.SubPattern):
            for part in value:
                collect(part)

    collect(tree)
    near = {c for mark in marks for c in (mark - 1, mark, mark + 1) if 0 <= c < 0x110000}
    extra = {chr(c) for c in near} | {
        t for c in near for t in (chr(c).lower(), chr(c).upper()) if len(t) == 1
    }
    return _SAMPLE + sorted(extra - set(_SAMPLE))


def _mask(code: Any, value: Any, alphabet: Sequence[str], flags: int) -> int:
    ignore = bool(flags & re.IGNORECASE)
    mask = 0
    for bit, char in enumerate(alphabet):
        forms = {char, char.lower(), char.upper()} if ignore else {char}
        if any(_matches(code, value, form) for form in forms):
            mask |= 1 << bit
    return mask


def _matches(code: Any, value: Any, char: str) -> bool:
    if code is op.LITERAL:
        return len(char) == 1 and ord(char) == value
    if code is op.NOT_LITERAL:
        return len(char) != 1 or ord(char) != value
    if code is op.ANY:
        return True
    if code is op.RANGE:
        return len(char) == 1 and value[0] <= ord(char) <= value[1]
    if code is op.CATEGORY:
        return re.fullmatch(_CATEGORIES[value], char) is not None if value in _CATEGORIES else True
    if code is op.IN:
        negated = value[0][0] is op.NEGATE
        return any(_matches(c, v, char) for c, v in value[negated:]) != negated
    return True
