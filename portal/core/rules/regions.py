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

from portal.core.conditions import Atom, Env, Terms, evaluate
from portal.core.conditions.model import Today, Value
from portal.core.conditions.values import shifted
from portal.core.rules.inputs import Input
from portal.core.taxonomy import Taxonomy

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


def _literals(atoms: Iterable[Atom], *ops: str) -> Iterator[Any]:
    for atom in atoms:
        if (not ops or atom.op in ops) and isinstance(atom.operand, Value) and atom.operand.value is not None:
            value = atom.operand.value
            yield from value if isinstance(value, tuple) else (value,)


def _candidates(declared: Input, atoms: Sequence[Atom], taxonomies: dict[str, Terms]) -> list[Any] | None:
    """Return values that reach every region, or None where that would be too many."""
    if declared.type == "boolean":
        return [True, False]
    if declared.type == "date":
        absolute = [value for value in _literals(atoms) if isinstance(value, date)]
        return [_SOME_DAY, *_around(absolute, timedelta(days=1))]
    if declared.type in ("integer", "money", "number"):
        return _numbers(declared, list(_literals(atoms)))
    if declared.type == "strings":
        parts = list(dict.fromkeys(_literals(atoms)))
        return None if len(parts) > MAX_PARTS else [*_subsets(parts, _OTHER)]
    return _texts(declared, atoms, taxonomies)


def _numbers(declared: Input, literals: list[Any]) -> list[Any] | None:
    if len(literals) > 300:
        return None
    ordered = sorted({0, *literals})
    around = _around(ordered, 1)
    if declared.type == "number":
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


def _texts(declared: Input, atoms: Sequence[Atom], taxonomies: dict[str, Terms]) -> list[Any] | None:
    named = list(_literals(atoms, "eq", "ne", "in", "not_in", "under", "not_under"))
    if any(atom.op.endswith("under") for atom in atoms):
        codes = _codes(declared, named, taxonomies)
        if codes is None:
            return None
        named += codes
    starts = list(dict.fromkeys(["", *_literals(atoms, "starts_with"), *named]))
    parts = list(dict.fromkeys(_literals(atoms, "contains")))
    if len(parts) > MAX_PARTS:
        return None
    tails = ["".join(subset) for subset in _subsets(parts, "")]
    return [
        text for start in starts for tail in tails for text in (start + tail, start + _OTHER + tail) if text
    ]


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
    """Return the days at which comparisons relative to ``day`` change their verdict."""
    found = [day]
    for atom in atoms:
        operand, turn = atom.operand, None
        if isinstance(operand, Today):
            turn = shifted(day, operand.days, operand.months, operand.years)
        elif atom.op in ("within_days", "older_than_days") and isinstance(operand, Value):
            turn = shifted(day, -int(str(operand.value)))
        if turn is not None:
            found.append(turn)
    return found if len(found) > 1 else []


def _days(declared: Input, atoms: Sequence[Atom]) -> list[date]:
    """Return the days of decision to try: one, unless fixed and relative dates meet on one input."""
    fixed = [value for value in _literals(atoms) if isinstance(value, date)]
    relative = _relative(atoms, _SOME_DAY) if declared.type == "date" else []
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
