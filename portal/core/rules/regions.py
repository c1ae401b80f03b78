"""Which comparisons on one input can hold together: found by trying every value that makes a difference.

Each comparison looks at a single input. So the values of an input fall into a few regions in which all of
its comparisons have the same verdicts, and one value per region (around each literal, each code of the
taxonomy, no value at all ...) tells everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any

from portal.core import values
from portal.core.conditions import Atom, Env, Terms, evaluate
from portal.core.conditions.model import Today, Value
from portal.core.conditions.operators import OPERATORS
from portal.core.conditions.samples import Part, Sampled
from portal.core.kinds import KINDS
from portal.core.rules.inputs import Input
from portal.core.taxonomy import Taxonomy
from portal.core.values import DATE, as_number, shifted

MAX_TRIALS = 250_000
MAX_PARTS = 6
_SOME_DAY = date(2024, 3, 1)
_OTHER = "\ue000"  # a private-use character: a text that no literal equals


@dataclass(frozen=True, slots=True)
class Regions:
    """The possible verdicts on the comparisons of one input, one bit per comparison; None = could be any."""

    masks: frozenset[int] | None

    @property
    def size(self) -> int:
        """Return how much a question costs."""
        return 1 + len(self.masks or ())

    def allow(self, holding: int, failing: int) -> bool:
        """Tell whether some value makes the first comparisons hold and the second fail."""
        if self.masks is None:
            return not holding & failing
        return any(mask & holding == holding and not mask & failing for mask in self.masks)


def regions(
    inputs: Mapping[str, Input], atoms: Mapping[str, Sequence[Atom]], taxonomies: dict[str, Terms]
) -> dict[str, Regions]:
    """Return the regions of each input under its comparisons, as far as the number of trials allows."""
    result, left = {}, MAX_TRIALS
    for name, looked_at in atoms.items():
        if any(OPERATORS[atom.op].samples is None for atom in looked_at):
            result[name] = Regions(None)
            continue
        candidates, days = _candidates(inputs[name], looked_at, taxonomies), _days(inputs[name], looked_at)
        cost = len(candidates or ()) * len(looked_at) * len(days)
        if candidates is None or cost > left:
            result[name] = Regions(None)
            continue
        left -= cost
        result[name] = _tried(inputs[name], looked_at, candidates, days, taxonomies)
    return result


def _tried(
    declared: Input,
    atoms: Sequence[Atom],
    candidates: list[Any],
    days: list[date],
    taxonomies: dict[str, Terms],
) -> Regions:
    masks = set()
    for day in days:
        env = Env(day, taxonomies=taxonomies)
        here = [*candidates, *_around(_relative(atoms, day), timedelta(days=1))]
        for facts in ({}, *({declared.name: value} for value in here)):
            masks.add(sum(1 << bit for bit, atom in enumerate(atoms) if evaluate(atom, facts, env)))
    return Regions(frozenset(masks))


def _given(atom: Atom, day: date) -> tuple[Any, ...]:
    """Return the values that a comparison is given on a day."""
    operand = atom.operand
    if isinstance(operand, Today):
        value: Any = shifted(day, operand.days, operand.months, operand.years)
    else:
        value = operand.value if isinstance(operand, Value) else None
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _samples(atoms: Iterable[Atom], day: date) -> list[Any]:
    """Return the values that make a difference to the comparisons on a day."""
    given = [(OPERATORS[atom.op], _given(atom, day)) for atom in atoms]
    about = Sampled(day, tuple(value for _, values in given for value in values))
    return [
        sample
        for operator, values in given
        for sample in (operator.samples(values, about) if operator.samples else ())
    ]


def _turns(atom: Atom) -> bool:
    """Tell whether what a comparison is given moves with the day of the decision."""
    return isinstance(atom.operand, Today) or OPERATORS[atom.op].sees == "day"


def _candidates(declared: Input, atoms: Sequence[Atom], taxonomies: dict[str, Terms]) -> list[Any] | None:
    """Return values that reach every region, or None where that would be too many."""
    samples = _samples([atom for atom in atoms if not _turns(atom)], _SOME_DAY)
    match KINDS[declared.type].compared:
        case values.BOOLEAN:
            return [True, False]
        case values.DATE:
            days = [value for value in samples if isinstance(value, date)]
            return [_SOME_DAY, *_around(days, timedelta(days=1))]
        case values.NUMBER:
            return _numbers(declared, samples)
        case values.LIST:
            return _lists(samples)
        case _:
            return _texts(declared, atoms, samples, taxonomies)


def _numbers(declared: Input, samples: list[Any]) -> list[Any] | None:
    numbers = [value for value in samples if as_number(value) is not None]
    if len(numbers) > 300:
        return None
    ordered = sorted({0, *numbers})
    around = _around(ordered, 1)
    if KINDS[declared.type].fractions:
        around += [(low + high) / 2 for low, high in pairwise(ordered)]
    return [value for value in around if value >= 0] if declared.query else around


def _around(values: Iterable[Any], step: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        for shift in (-step, 0 * step, step):
            try:
                found.append(value + shift)
            except OverflowError:
                continue
    return found


def _lists(samples: list[Any]) -> list[Any] | None:
    """Return lists: every choice of the single samples, alone and after each sample that is a list itself."""
    whole = [value for value in samples if isinstance(value, tuple)]
    parts = list(dict.fromkeys(value for value in samples if not isinstance(value, tuple)))
    if len(parts) > MAX_PARTS:
        return None
    chosen = [*_subsets(parts, _OTHER)]
    return chosen + [(*start, *some) for start in whole for some in ((), *chosen)]


def _texts(
    declared: Input, atoms: Sequence[Atom], samples: list[Any], taxonomies: dict[str, Terms]
) -> list[Any] | None:
    named = [value for value in samples if isinstance(value, str)]
    if any(OPERATORS[atom.op].sees == "terms" for atom in atoms):
        codes = _codes(declared, named, taxonomies)
        if codes is None:
            return None
        named += codes
    starts = list(dict.fromkeys(["", *named]))
    parts = list(dict.fromkeys(value.text for value in samples if isinstance(value, Part)))
    if len(parts) > MAX_PARTS:
        return None
    tails = list(dict.fromkeys(_tails(parts)))
    return [
        text for start in starts for tail in tails for text in (start + tail, start + _OTHER + tail) if text
    ]


def _tails(parts: list[str]) -> Iterator[str]:
    """Yield every choice of parts, with each of them once at the end."""
    for subset in _subsets(parts, ""):
        for at in range(max(len(subset), 1)):
            yield "".join((*subset[at + 1 :], *subset[: at + 1]))


def _codes(declared: Input, named: list[str], taxonomies: dict[str, Terms]) -> list[str] | None:
    """Return codes below the named ones: those of the taxonomy, or made-up divisions."""
    if declared.type == "unit":
        cities = [code[:4] + "99" for code in named if code.endswith("00")]
        return cities + [code + "999" for code in [*named, *cities] if len(code) < 12]
    tree = taxonomies.get(declared.taxonomy)
    return list(tree.codes()) if isinstance(tree, Taxonomy) else None


def _subsets(parts: list[str], extra: str) -> Iterator[tuple[str, ...]]:
    for size in range(len(parts) + 1):
        for subset in combinations(parts, size):
            yield (*subset, extra) if extra else subset


def _relative(atoms: Iterable[Atom], day: date) -> list[date]:
    """Return the days at which comparisons relative to ``day`` change their verdict; none without such ones."""
    turning = [atom for atom in atoms if _turns(atom)]
    found = [value for value in _samples(turning, day) if isinstance(value, date)]
    return [day, *found] if found else []


def _days(declared: Input, atoms: Sequence[Atom]) -> list[date]:
    """Return the days of decision to try: one, unless fixed and relative dates meet on one input."""
    steady = [atom for atom in atoms if not _turns(atom)]
    fixed = [value for value in _samples(steady, _SOME_DAY) if isinstance(value, date)]
    relative = _relative(atoms, _SOME_DAY) if KINDS[declared.type].compared == DATE else []
    if not fixed or not relative:
        return [_SOME_DAY]
    spans = [_SOME_DAY - turn for turn in relative]
    moved = (_moved(day, span) for day in fixed for span in spans)
    return sorted({day for found in moved if found for day in _around([found], timedelta(days=1))})


def _moved(day: date, span: timedelta) -> date | None:
    try:
        return day + span
    except OverflowError:
        return None
