"""Conditions as sentences, line by line, and back: what a person reads and changes by pick lists.

A sentence is a list of lines that all must hold. A line is one comparison, or several of which one must hold, or none.
Deeper conditions stay as they are: such a line is read out, and changed where conditions are written as a tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from portal.core.conditions.operators import OPERATORS, Operator
from portal.core.errors import Translator, msg
from portal.core.kinds import KINDS
from portal.core.rules.spoken import Spoken

Joined = Literal["", "any", "none"]
WHEN, AND, OR = msg("If"), msg("and"), msg("or")
NOT = msg("it is not so that")
ALWAYS = msg("always")
INTRICATE = msg("a condition of several levels")


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison: an input, an operator, and what it is given; None where it is given nothing."""

    field: str
    op: str
    value: Any = None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Clause:
        """Return the clause of a comparison as a rule set says it."""
        return cls(raw["field"], raw["op"], raw.get("value"))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a rule set says it."""
        value = {} if self.value is None else {"value": self.value}
        return {"field": self.field, "op": self.op, **value}

    def said(self, spoken: Spoken) -> str:
        """Return the comparison in words."""
        words = [spoken.title(self.field), phrase(self.op, spoken.translate)]
        if self.value is not None:
            words.append(spoken.value(self.field, self.value))
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sentence; ``kept`` is a condition that no line can say."""

    clauses: tuple[Clause, ...] = ()
    joined: Joined = ""
    kept: Any = None

    def to_json(self) -> Any:
        """Return the condition of the line."""
        if self.kept is not None:
            return self.kept
        parts = [clause.to_json() for clause in self.clauses]
        return {self.joined: parts} if self.joined else parts[0]

    def said(self, spoken: Spoken) -> str:
        """Return the line in words."""
        translate = spoken.translate
        if self.kept is not None:
            return tree_said(self.kept, spoken)
        text = f" {translate(OR)} ".join(clause.said(spoken) for clause in self.clauses)
        return f"{translate(NOT)} {text}" if self.joined == "none" else text


@dataclass(frozen=True, slots=True)
class Sentence:
    """The lines of a condition, which all must hold; none: it always holds."""

    lines: tuple[Line, ...] = ()
    grouped: bool = False  # a single line stands in a group all the same

    @classmethod
    def of(cls, when: Any) -> Sentence:
        """Return the sentence of a condition as a rule set says it; None: always."""
        if when is None:
            return cls()
        if isinstance(when, Mapping) and set(when) == {"all"}:
            return cls(tuple(_line(member) for member in when["all"]), True)
        return cls((_line(when),))

    def to_json(self) -> Any:
        """Return the condition as a rule set says it; None: always."""
        if not self.lines:
            return None
        if len(self.lines) == 1 and not self.grouped:
            return self.lines[0].to_json()
        return {"all": [line.to_json() for line in self.lines]}

    def said(self, spoken: Spoken) -> str:
        """Return the whole condition in words."""
        if not self.lines:
            return spoken.translate(ALWAYS)
        start, further = spoken.translate(WHEN), spoken.translate(AND)
        return spoken.translate(msg(", ")).join(
            f"{further if number else start} {line.said(spoken)}" for number, line in enumerate(self.lines)
        )


def _line(raw: Any) -> Line:
    if isinstance(raw, Mapping) and _is_clause(raw):
        return Line((Clause.of(raw),))
    if isinstance(raw, Mapping) and len(raw) == 1:
        joined, members = next(iter(raw.items()))
        if (
            joined in ("any", "none")
            and isinstance(members, list)
            and all(map(_is_clause, members))
            and members
        ):
            return Line(tuple(Clause.of(member) for member in members), joined)
    return Line(kept=raw)


def _is_clause(raw: Any) -> bool:
    return (
        isinstance(raw, Mapping)
        and isinstance(raw.get("field"), str)
        and set(raw) <= {"field", "op", "value"}
    )


def tree_said(raw: Any, spoken: Spoken) -> str:
    """Return any condition in words, inner groups in brackets."""
    if not isinstance(raw, Mapping):
        return spoken.translate(INTRICATE)
    if _is_clause(raw):
        return Clause.of(raw).said(spoken)
    kind, members = next(iter(raw.items()))
    if kind not in ("all", "any", "none") or not isinstance(members, list):
        return spoken.translate(INTRICATE)
    word = spoken.translate(AND if kind == "all" else OR)
    text = f" {word} ".join(
        tree_said(one, spoken) if _is_clause(one) else f"({tree_said(one, spoken)})" for one in members
    )
    return f"{spoken.translate(NOT)} ({text})" if kind == "none" else text


def phrase(op: str, translate: Translator) -> str:
    """Return how an operator reads after the name of an input."""
    return translate(OPERATORS[op].phrase) if op in OPERATORS else op


def operators_for(kind: str) -> list[Operator]:
    """Return the operators that compare inputs of a type, in the order of their table."""
    compared = KINDS[kind].compared if kind in KINDS else ""
    return [operator for operator in OPERATORS.values() if compared in operator.kinds]


def takes_several(op: str) -> bool:
    """Tell whether an operator is given a list."""
    return op in OPERATORS and OPERATORS[op].operand in ("values", "codes")


def takes_nothing(op: str) -> bool:
    """Tell whether an operator is given nothing."""
    return op in OPERATORS and OPERATORS[op].operand == "nothing"
