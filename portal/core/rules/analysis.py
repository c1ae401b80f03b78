"""Find rules that can never fire and rules of equal priority that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, groupby, islice

from portal.core import pointer
from portal.core.conditions import Atom, Condition, DivisionCodes, Terms
from portal.core.conditions.model import Field
from portal.core.conditions.model import atoms as atoms_of
from portal.core.effects import EFFECTS
from portal.core.errors import Problem, msg
from portal.core.rules.regions import Regions, regions
from portal.core.rules.rule_set import Rule, RuleSet

MAX_CLAUSES = 128
MAX_STEPS = 2_000_000
MAX_CONFLICTS = 100

# A clause: input -> (comparisons that must hold, comparisons that must fail), as bits.
Clause = Mapping[str, tuple[int, int]]


class _TooMuch(Exception):
    """The question is too large to be answered; it is left open rather than guessed."""


def analyse(rule_set: RuleSet, file: str = "") -> list[Problem]:
    """Return dead and contradictory rules."""
    logic = _Logic.of(rule_set)
    problems = []
    alive = []
    for rule in rule_set.rules:
        if logic.possible(rule.condition) is not False:
            alive.append(rule)
        else:
            problems.append(_dead(rule, file))
    if rule_set.hit == "first":
        problems += [_unreachable(rule, before, file) for rule, before in _shadowed(alive, logic)]
    conflicts = islice(_conflicts(alive, logic, rule_set.hit), MAX_CONFLICTS)
    problems += [_conflict(a, b, do, file) for a, b, do in conflicts]
    if logic.exhausted:
        message = msg("The rules are too many or too intricate to look for all contradictions")
        problems.append(Problem("rules.analysis_incomplete", message, {}, file, severity="warning"))
    return problems


def _dead(rule: Rule, file: str) -> Problem:
    return Problem(
        "rules.dead",
        msg("The rule “%(rule)s” can never fire: its conditions exclude one another"),
        {"rule": rule.id},
        file,
        pointer.join(["rules", rule.id, "when"]),
        msg("correct the condition, or hide the rule"),
    )


def _unreachable(rule: Rule, before: Rule, file: str) -> Problem:
    return Problem(
        "rules.unreachable",
        msg("The rule “%(rule)s” can never fire: “%(before)s” always comes first"),
        {"rule": rule.id, "before": before.id},
        file,
        pointer.join(["rules", rule.id]),
        msg("give it a higher priority, narrow the other rule, or hide it"),
        severity="warning",
    )


def _conflict(a: Rule, b: Rule, do: str, file: str) -> Problem:
    return Problem(
        "rules.conflict",
        msg(
            "“%(a)s” and “%(b)s” have the same priority %(priority)s, can fire together "
            "and propose different actions “%(do)s”"
        ),
        {"a": a.id, "b": b.id, "priority": a.priority, "do": do},
        file,
        pointer.join(["rules", b.id, "priority"]),
        msg("give them different priorities, or let their conditions exclude each other"),
    )


def _shadowed(rules: list[Rule], logic: _Logic) -> Iterator[tuple[Rule, Rule]]:
    for index, rule in enumerate(rules):
        for before in rules[:index]:
            if logic.budget < 0:
                return
            if _covers(before, rule) and logic.possible(rule.condition, excluding=before.condition) is False:
                yield rule, before
                break


def _conflicts(rules: list[Rule], logic: _Logic, hit: str) -> Iterator[tuple[Rule, Rule, str]]:
    for _, group in groupby(rules, key=lambda rule: rule.priority):
        for a, b in combinations(group, 2):
            if logic.budget < 0:
                return
            do = _contradiction(a, b, hit)
            if do and _meet(a, b) and logic.possible(a.condition, b.condition):
                yield a, b, do


def _contradiction(a: Rule, b: Rule, hit: str) -> str:
    """Return the kind of action on which two rules contradict each other, if they do."""
    for do in (name for name, effect in EFFECTS.items() if effect.leads):
        first, second = (next((x.key for x in rule.actions if x.do == do), None) for rule in (a, b))
        if first and second and first != second:
            return do
    if hit == "first" and [x.key for x in a.actions] != [x.key for x in b.actions]:
        return b.actions[0].do
    return ""


def _meet(a: Rule, b: Rule) -> bool:
    """Tell whether two rules are ever in force on the same day."""
    last = min(a.last_day or date.max, b.last_day or date.max)
    return max(a.first_day or date.min, b.first_day or date.min) <= last


def _covers(a: Rule, b: Rule) -> bool:
    """Tell whether ``a`` is in force whenever ``b`` is."""
    starts = (a.first_day or date.min) <= (b.first_day or date.min)
    return starts and (a.last_day or date.max) >= (b.last_day or date.max)


@dataclass(slots=True)
class _Logic:
    """Decides whether conditions can hold together, within a budget of steps."""

    bits: dict[Atom, int]
    regions: dict[str, Regions]
    budget: int = MAX_STEPS
    exhausted: bool = False
    known: dict[tuple[int, bool], list[Clause]] = field(default_factory=dict)

    @classmethod
    def of(cls, rule_set: RuleSet) -> _Logic:
        by_input: dict[str, dict[Atom, None]] = {}
        for rule in rule_set.rules:
            for atom in atoms_of(rule.condition) if rule.condition else ():
                by_input.setdefault(_input(atom), {})[atom] = None
        terms: dict[str, Terms] = {**rule_set.taxonomies, "unit": DivisionCodes()}
        return cls(
            {atom: bit for atoms in by_input.values() for bit, atom in enumerate(atoms)},
            regions(rule_set.inputs, {name: list(atoms) for name, atoms in by_input.items()}, terms),
        )

    def possible(
        self, *conditions: Condition | None, excluding: Condition | bool | None = False
    ) -> bool | None:
        """Tell whether all ``conditions`` can hold while ``excluding`` fails; None where it can't be told."""
        if excluding is None:  # a rule without a condition always holds
            return False
        try:
            parts = [self._clauses(condition, True) for condition in conditions if condition is not None]
            if not isinstance(excluding, bool):
                parts.append(self._clauses(excluding, False))
            found = self._product(parts, first=True)
        except _TooMuch:
            self.exhausted = True
            return None
        if any(self.regions[name].masks is None for clause in found for name in clause):
            self.exhausted = True
            return None
        return bool(found)

    def _clauses(self, condition: Condition, positive: bool) -> list[Clause]:
        """Return the disjunctive normal form of a condition or its opposite, without impossible clauses."""
        key = (id(condition), positive)  # the rules keep the condition alive; hashing it whole costs more
        if key not in self.known:
            self.known[key] = self._expand(condition, positive)
        return self.known[key]

    def _expand(self, condition: Condition, positive: bool) -> list[Clause]:
        if isinstance(condition, Atom):
            bit = 1 << self.bits[condition]
            clause: Clause = {_input(condition): (bit, 0) if positive else (0, bit)}
            return [clause] if self._feasible(clause) else []
        inner = positive if condition.kind != "none" else not positive
        parts = [self._clauses(member, inner) for member in condition.members]
        together = not positive if condition.kind == "any" else positive
        if together:
            return self._product(parts)
        found = [clause for part in parts for clause in part]
        if len(found) > MAX_CLAUSES:
            raise _TooMuch
        return found

    def _product(self, parts: list[list[Clause]], *, first: bool = False) -> list[Clause]:
        found: list[Clause] = [{}]
        for index, part in enumerate(parts):
            joined = []
            for left in found:
                for right in part:
                    clause = _joined(left, right)
                    if self._feasible(clause):
                        joined.append(clause)
                        if first and index == len(parts) - 1:
                            return joined
            if len(joined) > MAX_CLAUSES:
                raise _TooMuch
            found = joined
        return found

    def _feasible(self, clause: Clause) -> bool:
        self.budget -= sum(self.regions[name].size for name in clause)
        if self.budget < 0:
            raise _TooMuch
        return all(self.regions[name].allow(*masks) for name, masks in clause.items())


def _joined(left: Clause, right: Clause) -> Clause:
    result = dict(left)
    for name, (holding, failing) in right.items():
        known = result.get(name, (0, 0))
        result[name] = (known[0] | holding, known[1] | failing)
    return result


def _input(atom: Atom) -> str:
    assert isinstance(atom.subject, Field)  # rules read declared inputs only
    return atom.subject.name
