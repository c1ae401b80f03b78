"""What rules propose on kept values: each answer worked out once for equal values, and what is unknown told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from portal.core.conditions import Condition, Env, evaluate
from portal.core.conditions.model import Atom, Field, Today, atoms
from portal.core.conditions.operators import OPERATORS
from portal.core.rules.decision import Action
from portal.core.rules.past.carrying import Carried, Why
from portal.core.rules.rule_set import Rule, RuleSet
from portal.core.values import is_missing

# So many different matters are remembered; what comes after is worked out again.
MOST_KEPT = 200_000


class Target(NamedTuple):
    """Where a proposal leads: its route, and the department, window, room, zone, sub-centre or tier."""

    route: str
    kind: str
    name: str


class Outcome(NamedTuple):
    """What rules propose: the ways on in their order, and the periods that begin."""

    targets: tuple[Target, ...] = ()
    periods: frozenset[str] = frozenset()

    def __add__(self, other: Any) -> Outcome:
        """Return what two rule sets propose one after the other."""
        return Outcome(self.targets + other.targets, self.periods | other.periods)


class Undecided(NamedTuple):
    """An input that nobody can answer and on which some rule depends."""

    name: str
    why: Why


@dataclass
class Replayer:
    """Answers of one rule set to typed values, worked out once for each group of rules that fire together."""

    rules: RuleSet

    def __post_init__(self) -> None:
        """Begin without any answer."""
        self._by_firing: dict[tuple[int, ...], Outcome] = {}

    @cached_property
    def is_dated(self) -> bool:
        """Whether the day of a decision makes a difference."""
        found = (atom for rule in self.rules.rules if rule.condition for atom in atoms(rule.condition))
        asks = any(isinstance(one.operand, Today) or OPERATORS[one.op].sees == "day" for one in found)
        return asks or any(rule.first_day or rule.last_day for rule in self.rules.rules)

    def outcome(self, values: Mapping[str, Any], day: date) -> Outcome:
        """Return what the rules propose on typed values on a day."""
        firing = self.rules.firing(values, day)
        found = self._by_firing.get(firing)
        if found is None:
            found = self._by_firing[firing] = outcome_of(self.rules.proposed(firing))
        return found


@dataclass
class Side:
    """One rule set that decides anew, and how it reads what older ones kept. Equal values are decided on once."""

    replayer: Replayer
    carried: Carried

    def __post_init__(self) -> None:
        """Begin without any answer."""
        self._known: dict[Any, Outcome | Undecided] = {}

    def answer(self, kept: Mapping[str, Mapping[str, Any]], entered: Any, day: date) -> Outcome | Undecided:
        """Return the outcome on what was kept, by rule set and input; an input where the outcome depends on it.

        ``entered`` holds the data of the matter then, where ``carried`` reads any of it.
        """
        shown = [kept[rules_id].get(name) for _, rules_id, name, _ in self.carried.kept]
        shown += [one.source.read(entered) for one in self.carried.entered if one.source]
        key = (day if self.replayer.is_dated else None, _hashable(shown))
        found = self._known.get(key)
        if found is None:
            found = self._answer(typed(self.carried, shown), day)
            if len(self._known) < MOST_KEPT:
                self._known[key] = found
        return found

    def _answer(self, values: Mapping[str, Any], day: date) -> Outcome | Undecided:
        if self._doubtful:
            env = self.replayer.rules.env(day)
            for rule in self._doubtful:
                if rule.in_force(day) and rule.condition is not None:
                    missed = undecided(rule.condition, values, env, self.carried.unknown)
                    if missed is not None:
                        return missed
        return self.replayer.outcome(values, day)

    @cached_property
    def _doubtful(self) -> tuple[Rule, ...]:
        """The rules that read an input nobody can answer."""
        rules = self.replayer.rules.rules
        return tuple(
            one for one in rules if one.condition and self.carried.unknown.keys() & _read_by(one.condition)
        )


def typed(carried: Carried, shown: list[Any]) -> dict[str, Any]:
    """Return kept and entered values by input, typed as the rules read them; what has another kind is left out."""
    values = {}
    for (name, _, _, read), value in zip(carried.kept, shown, strict=False):
        if not is_missing(value):
            values[name] = read(value)
    for declared, value in zip(carried.entered, shown[len(carried.kept) :], strict=True):
        if not is_missing(value):
            values[declared.name] = declared.read(value)
    return {name: value for name, value in values.items() if not is_missing(value)}


def undecided(
    condition: Condition, values: Mapping[str, Any], env: Env, unknown: Mapping[str, Why]
) -> Undecided | None:
    """Return an unknown input on which the verdict of a condition depends; None where it holds or not in any case."""
    found = _known(condition, values, env, unknown)
    return None if isinstance(found, bool) else found


def _known(
    condition: Condition, values: Mapping[str, Any], env: Env, unknown: Mapping[str, Why]
) -> bool | Undecided:
    if isinstance(condition, Atom):
        name = condition.subject.name if isinstance(condition.subject, Field) else ""
        if name in unknown:
            return Undecided(name, unknown[name])
        return evaluate(condition, values, env)
    settles = condition.kind != "all"
    missed: Undecided | None = None
    for member in condition.members:
        found = _known(member, values, env, unknown)
        if isinstance(found, Undecided):
            missed = missed or found
        elif found is settles:
            return settles if condition.kind != "none" else False
    if missed is not None:
        return missed
    return not settles if condition.kind != "none" else True


def outcome_of(actions: tuple[Action, ...]) -> Outcome:
    """Return where actions lead, and which periods they begin."""
    targets = tuple(target_of(one.data) for one in actions if one.do == "refer")
    periods = {one.data.get("deadline") for one in actions if one.do in ("refer", "deadline")}
    return Outcome(targets, frozenset(str(one) for one in periods if one))


def target_of(proposal: Mapping[str, Any]) -> Target:
    """Return where a proposal leads."""
    kind, name = next(iter((proposal.get("to") or {"tier": "centre"}).items()))
    return Target(str(proposal.get("route") or ""), str(kind), str(name))


def _read_by(condition: Condition) -> frozenset[str]:
    return frozenset(one.subject.name for one in atoms(condition) if isinstance(one.subject, Field))


def _hashable(values: Any) -> Any:
    """Return values as a key; those that are equal and of different kinds stay apart."""
    return tuple(
        _hashable(one)
        if isinstance(one, list | tuple)
        else one
        if isinstance(one, str)
        else (type(one), repr(one))
        for one in values
    )
