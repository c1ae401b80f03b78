"""A rule set as one Python function: which rules hold, and which comparisons kept each of the others from holding.

The reference evaluator walks the tree of each condition; this function is generated from the same parsed conditions and
gives the same verdicts, with the failed comparisons of every rule as bits of a number, in a fraction of the time. So it
can run beside the engine at every decision: it is what the engine is compared with, what decides where there is no
engine, and what an explanation is made of once somebody reads it.

Nothing that a pack says becomes code: variables and constants have generated names, and every value, operator and day
of the rules is bound to its name as an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol

from portal.core.conditions import Atom, Condition, Env, evaluate
from portal.core.conditions.evaluate import scope_of
from portal.core.conditions.model import Group, Value, atoms
from portal.core.conditions.operators import ABSENT, GIVEN, NOWHERE, OPERATORS
from portal.core.kinds import KINDS
from portal.core.rules.inputs import Input
from portal.core.values import DATE, NUMBER, TEXT

# Comparisons that Python's own operators make alike, on values that were read as their input's type.
_INLINE = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_CHOICES = {"in": "{0} in {1}", "not_in": "{0} is not None and {0} not in {1}"}
_SIZED = frozenset({"lt", "lte", "gt", "gte"})
_EXACT: Mapping[str, tuple[type, ...]] = {TEXT: (str,), NUMBER: (int, float), DATE: (date,)}


class Ruling(NamedTuple):
    """The verdicts on one record: indexes of the rules that hold, and the failed comparisons of each rule as bits.

    Bit ``n`` stands for the ``n``-th comparison of the rule in reading order; a condition that holds has none.
    ``flags`` are the verdicts on the conditions that the engine is told the outcome of.
    """

    holding: list[int]
    failed: list[int]
    flags: list[bool]


class RuleLike(Protocol):
    """What is compiled of a rule."""

    @property
    def condition(self) -> Condition | None:
        """Return when it holds; None: always."""

    @property
    def first_day(self) -> date | None:
        """Return the first day of effect."""

    @property
    def last_day(self) -> date | None:
        """Return the last day of effect."""


Function = Callable[[Mapping[str, Any], Env], Ruling]


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """The function of a rule set, and the comparisons that its bits stand for."""

    function: Function
    comparisons: tuple[tuple[Atom, ...], ...]

    @classmethod
    def of(
        cls, rules: Sequence[RuleLike], inputs: Mapping[str, Input], flags: Iterable[Condition] = ()
    ) -> CompiledRules:
        """Return the compiled form of rules in order, and of the conditions ``flags``."""
        found = tuple(tuple(atoms(rule.condition)) if rule.condition else () for rule in rules)
        return cls(_Writer(inputs).function(rules, flags), found)

    @classmethod
    def verdicts(cls, rules: Sequence[RuleLike], inputs: Mapping[str, Input]) -> Function:
        """Return a function that says which rules hold, and not which comparisons kept others from it."""
        return _Writer(inputs, explained=False).function(rules, ())

    def failed(self, rule: int, bits: int) -> Iterator[Atom]:
        """Yield the comparisons of a rule that its bits name."""
        for place, atom in enumerate(self.comparisons[rule]):
            if bits >> place & 1:
                yield atom


@dataclass(slots=True)
class _Writer:
    """Writes the function; equal comparisons are made once."""

    inputs: Mapping[str, Input]
    explained: bool = True
    bound: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    verdicts: dict[tuple[str, ...], str] = field(default_factory=dict)
    scopes: dict[tuple[str, str], str] = field(default_factory=dict)

    def function(self, rules: Sequence[RuleLike], flags: Iterable[Condition]) -> Function:
        bodies = [self._rule(index, rule) for index, rule in enumerate(rules)]
        told = ", ".join(self._node(condition, _Place()).holds for condition in flags)
        head = ["def ruling(values, env):", " get = values.get", " today = env.today"]
        end = [" h = []", f" f = [0] * {len(rules)}", *(line for body in bodies for line in body)]
        text = "\n".join(
            [*head, *(f" {line}" for line in self.lines), *end, f" return Ruling(h, f, [{told}])"]
        )
        space: dict[str, Any] = {"Ruling": Ruling, **self.bound, "__builtins__": {}}
        exec(compile(text, "<rules>", "exec"), space)
        made: Function = space["ruling"]
        return made

    def _bind(self, letter: str, value: Any) -> str:
        name = f"{letter}{len(self.bound)}"
        self.bound[name] = value
        return name

    def _rule(self, index: int, rule: RuleLike) -> list[str]:
        days = [
            part
            for day, text in ((rule.first_day, "{} <= today"), (rule.last_day, "today <= {}"))
            if day is not None
            for part in [text.format(self._bind("d", day))]
        ]
        fires = f"h.append({index})" if not days else f"if {' and '.join(days)}: h.append({index})"
        if rule.condition is None:
            return [f" {fires}"]
        place = _Place()
        node = self._node(rule.condition, place)
        told = [" else:", f"  f[{index}] = {node.bits(False)}"] if self.explained else []
        return [f" if {node.holds}:", f"  {fires}", *told]

    def _node(self, condition: Condition, place: _Place) -> _Node:
        if isinstance(condition, Atom):
            return _Node(self._verdict(condition), bit=place.next())
        members = [self._node(member, place) for member in condition.members]
        both, nothing = ("and", "True") if condition.kind == "all" else ("or", "False")
        joined = f" {both} ".join(one.holds for one in members) or nothing
        holds = f"(not ({joined}))" if condition.kind == "none" else f"({joined})"
        return _Node(holds, condition, members)

    def _verdict(self, atom: Atom) -> str:
        """Return the variable of a comparison; equal ones share it."""
        name = getattr(atom.subject, "name", "")
        operand = atom.operand
        # Equal values of different types (1 and true) are different operands.
        exact = repr(operand.value) if isinstance(operand, Value) else repr(operand)
        key = (name, atom.op, type(operand).__name__, exact, atom.taxonomy)
        if key not in self.verdicts:
            self.verdicts[key] = variable = f"a{len(self.verdicts)}"
            self.lines.append(f"{variable} = {self._comparison(atom, name)}")
        return self.verdicts[key]

    def _comparison(self, atom: Atom, name: str) -> str:
        asked = OPERATORS[atom.op].engine
        value = self._value(name)
        # Typed values that are missing are not among the values at all.
        if asked in (GIVEN, ABSENT):
            return f"{value} is {'not ' if asked == GIVEN else ''}None"
        operand: Any = atom.operand.value if isinstance(atom.operand, Value) else None
        if self._inline(name, asked, operand):
            return f"{value} is not None and {value} {_INLINE[asked]} {self._bind('k', operand)}"
        if atom.op in _CHOICES and self._is_choice(name, operand):
            return _CHOICES[atom.op].format(value, self._bind("k", frozenset(operand)))
        if operand is not None:
            return self._tested(atom, value, operand)
        return f"{self._bind('e', evaluate)}({self._bind('c', atom)}, values, env)"

    def _tested(self, atom: Atom, value: str, operand: Any) -> str:
        """Return the call of the operator's own test."""
        operator = OPERATORS[atom.op]
        scope = self._scope(atom) if operator.sees else self._bind("s", NOWHERE)
        return f"{self._bind('t', operator.test)}({value}, {self._bind('k', operand)}, {scope})"

    def _scope(self, atom: Atom) -> str:
        """Return the variable of what a test may know; those of one taxonomy share it."""
        operator = OPERATORS[atom.op]
        key = (operator.sees, atom.taxonomy)
        if key not in self.scopes:
            self.scopes[key] = variable = f"z{len(self.scopes)}"
            made = f"{self._bind('m', scope_of)}({self._bind('c', atom)}, {self._bind('o', operator)}, env)"
            self.lines.append(f"{variable} = {made}")
        return self.scopes[key]

    def _is_choice(self, name: str, operand: Any) -> bool:
        """Tell whether the operand is a choice of texts for an input that is a text."""
        texts = KINDS[self.inputs[name].type].compared == TEXT
        return texts and isinstance(operand, tuple) and all(isinstance(one, str) for one in operand)

    def _inline(self, name: str, asked: str, operand: Any) -> bool:
        """Tell whether Python compares values of the input with the operand as the operator does."""
        compared = KINDS[self.inputs[name].type].compared
        if asked not in _INLINE or compared not in _EXACT or isinstance(operand, bool):
            return False
        return isinstance(operand, _EXACT[compared]) and not (asked in _SIZED and compared == TEXT)

    def _value(self, name: str) -> str:
        if name not in self.values:
            self.values[name] = variable = f"v{len(self.values)}"
            self.lines.append(f"{variable} = get({self._bind('n', name)})")
        return self.values[name]


@dataclass(slots=True)
class _Place:
    """Counts the comparisons of one rule in reading order."""

    used: int = 0

    def next(self) -> int:
        """Return the bit of the next one."""
        self.used += 1
        return 1 << self.used - 1


@dataclass(slots=True)
class _Node:
    """A part of a condition: the expression of its verdict, and those of the bits that gave it."""

    holds: str
    group: Group | None = None
    members: Sequence[_Node] = ()
    bit: int = 0

    def bits(self, verdict: bool) -> str:
        """Return the expression of the comparisons that gave this part ``verdict``, where it has that verdict."""
        if self.group is None:
            return str(self.bit)
        wanted = verdict if self.group.kind != "none" else not verdict
        # Where one member would have settled it otherwise, all of them are of the wanted verdict.
        surely = wanted is (self.group.kind == "all")
        parts = [one.bits(wanted) for one in self.members]
        if surely:
            return _sum(parts)
        condition = "" if wanted else "not "
        chosen = [
            f"({part} if {condition}{one.holds} else 0)"
            for one, part in zip(self.members, parts, strict=True)
        ]
        return _sum(chosen)


def _sum(parts: Sequence[str]) -> str:
    """Return the bits of several parts taken together; those that are known already are one number."""
    known = sum(int(part) for part in parts if part.isdecimal())
    others = [part for part in parts if not part.isdecimal()]
    if not others:
        return str(known)
    return f"({' | '.join([*([str(known)] if known else []), *others])})"
