"""Regions of an input: values of which every comparison says the same, found by trying each value that matters.

Each comparison looks at a single input. So the values of an input fall into a few regions in which all of its
comparisons have the same verdicts, and one value per region (around each literal, each code of the taxonomy, no value
at all ...) tells everything. A region keeps the plainest of its values, so that findings show one that people know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any

from portal.core import values
from portal.core.conditions import Atom, Env, Terms
from portal.core.conditions.evaluate import expected_of, scope_of
from portal.core.conditions.model import Value
from portal.core.conditions.operators import NOWHERE, OPERATORS
from portal.core.conditions.samples import Part
from portal.core.kinds import KINDS
from portal.core.rules.analysis.days import days_named, is_turning, samples_of
from portal.core.rules.inputs import Input
from portal.core.taxonomy import Taxonomy
from portal.core.values import as_number, is_missing

MAX_TRIALS = 4_000_000
MAX_NUMBERS = 1000
MAX_PARTS = 6
MAX_MEMBERS = 10
SOME_DAY = date(2024, 3, 1)
OTHER = "\ue000"  # a private-use character: a text that no literal equals
PLAIN_TEXTS = ("其他", "甲", "乙")

Verdict = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Region:
    """Values with the same verdicts, one bit per comparison, and the plainest of them; None: nothing is entered."""

    verdicts: int
    value: Any
    possible: bool = True  # a person can enter such a value


@dataclass(slots=True)
class Trials:
    """How many comparisons may still be tried."""

    left: int = MAX_TRIALS


@dataclass(frozen=True, slots=True)
class Compared:
    """An input with all comparisons on it, and what is known of its values."""

    declared: Input
    atoms: tuple[Atom, ...]
    terms: Mapping[str, Terms]
    offered: Collection[Any] | None = None  # what can be entered at all, where that is known

    def regions(self, day: date, trials: Trials) -> tuple[Region, ...] | None:
        """Return the regions on a day of decision; None where they can't be told, or not with so few trials."""
        if any(OPERATORS[atom.op].samples is None for atom in self.atoms):
            return None
        candidates = self._candidates(day)
        if candidates is None or len(candidates) * len(self.atoms) > trials.left:
            return None
        trials.left -= len(candidates) * len(self.atoms)
        env = Env(day, taxonomies=self.terms)
        tests = [_verdict(atom, env) for atom in self.atoms]
        found: dict[int, Region] = {}
        for value in candidates:
            verdicts = sum(1 << bit for bit, test in enumerate(tests) if test(value))
            known = found.get(verdicts)
            if known is None or not known.possible:
                region = Region(verdicts, value, self._is_possible(value))
                if known is None or region.possible:
                    found[verdicts] = region
        return tuple(_plainer(region, tests) for region in _distinct(found, tests))

    def _is_possible(self, value: Any) -> bool:
        if value is None or self.offered is None:
            tree = self.terms.get(self.declared.taxonomy) if self.declared.taxonomy else None
            return value is None or not isinstance(tree, Taxonomy) or value in tree
        return all(one in self.offered for one in (value if isinstance(value, tuple) else (value,)))

    def _candidates(self, day: date) -> list[Any] | None:
        """Return values that reach every region, plain ones first, or None where that would be too many."""
        steady = samples_of([atom for atom in self.atoms if not is_turning(atom)], day)
        steady += list(self.offered or ())
        match KINDS[self.declared.type].compared:
            case values.BOOLEAN:
                found: list[Any] | None = [True, False]
            case values.DATE:
                days = [value for value in steady if isinstance(value, date)]
                turning = days_named(self.atoms, day)
                found = [*days, *turning, *_around([day, *days, *turning], timedelta(days=1))]
            case values.NUMBER:
                found = _numbers(self.declared, steady)
            case values.LIST:
                found = _lists(steady)
            case _:
                found = self._texts(steady)
        return None if found is None else [*dict.fromkeys(found), None]

    def _texts(self, samples: list[Any]) -> list[Any] | None:
        named = [value for value in samples if isinstance(value, str)]
        tree = self.terms.get(self.declared.taxonomy) if self.declared.taxonomy else None
        if isinstance(tree, Taxonomy):
            named = [*tree.codes(), *named]
        elif self.declared.type == "unit":
            named += _divisions(named)
        elif any(OPERATORS[atom.op].sees == "terms" for atom in self.atoms):
            return None
        parts = list(dict.fromkeys(value.text for value in samples if isinstance(value, Part)))
        if len(parts) > MAX_PARTS:
            return None
        starts = list(dict.fromkeys([*named, ""]))
        tails = list(dict.fromkeys(_tails(parts)))
        return [
            text
            for other in ("", OTHER)
            for start in starts
            for tail in tails
            if (text := start + other + tail)
        ]


def _verdict(atom: Atom, env: Env) -> Verdict:
    """Return the test of an atom with everything but the value filled in."""
    operator = OPERATORS[atom.op]
    operand = atom.operand
    expected = operand.value if isinstance(operand, Value) else expected_of(atom, operator, env)
    if expected is None and operator.operand != "nothing":
        return lambda _value: False
    scope = scope_of(atom, operator, env) if operator.sees else NOWHERE
    test = operator.test
    return lambda value: test(value, expected, scope)


def _distinct(found: Mapping[int, Region], tests: Sequence[Verdict]) -> Iterator[Region]:
    """Yield the regions, and once more the absence of a value where some value has the same verdicts."""
    yield from found.values()
    absent = sum(1 << bit for bit, test in enumerate(tests) if test(None))
    if found[absent].value is not None:
        yield Region(absent, None)


def _plainer(region: Region, tests: Sequence[Verdict]) -> Region:
    """Return the region with a value that people can read, where it has one."""
    value = region.value
    texts = value if isinstance(value, tuple) else (value,)
    if not any(isinstance(text, str) and OTHER in text for text in texts):
        return region
    for plain in PLAIN_TEXTS:
        worded = tuple(text.replace(OTHER, plain) if isinstance(text, str) else text for text in texts)
        other = worded if isinstance(value, tuple) else worded[0]
        if sum(1 << bit for bit, test in enumerate(tests) if test(other)) == region.verdicts:
            return replace(region, value=other)
    return region


def _numbers(declared: Input, samples: list[Any]) -> list[Any] | None:
    ordered = sorted({value for value in samples if as_number(value) is not None})
    if len(ordered) > MAX_NUMBERS:
        return None
    step = KINDS[declared.type].scale
    between = [_middle(low, high, declared) for low, high in pairwise(ordered)]
    ends = [ordered[0] - step, ordered[-1] + step] if ordered else []
    found = [*ordered, *between, *ends, 0, -1]
    return [value for value in found if value >= 0] if declared.query else found


def _middle(low: Any, high: Any, declared: Input) -> Any:
    """Return a value between two, a round one where there is room for it."""
    kind = KINDS[declared.type]
    if kind.fractions:
        return (low + high) / 2
    middle = (low + high) // 2
    whole = middle // kind.scale * kind.scale
    return whole if low < whole < high else middle


def _around(found: Iterable[Any], step: Any) -> list[Any]:
    near: list[Any] = []
    for value in found:
        for shift in (0 * step, -step, step):
            try:
                near.append(value + shift)
            except OverflowError:
                continue
    return near


def _lists(samples: list[Any]) -> list[Any] | None:
    """Return lists: every choice of the single samples, alone and after each sample that is a list itself."""
    whole = [value for value in samples if isinstance(value, tuple)]
    parts = list(
        dict.fromkeys(value for value in samples if isinstance(value, str) and not is_missing(value))
    )
    if len(parts) > MAX_MEMBERS:
        return None
    chosen = [tuple(some) for some in _subsets(parts) if some] + [(*some, OTHER) for some in _subsets(parts)]
    return chosen + [(*start, *some) for start in whole for some in ((), *chosen)]


def _tails(parts: list[str]) -> Iterator[str]:
    """Yield every choice of parts, with each of them once at the end."""
    for subset in _subsets(parts):
        for at in range(max(len(subset), 1)):
            yield "".join((*subset[at + 1 :], *subset[: at + 1]))


def _divisions(named: list[str]) -> list[str]:
    """Return made-up divisions below the named ones."""
    cities = [code[:4] + "99" for code in named if code.endswith("00")]
    return cities + [code + "999" for code in [*named, *cities] if len(code) < 12]


def _subsets(parts: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(parts) + 1):
        yield from combinations(parts, size)
