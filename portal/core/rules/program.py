"""The small subset of conditions that an engine is trusted with, and the engine's contract.

An engine sees integers and short texts: equality on texts, comparison on integers, nested and/or. Everything
else (dates relative to today, lists, taxonomies, negation, decimals, effective dates) is computed by the
reference evaluator first and handed over as 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from portal.core.conditions import Atom, Condition, Env, Group, evaluate
from portal.core.conditions.model import Value
from portal.core.conditions.operand import MAX_TEXT
from portal.core.conditions.operators import ABSENT, ANY_OF, GIVEN, OPERATORS
from portal.core.kinds import KINDS
from portal.core.rules.inputs import Input

MAX_GROUPS = 8
MAX_WIDTH = 12
MAX_TESTS = 60
MAX_CHOICES = 8


@dataclass(frozen=True, slots=True)
class Check:
    """Compare one column with a constant: eq, ne, lt, lte, gt or gte."""

    column: str
    op: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Join:
    """Several expressions taken together: all or any of them."""

    kind: str
    members: tuple[Expression, ...]


Expression = Check | Join


@dataclass(frozen=True, slots=True)
class Compiled:
    """One rule as the engine sees it: its expression and how wide and large that is."""

    expression: Expression
    width: int
    checks: int
    columns: frozenset[str]


class EngineFault(Exception):
    """The engine did not answer as it must; its state is no longer trusted."""


class RuleEngine(Protocol):
    """Something that tells which rules of a program hold for a row."""

    name: str

    def matching(self, program: Program, row: Mapping[str, int | str]) -> frozenset[int]:
        """Return the indexes of the rules that hold; raise ``EngineFault`` if that can't be said."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """The compiled rules of a rule set, and how to make a row for them."""

    digest: str
    rules: tuple[Compiled, ...]
    natives: Mapping[str, str]  # input -> column of its value
    presences: Mapping[str, str]  # input -> column that is 1 if it has a value
    flags: Mapping[Condition, str]  # condition computed beforehand -> column of its verdict
    periods: Mapping[str, tuple[date | None, date | None]]  # column -> first and last day of effect

    def row(
        self, values: Mapping[str, Any], env: Env, flags: Iterable[bool] | None = None
    ) -> dict[str, int | str]:
        """Return what the engine is told about one record; ``flags`` are the verdicts on its flags where known."""
        row: dict[str, int | str] = {}
        for name, column in self.natives.items():
            if name in values:
                row[column] = _native(values[name])
        for name, column in self.presences.items():
            row[column] = int(name in values)
        if flags is None:
            flags = (evaluate(condition, values, env) for condition in self.flags)
        for column, verdict in zip(self.flags.values(), flags, strict=True):
            row[column] = int(verdict)
        for column, (first, last) in self.periods.items():
            row[column] = int(in_force(first, last, env.today))
        return row


def in_force(first: date | None, last: date | None, today: date) -> bool:
    """Tell whether a period with open ends holds ``today``; both days belong to it."""
    return (first is None or first <= today) and (last is None or today <= last)


def _native(value: Any) -> int | str:
    """Return a value as the engine compares it; a text longer than any literal stays different from all."""
    if isinstance(value, str):
        return value[: MAX_TEXT + 1]
    return value.toordinal() if isinstance(value, date) else int(value)


@dataclass(slots=True)
class Translator:
    """Compiles conditions over typed inputs into expressions, inventing columns as it goes."""

    inputs: Mapping[str, Input]
    natives: dict[str, str] = field(default_factory=dict)
    presences: dict[str, str] = field(default_factory=dict)
    flags: dict[Condition, str] = field(default_factory=dict)
    periods: dict[str, tuple[date | None, date | None]] = field(default_factory=dict)

    def rule(self, condition: Condition | None, period: tuple[date | None, date | None]) -> Compiled:
        """Return one rule's expression; a condition that is too large for the engine becomes one flag."""
        size = _Size()
        parts: list[Expression] = []
        if condition is not None:
            draft = replace(self, flags=dict(self.flags))
            expression = draft._expression(condition, size)
            if size.fits:
                self.flags = draft.flags
            else:
                size, expression = _Size(), self._flag(condition)
            parts.append(expression)
        if period != (None, None):
            column = f"d{len(self.periods)}"
            self.periods[column] = period
            parts.append(Check(column, "eq", 1))
        if not parts:
            return Compiled(Join("all", ()), 1, 1, frozenset())
        expression = parts[0] if len(parts) == 1 else Join("all", tuple(parts))
        return Compiled(expression, max(size.width, 1), size.checks + 2, frozenset(_columns(expression)))

    def program(self, digest: str, rules: Sequence[Compiled]) -> Program:
        """Return the finished program."""
        return Program(digest, tuple(rules), self.natives, self.presences, self.flags, self.periods)

    def _expression(self, condition: Condition, size: _Size) -> Expression:
        if isinstance(condition, Atom):
            return self._atom(condition, size)
        if condition.kind == "none":
            return self._flag(condition)
        if len(condition.members) == 1:
            return self._expression(condition.members[0], size)
        if size.groups >= MAX_GROUPS:
            return self._flag(condition)
        return self._group(condition, size)

    def _group(self, group: Group, size: _Size) -> Expression:
        size.groups += 1
        members = tuple(self._expression(member, size) for member in group.members)
        if group.kind == "any":
            size.width += len(members) - 1
        return Join(group.kind, members)

    def _atom(self, atom: Atom, size: _Size) -> Expression:
        size.checks += 1
        name = getattr(atom.subject, "name", "")
        asked = OPERATORS[atom.op].engine
        if asked in (GIVEN, ABSENT):
            column = self.presences.setdefault(name, f"p{len(self.presences)}")
            return Check(column, "eq", int(asked == GIVEN))
        value = atom.operand.value if isinstance(atom.operand, Value) else None
        trust = KINDS[self.inputs[name].type].engine
        if value is not None and not isinstance(value, tuple | float) and _trusted(trust, asked):
            return Check(self._column(name), asked, _native(value))
        if asked == ANY_OF and trust in ("name", "exact") and isinstance(value, tuple):
            choices = tuple(dict.fromkeys(value))
            exact = not any(isinstance(choice, float) for choice in choices)
            if exact and 1 < len(choices) <= MAX_CHOICES and size.groups < MAX_GROUPS:
                size.groups += 1
                size.checks += len(choices)
                column = self._column(name)
                return Join("any", tuple(Check(column, "eq", _native(choice)) for choice in choices))
        return self._flag(atom)

    def _column(self, name: str) -> str:
        return self.natives.setdefault(name, f"v{len(self.natives)}")

    def _flag(self, condition: Condition) -> Check:
        return Check(self.flags.setdefault(condition, f"f{len(self.flags)}"), "eq", 1)


def _trusted(trust: str, asked: str) -> bool:
    """Tell whether the engine is trusted to compare values of a kind in this way."""
    if asked in ("eq", "ne"):
        return bool(trust)
    return bool(asked) and asked != ANY_OF and trust == "exact"


@dataclass(slots=True)
class _Size:
    groups: int = 0
    width: int = 1
    checks: int = 0

    @property
    def fits(self) -> bool:
        return self.width <= MAX_WIDTH and self.checks <= MAX_TESTS


def _columns(expression: Expression) -> set[str]:
    if isinstance(expression, Check):
        return {expression.column}
    return set().union(*(_columns(member) for member in expression.members))
