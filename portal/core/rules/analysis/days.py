"""Days of decision that differ for the rules: by what is in force, and by how relative days lie among fixed ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from portal.core.conditions import Atom
from portal.core.conditions.model import Today, Value
from portal.core.conditions.operators import OPERATORS
from portal.core.conditions.samples import Sampled
from portal.core.rules.rule_set import Rule
from portal.core.values import shifted

# After so many days the lengths of months and years come round again.
CYCLE_DAYS = 1461
_FIRST, _LAST = date(1900, 1, 1).toordinal(), date(2200, 1, 1).toordinal()
_DAY = timedelta(days=1)
# How the days that comparisons of an input name lie to one another.
Shape = tuple[Any, ...]


def is_turning(atom: Atom) -> bool:
    """Tell whether what a comparison is given moves with the day of the decision."""
    return isinstance(atom.operand, Today) or OPERATORS[atom.op].sees == "day"


def samples_of(atoms: Iterable[Atom], day: date) -> list[Any]:
    """Return the values that make a difference to the comparisons on a day."""
    given = [(OPERATORS[atom.op], _given(atom, day)) for atom in atoms]
    about = Sampled(day, tuple(value for _, values in given for value in values))
    return [
        sample
        for operator, values in given
        for sample in (operator.samples(values, about) if operator.samples else ())
    ]


def days_named(atoms: Iterable[Atom], day: date) -> list[date]:
    """Return the days at which comparisons relative to ``day`` change their verdict, in the order of the atoms."""
    found = samples_of([atom for atom in atoms if is_turning(atom)], day)
    return [value for value in found if isinstance(value, date)]


def days_to_try(rules: Sequence[Rule], atoms: Mapping[str, Sequence[Atom]], day: date) -> Iterator[date]:
    """Yield days of decision such that every situation that can arise arises on one of them; ``day`` if it can be."""
    boundaries = sorted(set(_periods(rules)) | set(_crossings(atoms.values())))
    uneven = any(_is_uneven(group) for group in atoms.values())
    starts = [boundaries[0] - _DAY, *boundaries] if boundaries else [day]
    yield day
    for start, following in pairwise([*starts, None]):
        assert start is not None
        yield start
        if not uneven:
            continue
        for shift in range(1, CYCLE_DAYS):
            other = start + shift * _DAY
            if following is not None and other >= following:
                break
            yield other
    if uneven and boundaries:
        yield from (boundaries[0] - shift * _DAY for shift in range(2, CYCLE_DAYS))


def shape(atoms: Mapping[str, Sequence[Atom]], day: date) -> Shape:
    """Return how the days that the comparisons name lie to one another on a day of decision."""
    return tuple(_order(group, day) for group in atoms.values() if any(is_turning(atom) for atom in group))


def _order(atoms: Sequence[Atom], day: date) -> Shape:
    points = [*_fixed(atoms), *days_named(atoms, day)]
    order = sorted(range(len(points)), key=lambda index: (points[index], index))
    gaps = tuple(min((points[b] - points[a]).days, 2) for a, b in pairwise(order))
    return (tuple(order), gaps)


def _fixed(atoms: Sequence[Atom]) -> list[date]:
    steady = samples_of([atom for atom in atoms if not is_turning(atom)], date.min)
    return sorted({value for value in steady if isinstance(value, date)})


def _periods(rules: Sequence[Rule]) -> Iterator[date]:
    """Yield the days on which a rule comes into force or is no longer in force."""
    for rule in rules:
        if rule.first_day is not None:
            yield rule.first_day
        if rule.last_day is not None and rule.last_day < date.max:
            yield rule.last_day + _DAY


def _crossings(groups: Iterable[Sequence[Atom]]) -> Iterator[date]:
    """Yield the days on which a relative day reaches or passes a fixed one, or the day beside it, of the same input."""
    for atoms in groups:
        fixed = _fixed(atoms)
        turning = [atom for atom in atoms if is_turning(atom)]
        for atom in turning if fixed else ():
            for index in range(len(days_named([atom], date.fromordinal(_FIRST)))):
                for day in fixed:
                    for near in range(-1, 3):
                        yield _reaching(atom, index, day + near * _DAY)


def _reaching(atom: Atom, index: int, goal: date) -> date:
    """Return the first day of decision on which a relative day is ``goal`` or later."""
    low, high = _FIRST, _LAST
    while low < high:
        middle = (low + high) // 2
        found = days_named([atom], date.fromordinal(middle))
        if index < len(found) and found[index] >= goal:
            high = middle
        else:
            low = middle + 1
    return date.fromordinal(low)


def _is_uneven(atoms: Sequence[Atom]) -> bool:
    """Tell whether relative days of an input lie differently to one another from month to month."""
    turning = [atom for atom in atoms if is_turning(atom)]
    spans = [atom.operand for atom in turning if isinstance(atom.operand, Today)]
    return len(turning) > 1 and any(span.months or span.years for span in spans)


def _given(atom: Atom, day: date) -> tuple[Any, ...]:
    """Return the values that a comparison is given on a day."""
    operand = atom.operand
    if isinstance(operand, Today):
        value: Any = shifted(day, operand.days, operand.months, operand.years)
    else:
        value = operand.value if isinstance(operand, Value) else None
    return value if isinstance(value, tuple) else () if value is None else (value,)
