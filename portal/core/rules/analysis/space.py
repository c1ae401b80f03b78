"""The space of all that can be entered: an axis for each input, on it the regions; conditions are boxes in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.core.conditions import Atom, Condition, DivisionCodes, Terms
from portal.core.conditions.model import Field, atoms
from portal.core.rules.analysis.days import days_to_try, is_turning, shape
from portal.core.rules.analysis.regions import SOME_DAY, Compared, Region, Trials
from portal.core.rules.inputs import Input
from portal.core.rules.rule_set import Rule, RuleSet

MAX_BOXES = 256
MAX_DAYS = 20_000
MAX_SITUATIONS = 200

# For each axis the regions that belong to it, as bits.
Box = tuple[int, ...]
# For each axis the number of one region.
Point = tuple[int, ...]


class TooMuch(Exception):
    """The question is too large to be answered; it is left open rather than guessed."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An input, and the regions of its values; those that a person can enter, and those with a value, as bits."""

    declared: Input
    regions: tuple[Region, ...]

    @property
    def full(self) -> int:
        """Return all regions."""
        return (1 << len(self.regions)) - 1

    def where(self, wanted: Iterable[bool]) -> int:
        """Return the regions for which something is so."""
        return sum(1 << index for index, so in enumerate(wanted) if so)


@dataclass(frozen=True)
class Space:
    """The axes on one day of decision, and where on its axis each comparison holds."""

    day: date
    axes: tuple[Axis, ...]
    holds: Mapping[Atom, tuple[int, int]]  # axis and regions; comparisons that can't be judged are not in it
    full: Box = field(init=False)

    def __post_init__(self) -> None:
        """Work out the box that holds everything."""
        object.__setattr__(self, "full", tuple(axis.full for axis in self.axes))

    def possible(self, given: Collection[str] = ()) -> Box:
        """Return the box of what a person can enter, the inputs ``given`` always having a value."""
        return tuple(
            axis.where(
                one.possible and not (one.value is None and axis.declared.name in given)
                for one in axis.regions
            )
            for axis in self.axes
        )

    def boxes(self, condition: Condition | None, *, unknown: bool) -> list[Box]:
        """Return boxes that hold a condition's points and no others; ``unknown`` is the verdict where none is known.

        Raise ``TooMuch`` for a condition that needs too many.
        """
        return [self.full] if condition is None else self._boxes(condition, True, unknown)

    def _boxes(self, condition: Condition, positive: bool, unknown: bool) -> list[Box]:
        if isinstance(condition, Atom):
            return self._slab(condition, positive, unknown)
        inner = positive if condition.kind != "none" else not positive
        parts = [self._boxes(member, inner, unknown) for member in condition.members]
        together = not positive if condition.kind == "any" else positive
        if not together:
            return _merged([box for part in parts for box in part])
        found = [self.full]
        for part in sorted(parts, key=len):
            found = _merged([box for left in found for right in part if (box := meeting(left, right))])
        return found

    def _slab(self, atom: Atom, positive: bool, unknown: bool) -> list[Box]:
        if atom not in self.holds:
            return [self.full] if unknown else []
        at, mask = self.holds[atom]
        if not positive:
            mask = self.full[at] & ~mask
        return [(*self.full[:at], mask, *self.full[at + 1 :])] if mask else []

    def knows(self, condition: Condition | None) -> bool:
        """Tell whether each comparison of a condition can be judged."""
        return condition is None or all(atom in self.holds for atom in atoms(condition))


def meeting(left: Box, right: Box) -> Box | None:
    """Return what two boxes have in common; None where that is nothing."""
    common = []
    for one, other in zip(left, right, strict=True):
        both = one & other
        if not both:
            return None
        common.append(both)
    return tuple(common)


def _merged(boxes: list[Box]) -> list[Box]:
    """Return the same points in fewer boxes: those that differ on one axis alone become one."""
    found = list(dict.fromkeys(boxes))
    for at in range(len(found[0]) if len(found) > 1 else 0):
        groups: dict[Box, int] = {}
        for box in found:
            rest = box[:at] + box[at + 1 :]
            groups[rest] = groups.get(rest, 0) | box[at]
        found = [(*rest[:at], mask, *rest[at:]) for rest, mask in groups.items()]
    if len(found) > MAX_BOXES:
        raise TooMuch
    return found


@dataclass(frozen=True)
class Situation:
    """A day of decision, its space, and the rules that are in force on it, by their place in the order."""

    day: date
    space: Space
    in_force: frozenset[int]


@dataclass
class Situations:
    """All situations of a rule set that differ; ``complete`` tells whether all could be looked at."""

    found: list[Situation]
    complete: bool

    @classmethod
    def of(
        cls, rule_set: RuleSet, day: date = SOME_DAY, offered: Mapping[str, Collection[Any]] | None = None
    ) -> Situations:
        """Return the situations of a rule set, the one of ``day`` first."""
        groups = _comparisons(rule_set)
        terms: dict[str, Terms] = {**rule_set.taxonomies, "unit": DivisionCodes()}
        by_input = {name: [atom for atom, _ in group] for name, group in groups.items()}
        steady: dict[str, tuple[Region, ...] | None] = {}
        found: dict[Any, Situation] = {}
        for tried, other in enumerate(days_to_try(rule_set.rules, by_input, day)):
            if tried > MAX_DAYS or len(found) > MAX_SITUATIONS:
                return cls(list(found.values()), False)
            form, in_force = shape(by_input, other), _in_force(rule_set.rules, other)
            if (form, in_force) in found:
                continue
            space = _space(rule_set, other, groups, terms, offered or {}, steady)
            found[form, in_force] = Situation(other, space, in_force)
        return cls(list(found.values()), True)


Comparisons = Mapping[str, Sequence[tuple[Atom, Input]]]


def _comparisons(rule_set: RuleSet) -> Comparisons:
    """Return the comparisons by input; inputs that read the same values count as one."""
    first: dict[Any, str] = {}
    found: dict[str, dict[Atom, Input]] = {}
    for rule in rule_set.rules:
        for atom in atoms(rule.condition) if rule.condition else ():
            assert isinstance(atom.subject, Field)  # rules read declared inputs only
            declared = rule_set.inputs[atom.subject.name]
            same = (declared.source, declared.type, declared.taxonomy) if declared.source else declared.name
            name = first.setdefault(same, declared.name)
            found.setdefault(name, {})[atom] = declared
    return {name: tuple(group.items()) for name, group in sorted(found.items())}


def _space(
    rule_set: RuleSet,
    day: date,
    groups: Comparisons,
    terms: Mapping[str, Terms],
    offered: Mapping[str, Collection[Any]],
    steady: dict[str, tuple[Region, ...] | None],
) -> Space:
    trials = Trials()
    axes: list[Axis] = []
    holds: dict[Atom, tuple[int, int]] = {}
    for name, group in groups.items():
        declared = rule_set.inputs[name]
        atoms_here = tuple(atom for atom, _ in group)
        if name in steady:
            regions = steady[name]
        else:
            regions = Compared(declared, atoms_here, terms, offered.get(name)).regions(day, trials)
            if not any(is_turning(atom) for atom in atoms_here):
                steady[name] = regions
        if regions is None:
            continue
        for bit, atom in enumerate(atoms_here):
            mask = sum(1 << index for index, region in enumerate(regions) if region.verdicts >> bit & 1)
            holds[atom] = (len(axes), mask)
        axes.append(Axis(declared, regions))
    return Space(day, tuple(axes), holds)


def _in_force(rules: Sequence[Rule], day: date) -> frozenset[int]:
    return frozenset(index for index, rule in enumerate(rules) if rule.in_force(day))
