"""Every input of a small rule set tried: which rules hold where, as bits of one number per rule.

It shares nothing with the analysis but the evaluator of conditions: values are taken from around each literal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from math import prod
from typing import Any

from portal.core.conditions import Atom, Condition, DivisionCodes, Env, evaluate
from portal.core.conditions.model import Value, atoms
from portal.core.kinds import KINDS
from portal.core.rules import Rule, RuleSet
from portal.core.values import BOOLEAN, DATE, LIST, NUMBER


@dataclass
class WholeSpace:
    """All combinations of values of the inputs that a rule set reads."""

    rules: RuleSet
    today: date

    def __post_init__(self) -> None:
        read = {atom.subject.name for one in self.rules.rules for atom in _atoms(one)}  # type: ignore[union-attr]
        self.names = sorted(read)
        self.values = {name: self._tried(name) for name in self.names}
        self.size = prod(len(found) for found in self.values.values())
        self.all = (1 << self.size) - 1
        self.env = Env(self.today, taxonomies={**self.rules.taxonomies, "unit": DivisionCodes()})
        self._verdicts: dict[Atom, int] = {}

    def _tried(self, name: str) -> list[Any]:
        literals: list[Any] = []
        for one in self.rules.rules:
            for atom in _atoms(one):
                operand = atom.operand.value if isinstance(atom.operand, Value) else None
                if atom.subject.name == name and operand is not None:  # type: ignore[union-attr]
                    literals += operand if isinstance(operand, tuple) else [operand]
        declared = self.rules.inputs[name]
        compared = KINDS[declared.type].compared
        if compared == BOOLEAN:
            return [None, True, False]
        if compared == NUMBER:
            return [None, *sorted({near for one in literals for near in (one - 1, one, one + 1)} | {7})]
        if compared == DATE:
            day = timedelta(days=1)
            return [
                None,
                *sorted({near for one in literals for near in (one - day, one, one + day)} | {self.today}),
            ]
        if compared == LIST:
            parts = [*dict.fromkeys(literals), "别的"]
            return [None, *(some for size in range(1, len(parts) + 1) for some in combinations(parts, size))]
        tree = self.rules.taxonomies.get(declared.taxonomy)
        return [
            None,
            *dict.fromkeys([*(tree.codes() if tree else ()), *literals, *([] if tree else ["别的"])]),
        ]

    def where(self, condition: Condition | None) -> int:
        """Return where a condition holds."""
        if condition is None:
            return self.all
        if isinstance(condition, Atom):
            if condition not in self._verdicts:
                self._verdicts[condition] = self._spread(condition)
            return self._verdicts[condition]
        parts = [self.where(member) for member in condition.members]
        found = parts[0]
        for part in parts[1:]:
            found = found & part if condition.kind == "all" else found | part
        return self.all & ~found if condition.kind == "none" else found

    def _spread(self, atom: Atom) -> int:
        name = atom.subject.name  # type: ignore[union-attr]
        facts = ({name: value} if value is not None else {} for value in self.values[name])
        return self._pattern(name, [evaluate(atom, one, self.env) for one in facts])

    def given(self, names: Iterable[str]) -> int:
        """Return where all of some inputs have a value."""
        found = self.all
        for name in names:
            if name in self.values:
                found &= self._pattern(name, [value is not None for value in self.values[name]])
        return found

    def _pattern(self, name: str, verdicts: list[bool]) -> int:
        at = self.names.index(name)
        inner = prod(len(self.values[one]) for one in self.names[at + 1 :])
        outer = prod(len(self.values[one]) for one in self.names[:at])
        return int("".join(("1" if one else "0") * inner for one in verdicts) * outer, 2)

    def holding(self) -> dict[str, int]:
        """Return for each rule where it holds."""
        return {rule.id: self.where(rule.condition) for rule in self.rules.rules if rule.in_force(self.today)}

    def firing(self) -> dict[str, int]:
        """Return for each rule where it fires."""
        left, found = self.all, {}
        for name, where in self.holding().items():
            found[name] = where & left
            if self.rules.hit == "first":
                left &= ~where
        return found

    def standing(self, do: str) -> dict[str, list[tuple[str, int]]]:
        """Return for each rule its actions of one kind, each with where it is offered."""
        firing = self.firing()
        out: dict[str, int] = {}
        for rule in self.rules.rules:
            for action in rule.actions:
                if action.do == "exclude":
                    route = action.data["route"]
                    out[route] = out.get(route, 0) | firing.get(rule.id, 0)
        return {
            rule.id: [
                (action.key, firing.get(rule.id, 0) & ~out.get(str(action.data.get("route")), 0))
                for action in rule.actions
                if action.do == do
            ]
            for rule in self.rules.rules
        }


def _atoms(rule: Rule) -> Iterable[Atom]:
    return atoms(rule.condition) if rule.condition is not None else ()


@dataclass
class Truth:
    """What is wrong with a rule set, found by trying everything."""

    dead: set[str]
    hidden: set[str]
    conflicts: set[frozenset[str]]
    gap: bool

    @classmethod
    def of(cls, space: WholeSpace) -> Truth:
        """Return the truth about a rule set whose leading action is ``refer``."""
        rules, holding, firing = space.rules, space.holding(), space.firing()
        offered = space.standing("refer")
        dead = {name for name, where in holding.items() if not where}
        if rules.hit == "first":
            hidden = {name for name in holding if holding[name] and not firing[name]}
        else:
            hidden = {
                rule.id
                for rule in rules.rules
                if holding[rule.id]
                and all(action.do == "refer" for action in rule.actions)
                and not any(where for _, where in offered[rule.id])
            }
        conflicts = {
            frozenset({a.id, b.id})
            for a, b in combinations(rules.rules, 2)
            if a.priority == b.priority and _conflict(space, a, b, offered, firing, holding)
        }
        promised = rules.covers
        somewhere = 0
        for each in offered.values():
            for _, where in each:
                somewhere |= where
        missing = space.given(promised.given) & ~somewhere if promised else 0
        return cls(dead, hidden, conflicts, bool(missing))


def _conflict(
    space: WholeSpace,
    a: Rule,
    b: Rule,
    offered: dict[str, list[tuple[str, int]]],
    firing: dict[str, int],
    holding: dict[str, int],
) -> bool:
    if space.rules.hit == "first":
        return [x.key for x in a.actions] != [x.key for x in b.actions] and bool(firing[a.id] & holding[b.id])
    if not offered[a.id] or not offered[b.id] or offered[a.id][0][0] == offered[b.id][0][0]:
        return False
    return bool(offered[a.id][0][1] & offered[b.id][0][1])
